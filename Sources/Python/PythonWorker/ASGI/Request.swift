// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// A request, from its frame until its task has ended and all of its response has been sent.
///
/// The table of its channel keeps it, and so does its coroutine object, which Python keeps; `receive`
/// and `send` are functions of that object. Once nobody knows it any more, it may become the next
/// request of its channel, for memory for as many as come at a time is not what `malloc` is quick at.
@safe
final class Request {
    /// How far the response has come.
    enum Phase {
        case none
        /// The head is known but kept back, for it may still become a 500.
        case started
        case content
        case trailers
        /// Nothing more is expected of the application; END is sent, or stands in `outgoing`.
        case complete
        /// WebSocket.
        case open
    }

    let channel: Channel
    let loop: EventLoop
    private(set) var id: UInt64 = 0
    private var name = RequestName(Slice.empty)
    private var madeLabel: Object?
    private(set) var started: UInt64 = 0
    private(set) var isWebSocket = false
    private(set) var isForHead = false
    private(set) var acceptsTrailers = false

    // The task.
    var object: Object?
    var coroutine: Object?
    var task: Object?
    var hasEntered = false
    var isOver = false

    // What the client sends.
    var incoming = unsafe Fifo<Object>()
    var contentHasEnded = false
    var hasAsked = false
    /// Bytes that were taken and may be sent again.
    var owed = 0
    var hasToldEnd = false
    /// The beginning of a message that came in parts.
    var partial = ByteQueue()
    var hasToldConnect = false
    var isDisconnected = false
    var closeCode = 1006
    var closeReason: Object?

    // What the application sends.
    var phase = Phase.none
    var head = Bytes(capacity: Request.usualHead)
    var status = 0
    /// As the application said; -1 if it did not.
    var length: Int64 = -1
    var contentSent: Int64 = 0
    var promisesTrailers = false
    var outgoing = Fifo<Outgoing>()
    var credit = Int(APUS_INITIAL_CREDIT)
    var hasSentEnd = false
    /// For the client if there is no other, 0 for the usual one.
    var endStatus = 0

    /// Futures to be resolved at the next change.
    private var waiters: [Object] = unsafe []

    private static let usualHead = 256

    init(_ channel: Channel) {
        self.channel = channel
        loop = channel.loop
    }

    /// To be called once, while everything else is as it is at first.
    func begin(
        _ packet: borrowing Packet, _ scope: borrowing Scope, _ name: RequestName, _ started: UInt64
    ) {
        self.name = name
        id = packet.head.request
        self.started = started
        isWebSocket = scope.isWebSocket
        isForHead = scope.isForHead
        acceptsTrailers = scope.acceptsTrailers
        contentHasEnded = !scope.isWebSocket && !packet.has(Int(APUS_PACKET_BODY_STREAM))
        if !isWebSocket, packet.content.count > 0,
            let content = unsafe PyBytes_FromStringAndSize(
                packet.content.start.assumingMemoryBound(to: CChar.self), packet.content.count)
        {
            unsafe incoming.append(content)
        }
    }

    deinit {
        while unsafe !incoming.isEmpty { unsafe Py_DecRef(incoming.removeFirst()) }
        while !outgoing.isEmpty { outgoing.removeFirst().drop() }
        unsafe waiters.forEach { unsafe Py_DecRef($0) }
        if let closeReason = unsafe closeReason { unsafe Py_DecRef(closeReason) }
        if let madeLabel = unsafe madeLabel { unsafe Py_DecRef(madeLabel) }
    }

    /// Whether its response went the usual way, so that little is to be reset.
    private var wasUsual: Bool {
        unsafe isOver && hasSentEnd && !isWebSocket && !isDisconnected && incoming.isEmpty
            && outgoing.isEmpty && waiters.isEmpty && object == nil && coroutine == nil
            && task == nil && closeReason == nil && partial.isEmpty
    }

    /// Makes everything as it is at first.
    ///
    /// - Returns: false if it was not usual; then it is of no more use.
    func reset() -> Bool {
        guard wasUsual else { return false }
        if let label = unsafe madeLabel {
            unsafe madeLabel = nil
            unsafe Py_DecRef(label)
        }
        hasEntered = false
        isOver = false
        hasAsked = false
        owed = 0
        hasToldEnd = false
        hasToldConnect = false
        closeCode = 1006
        phase = .none
        head.clear(keeping: Self.usualHead)
        status = 0
        length = -1
        contentSent = 0
        promisesTrailers = false
        credit = Int(APUS_INITIAL_CREDIT)
        hasSentEnd = false
        endStatus = 0
        return true
    }

    /// A pair of the number and what logs call the request; nil with an exception.
    ///
    /// Few requests are asked for it.
    var label: Object? {
        if let label = unsafe madeLabel { return unsafe label }
        guard let label = unsafe Reference(PyTuple_New(2)),
            let number = unsafe Reference(PyLong_FromUnsignedLongLong(id)), let name = name.object()
        else { return nil }
        guard unsafe PyTuple_SetItem(label.object, 0, number.handOn()) == 0,
            unsafe PyTuple_SetItem(label.object, 1, name.handOn()) == 0
        else { return nil }
        unsafe madeLabel = label.handOn()
        return unsafe madeLabel
    }

    // MARK: Waiting

    /// - Returns: what a task has to go through to wait for a change, or nil with an exception.
    func waitForChange() -> Object? {
        guard let future = unsafe loop.makeFuture() else { return nil }
        guard let iterator = unsafe PyObject_GetIter(future) else {
            unsafe Py_DecRef(future)
            return nil
        }
        unsafe waiters.append(future)
        return unsafe iterator
    }

    /// Something has changed: all who wait look again.
    func changed() {
        guard unsafe !waiters.isEmpty else { return }
        let resolved = unsafe waiters
        unsafe waiters = []
        unsafe resolved.forEach { future in
            // A cancelled one is done.
            if let done = unsafe apus_call_method(future, loop.names.done) {
                if unsafe PyObject_IsTrue(done) == 0 {
                    unsafe discard(
                        apus_call_method1(future, loop.names.setResult, apus_none()), of: future)
                }
                unsafe Py_DecRef(done)
            } else {
                unsafe PyErr_WriteUnraisable(future)
            }
            unsafe Py_DecRef(future)
        }
    }

    // MARK: From the front

    /// The client has gone, or a WebSocket has closed.
    func disconnect(code: Int, reason: Object?) {
        guard !isDisconnected else {
            if let reason = unsafe reason { unsafe Py_DecRef(reason) }
            return
        }
        isDisconnected = true
        closeCode = code
        unsafe closeReason = reason
        // What nobody will read is dropped, but for the end.
        var end: Outgoing?
        while !outgoing.isEmpty {
            let item = outgoing.removeFirst()
            if case .end = item { end = item } else { item.drop() }
        }
        if let end { emit(end) }
        changed()
    }

    func grant(_ bytes: Int) {
        credit += bytes
        pump()
    }
}
