// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// A worker thread: takes packets from the queue, one after another, and answers them.
///
/// Everything of it belongs to its thread. What an application keeps of a request (the input, say)
/// points to the slot and knows the request's number, so that it can tell that its time is over;
/// therefore slots are never given back.
@safe
final class Slot {
    let number: UInt32
    let line: UnsafeMutablePointer<apus_slot_line>
    private let buffer: UnsafeMutableRawPointer
    private var streams: Streams

    /// What waits to be sent.
    var out = Bytes(capacity: 4096)
    var response = Response()
    var content = Content()
    /// The begin of a line of `wsgi.errors`.
    var errorLine = Bytes(capacity: 256)
    var abortLookedFor: UInt64 = 0
    /// Whether the thread is scheduled as one with short requests.
    private var isBatch: Int32 = 0

    /// 0 when there is none.
    private(set) var request: UInt64 = 0
    private(set) var stream: Stream?
    private(set) var requests: UInt64 = 0
    /// When the packet was taken, microseconds since 1970.
    private(set) var started: UInt64 = 0
    /// Whether the application has the request; changes, as what follows, only with the GIL.
    private(set) var isOpen = false
    /// Whether the front has been told that the request has ended; the application may still have
    /// something to do.
    private(set) var isTold = false
    /// Whether the thread waits for a peer, so that no other thread may use the request.
    private(set) var isWaiting = false
    /// The request that was interrupted from outside, as it took too long.
    private var interrupted: (request: UInt64, thread: UInt)?

    init(_ number: UInt32, streamLimit: Int) {
        self.number = number
        unsafe line = Worker.scoreboard.slot(number)
        unsafe buffer = .allocate(byteCount: Int(APUS_PACKET_LIMIT), alignment: 16)
        streams = Streams(slot: number, limit: streamLimit)
    }

    /// Serves until the process leaves.
    ///
    /// Called with the GIL, which is then taken once for each request.
    func serve() {
        unsafe apus_set_thread_value(Unmanaged.passUnretained(self).toOpaque())
        unsafe apus_store64(&line.pointee.request, 0)
        unsafe apus_store32(&line.pointee.thread, apus_thread())
        let taker = unsafe apus_add_taker(line)
        let state = unsafe PyEval_SaveThread()
        var received = apus_received()
        while let length = unsafe take(taker, &received) {
            unsafe handle(Slice(start: UnsafeRawPointer(buffer), count: length), &received, state)
        }
        unsafe apus_store32(&line.pointee.thread, 0)
        streams.closeAll()
        unsafe PyEval_RestoreThread(state)
    }

    /// - Returns: nil when there is nothing more to do.
    private func take(_ taker: OpaquePointer, _ received: inout apus_received) -> Int? {
        while true {
            let length = unsafe apus_take(
                taker, Worker.queue, Worker.scoreboard.bell, buffer, UInt64(APUS_PACKET_LIMIT),
                &received)
            if length > 0 { return length }
            if length == 0 { return nil }
            switch apus_errno() {
            case EINTR: continue
            case EMSGSIZE: unsafe Worker.scoreboard.packetTaken()
            default: return nil
            }
        }
    }

    private func handle(
        _ bytes: Slice, _ received: inout apus_received, _ state: OpaquePointer?
    ) {
        unsafe Worker.scoreboard.packetTaken()
        var files = received.files
        let hasStream = bytes.packetFlags & APUS_PACKET_HAS_STREAM != 0 && files.count > 0
        let attached = hasStream ? files.removeFirst() : nil
        defer { for file in files { apus_close(file) } }
        guard let packet = Packet(bytes, file: files.first) else {
            if let attached { apus_close(attached) }
            return
        }
        // A packet that nobody could be answered on is left: its front finds out by PING.
        guard let stream = findStream(packet, attached) else { return }
        switch packet.type {
        case APUS_PACKET_REQUEST, APUS_PACKET_AUTHORIZE: unsafe answer(packet, stream, state)
        case APUS_PACKET_PING:
            out.frame(APUS_FRAME_PONG, length: 0, request: packet.head.request)
            send(on: stream)
        default: send(on: stream)
        }
    }

    /// The stream to the packet's loop; if it is new, the greeting waits to be sent.
    private func findStream(_ packet: borrowing Packet, _ attached: Int32?) -> Stream? {
        let known = streams.find(loop: packet.loop)
        guard let attached else { return known ?? takeFromDesk(packet.loop) }
        let new = Stream(loop: packet.loop, descriptor: attached)
        // If the front has closed the former one, the new one takes its place.
        known?.drain()
        if let known, !known.isLost {
            leaveOnDesk(new)
            return known
        }
        if let known { streams.remove(known) }
        streams.add(new)
        greet(for: number)
        return new
    }

    private func greet(for slot: UInt32) {
        let hello = unsafe apus_hello(
            version: UInt32(APUS_PROTOCOL_VERSION), pid: apus_pid(),
            process: Worker.scoreboard.process, slot: slot)
        out.frame(APUS_FRAME_HELLO, length: MemoryLayout<apus_hello>.size, request: 0)
        out.append(hello)
    }

    /// Another thread may need it.
    private func leaveOnDesk(_ stream: Stream) {
        defer { out.clear() }
        let isLeft = StreamDesk.leave(
            stream.descriptor, loop: stream.loop, limit: streams.limit
        ) { slot in
            greet(for: slot)
            return unsafe stream.send(out)
        }
        if isLeft { return stream.giveUp() }
        out.frame(APUS_FRAME_SURPLUS, length: 0, request: 0)
        _ = unsafe stream.send(out)
    }

    private func takeFromDesk(_ loop: UInt32) -> Stream? {
        guard let descriptor = StreamDesk.take(slot: number, loop: loop) else { return nil }
        let stream = Stream(loop: loop, descriptor: descriptor)
        streams.add(stream)
        return stream
    }

    private func send(on stream: Stream) {
        _ = unsafe stream.send(out)
        out.clear(keeping: Self.holdLimit * 2)
        if stream.isLost { streams.remove(stream) }
    }
}

extension Slot {
    private func answer(
        _ packet: borrowing Packet, _ stream: Stream, _ state: OpaquePointer?
    ) {
        request = packet.head.request
        started = apus_now()
        isTold = false
        self.stream = stream
        let target = Target(packet)
        unsafe apus_store64(&line.pointee.started, started)
        unsafe apus_hold(line, request, target.name.start, UInt64(target.name.count))
        requests += 1
        unsafe apus_note_request(&isBatch)
        var end = apus_end(started: 0, application_time: 0)
        var flags = APUS_END_EXPIRED
        var status: UInt16 = 0
        if packet.head.expires == 0 || started <= packet.head.expires {
            response.begin(isForHead: target.isHead)
            content.begin(packet)
            abortLookedFor = apus_ticks()
            apus_wait_in_turn()
            unsafe PyEval_RestoreThread(state)
            apus_end_turn()
            open()
            (flags, status) =
                packet.type == APUS_PACKET_REQUEST
                ? callApplication(packet, target) : callAuthorization(packet, target)
            close()
            _ = unsafe PyEval_SaveThread()
            end.started = started
            end.application_time = apus_now() &- started
        }
        if !isTold { frameEnd((flags, status), end) }
        finish(stream, end)
    }

    func frameEnd(_ ending: Ending, _ end: apus_end) {
        isTold = true
        out.frame(
            APUS_FRAME_END, flags: ending.flags, aux: ending.status,
            length: MemoryLayout<apus_end>.size, request: request)
        out.append(end)
    }

    private func open() {
        isOpen = true
        guard let interrupted else { return }
        // It may have come so late that it would hit the wrong request.
        _ = PyThreadState_SetAsyncExc(interrupted.thread, nil)
        self.interrupted = nil
    }

    /// Raises an exception in the thread, if the application still has the request.
    func interrupt(_ request: UInt64, thread: UInt, _ exception: OpaquePointer) {
        guard isOpen, self.request == request else { return }
        interrupted = (request, thread)
        _ = unsafe PyThreadState_SetAsyncExc(thread, exception)
    }

    var isInterrupted: Bool { interrupted?.request == request }

    /// Lets go of the request: what the application has kept of it is worth nothing from now on.
    private func close() {
        // Another thread of the application may be reading the content.
        while isWaiting {
            let state = unsafe PyEval_SaveThread()
            usleep(1000)
            unsafe PyEval_RestoreThread(state)
        }
        endErrorLine()
        isOpen = false
        stream?.undrained += 1
        if content.isUnfinished { stream?.undrained = 64 }
        content.end()
    }

    private func finish(_ stream: Stream, _ end: apus_end) {
        send(on: stream)
        if stream.undrained >= 64 { stream.drain() }
        self.stream = nil
        request = 0
        unsafe apus_store64(&line.pointee.request, 0)
        _ = unsafe apus_add64(&line.pointee.requests, 1)
        _ = unsafe apus_add64(&line.pointee.busy, end.application_time)
        let count = unsafe Worker.scoreboard.requestEnded(end.started &+ end.application_time)
        if unsafe count == Worker.requestLimit { Worker.retire() }
    }

    /// In a forked child; see `forget` in the module.
    func forget() {
        streams.closeAll()
        stream = nil
        request = 0
        isOpen = false
    }

    // MARK: The GIL, around what may wait

    func releaseGIL() -> OpaquePointer? {
        isWaiting = true
        return unsafe PyEval_SaveThread()
    }

    func takeGIL(_ state: OpaquePointer?) {
        unsafe PyEval_RestoreThread(state)
        isWaiting = false
    }

    func withoutGIL<Result>(_ body: () -> Result) -> Result {
        let state = unsafe releaseGIL()
        let result = body()
        unsafe takeGIL(state)
        return result
    }
}

extension apus_received {
    var files: [Int32] {
        var files: [Int32] = []
        unsafe withUnsafeBytes(of: descriptors) { bytes in
            for index in 0..<Int(count) {
                unsafe files.append(bytes.load(fromByteOffset: index * 4, as: Int32.self))
            }
        }
        return files
    }
}

extension Slice {
    /// The flags of a packet that has not been checked yet.
    fileprivate var packetFlags: Int {
        unsafe count >= 4 ? Int((start + 2).loadUnaligned(as: UInt16.self)) : 0
    }
}
