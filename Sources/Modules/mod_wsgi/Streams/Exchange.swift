// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// A request while it is with the workers: what has come back of it, and who waits for it.
///
/// Belongs to one loop. The handler waits for the head of the response, and then the connection
/// for its content; whatever comes meanwhile is kept here, up to a bound beyond which the stream it
/// comes on is read no further.
@safe
final class Exchange {
    /// What workers call it.
    let identifier: UInt64
    /// What logs call the request.
    let name: RequestIdentifier
    let target: Target
    let dispatcher: Dispatcher
    /// In nanoseconds of the loop's clock.
    let queued: Int64
    /// The same, in microseconds since 1970.
    let queuedAt: UInt64
    /// The order in which packets were sent.
    let sequence: UInt64
    let limits: ExchangeLimits

    /// Reads the request's content when a worker wants it.
    var content: RequestContent?
    /// The WebSocket, while it is open.
    var socket: WebSocketRelay? {
        didSet {
            socket?.want(wantedEarly)
            wantedEarly = 0
        }
    }
    /// What the application wanted of a WebSocket's messages before it was open.
    private var wantedEarly = 0
    /// ASGI: the process that has it.
    private(set) var seat: Seat?
    /// The stream that the response comes on; nil while no worker has answered.
    ///
    /// One that has closed takes nothing more, and stays until the exchange goes.
    var stream: SlotStream?

    // What has come.
    private(set) var head: WorkerHead?
    private(set) var hasHead = false
    private(set) var bytes: [UInt8] = []
    private(set) var end: WorkerEnd?
    /// Whether nothing more will come.
    private(set) var isOver = false
    /// A worker that held nothing of it is gone, or the packet is: it may be sent again.
    private(set) var isLost = false
    private var extras: Extras?
    /// Nobody waits for it any more; what still comes is thrown away.
    private(set) var isAbandoned = false

    /// No worker took it in time.
    var hasWaitedInVain = false
    /// When something was last heard of it.
    var lastSign: Int64
    /// Since when it is believed to be lost; nil while it is not.
    var suspected: Int64?
    private var waiting: UnsafeContinuation<Void, Never>?
    /// Whose request is suspended until something comes.
    private var suspended: (any RequestOwner)?
    /// How often the request has been sent before.
    var attempt = 0

    init(
        _ identifier: UInt64, _ name: RequestIdentifier, _ target: Target,
        _ dispatcher: Dispatcher, sequence: UInt64, limits: ExchangeLimits, queuedAt: UInt64?
    ) {
        self.identifier = identifier
        self.name = name
        self.target = target
        self.dispatcher = dispatcher
        self.sequence = sequence
        self.limits = limits
        queued = dispatcher.loop.now
        self.queuedAt = queuedAt ?? UInt64(max(0, WallTime.now.microseconds))
        lastSign = queued
    }

    /// Whether the handler can go on.
    var hasNews: Bool {
        if hasHead || isOver { return true }
        guard let extras else { return false }
        return extras.accepted != nil || !extras.messages.isEmpty || !extras.interims.isEmpty
    }
    /// Bytes of content that were taken, and the worker does not know of yet.
    private var owed = 0

    /// Whether it is the client that is waited for.
    var isHeldUp: Bool { stream?.isPaused ?? false || content?.waitsForClient ?? false }

    // MARK: Waiting

    /// Resumes the request when there is news.
    func resumeLater(_ owner: any RequestOwner) {
        if hasNews { owner.resume() } else { suspended = owner }
    }

    /// Waits until the response has begun, or will never, or a message has come.
    func waitForHead() async {
        if hasNews { return }
        unsafe await withUnsafeContinuation { unsafe waiting = $0 }
    }

    /// Waits until something more has come.
    func waitForContent() async {
        if isOver || !bytes.isEmpty { return }
        if let extras, !extras.pieces.isEmpty || !extras.messages.isEmpty { return }
        unsafe await withUnsafeContinuation { unsafe waiting = $0 }
    }

    /// Waits until all of the response is here, or as much of it as may be kept.
    func waitForAll() async {
        while !isOver, !isFull {
            unsafe await withUnsafeContinuation { unsafe waiting = $0 }
        }
    }

    /// Whether all content can be kept until the response has ended.
    var canBeWhole: Bool {
        guard let length = head?.length else { return false }
        let here = pieces.reduce(Int64(bytes.count)) { $0 + ($1.count ?? 0) }
        if here >= length { return true }
        // ASGI: more than the credit only comes as it is taken.
        return length <= (seat == nil ? limits.buffer : Int(APUS_INITIAL_CREDIT))
    }

    /// Whether the response has begun as one with all of a representation (200).
    var isWholeSuccess: Bool {
        guard let status = head?.status, status == .ok else { return false }
        return head?.fields.contains(.contentRange) == false
    }

    /// Lets whoever waits look at what has come.
    func wake() {
        unsafe waiting.take()?.resume()
        suspended.take()?.resume()
        socket?.tell()
    }

    // MARK: What comes

    func take(_ head: consuming WorkerHead) {
        if hasHead { return }
        hasHead = true
        self.head = consume head
    }

    func take(_ content: Span<UInt8>) {
        guard !isAbandoned else { return }
        // Changed as a local, so that no access to it has to be watched over.
        var taken = bytes.take()
        unsafe content.withUnsafeBufferPointer { content in
            if taken.isEmpty {
                taken = unsafe [UInt8](content)
            } else {
                unsafe taken.append(contentsOf: content)
            }
        }
        bytes.putBack(&taken)
    }

    func take(_ file: FileRange) {
        guard !isAbandoned else { return }
        let extras = madeExtras()
        if !bytes.isEmpty {
            extras.pieces.append(.bytes(bytes))
            bytes = []
        }
        extras.pieces.append(.file(file))
    }

    func take(_ message: WorkerMessage) {
        let extras = madeExtras()
        extras.messages.append(message)
        guard let lateLogger = extras.lateLogger else { return }
        for message in takeMessages() { lateLogger.log(message.level, "", message.text) }
    }
    func take(trailers: Fields) { madeExtras().trailers.append(contentsOf: trailers) }

    func take(interim status: UInt16, _ fields: Fields) {
        // Behind the head there is no place for one.
        if !hasHead, !isAbandoned { madeExtras().interims.append((HTTPStatus(status), fields)) }
    }

    func take(accepted fields: Fields) {
        madeExtras().accepted = fields
    }

    func take(message bytes: Span<UInt8>, isText: Bool, continues: Bool) {
        guard !isAbandoned else { return }
        // The parts of a message have to come, however long it is.
        if continues { pay(bytes.count) }
        let paid = continues ? bytes.count : 0
        let extras = madeExtras()
        if case .message(var beginning, let kind, let paidBefore, isWhole: false)? =
            extras.socketEvents.last
        {
            extras.socketEvents.removeLast()
            beginning.append(copying: bytes)
            extras.socketEvents.append(
                .message(beginning, isText: kind, paid: paidBefore + paid, isWhole: !continues))
            return
        }
        var message: [UInt8] = []
        message.append(copying: bytes)
        extras.socketEvents.append(
            .message(message, isText: isText, paid: paid, isWhole: !continues))
    }

    func take(close code: UInt16, reason: String) {
        madeExtras().socketEvents.append(.close(code: code, reason: reason))
    }

    /// The worker takes so many more bytes of content, or of messages.
    func want(_ count: Int) {
        if let socket {
            socket.want(count)
        } else if let content {
            content.want(count)
        } else {
            wantedEarly += count
        }
    }

    /// Whether as much waits for the client as may.
    var isFull: Bool { bytes.count >= limits.buffer }

    func finish(_ end: WorkerEnd) {
        self.end = end
        leave()
    }

    /// - Parameter reason: goes to the error log.
    func fail(_ error: RequestError) {
        guard !isOver else { return }
        madeExtras().failure = error
        leave()
    }

    func lose() {
        guard !isOver else { return }
        isLost = true
        leave()
    }

    private func leave() {
        isOver = true
        content?.stop()
        socket?.stop()
        wake()
    }

    // MARK: What is taken of it

    /// The head, once; it is moved, for its fields are changed by who takes it.
    func takeHead() -> WorkerHead? { head.take() }

    /// What has come of the content since this was last asked.
    func takeContent() -> (pieces: [Content], bytes: [UInt8]) {
        let taken = (pieces: extras?.pieces.take() ?? [], bytes: bytes.take())
        if seat == nil { stream?.goOn() } else { pay(taken.bytes.count) }
        return taken
    }

    /// What has come of a WebSocket; of a message whose end has not come, nothing.
    func takeSocketEvents() -> [SocketEvent] {
        guard let extras else { return [] }
        var taken = extras.socketEvents.take()
        if case .message(_, _, _, isWhole: false)? = taken.last {
            extras.socketEvents.append(taken.removeLast())
        }
        return taken
    }

    /// Lets the worker send as much as was taken.
    func pay(_ count: Int) {
        owed += count
        guard owed >= Int(APUS_INITIAL_CREDIT) / 2, !isOver else { return }
        var credit = UInt32(owed).littleEndian
        owed = 0
        unsafe withUnsafeBytes(of: &credit) { bytes in
            let span = unsafe Span<UInt8>(
                _unsafeElements: bytes.assumingMemoryBound(to: UInt8.self))
            stream?.send(APUS_FRAME_CREDIT, for: self, span)
        }
    }

    /// What is to be logged, with the process, its group and the request.
    func takeMessages() -> [WorkerMessage] {
        guard let extras, !extras.messages.isEmpty else { return [] }
        let pid = "mod_wsgi (pid=\(stream?.workerPID ?? 0)"
        let whose = "\(pid), process='\(target.set.processGroup)', request=\(name)): "
        let taken = extras.messages.map { message in
            let isNamed = message.text.hasPrefix("\(pid)): ")
            return WorkerMessage(
                level: message.level,
                text: whose
                    + (isNamed ? String(message.text.dropFirst(pid.count + 3)) : message.text))
        }
        extras.messages = []
        return taken
    }

    func takeInterims() -> [(status: HTTPStatus, fields: Fields)] {
        extras?.interims.take() ?? []
    }

    /// Nobody wants what is still to come.
    func abandon() {
        guard !isAbandoned else { return }
        isAbandoned = true
        extras?.pieces = []
        bytes = []
        content?.stop()
        socket?.stop()
        guard !isOver else { return }
        stream?.send(APUS_FRAME_ABORT, for: self)
        stream?.goOn()
    }
}

// MARK: - What most have none of

extension Exchange {
    /// What comes with few responses; in a piece of its own, since what an exchange has costs each
    /// request to make and to destroy.
    private final class Extras {
        var pieces: [Content] = []
        var messages: [WorkerMessage] = []
        var trailers = Fields()
        var interims: [(status: HTTPStatus, fields: Fields)] = []
        var accepted: Fields?
        var socketEvents: [SocketEvent] = []
        var failure: RequestError?
        var lateLogger: RequestLogger?
        var sentContent: [UInt8]?
    }

    private func madeExtras() -> Extras {
        if let extras { return extras }
        let made = Extras()
        extras = made
        return made
    }

    /// Parts of the content that are files, with what came between them.
    var pieces: [Content] { extras?.pieces ?? [] }
    var hasMessages: Bool { extras?.messages.isEmpty == false }
    var trailers: Fields { extras?.trailers ?? Fields() }
    var hasTrailers: Bool { extras?.trailers.isEmpty == false }
    /// The fields with which a WebSocket was accepted.
    var accepted: Fields? { extras?.accepted }
    var isAccepted: Bool { extras?.accepted != nil }
    var failure: RequestError? { extras?.failure }
    /// The content that was sent along with the packet, in case that has to be sent again.
    var sentContent: [UInt8]? {
        get { extras?.sentContent }
        set { if newValue != nil || extras != nil { madeExtras().sentContent = newValue } }
    }

    /// Has what the worker still has to say logged, for the request has been answered otherwise.
    func logLate(with logger: RequestLogger) { madeExtras().lateLogger = logger }
}

// MARK: - ASGI

extension Exchange {
    func takeSeat(_ seat: Seat) { self.seat = seat }

    func leaveSeat() {
        if let left = seat.take() { left.giveBack() }
    }
}

/// Something that an application does on a WebSocket.
enum SocketEvent {
    case message([UInt8], isText: Bool, paid: Int, isWhole: Bool)
    case close(code: UInt16, reason: String)
}

/// What bounds an exchange; times in nanoseconds, `.max` for none.
struct ExchangeLimits {
    /// How long it may wait for a worker.
    var queue: Int64
    /// How long the application may take.
    var application: Int64
    /// How long nothing may be heard.
    var silence: Int64
    /// How many bytes of the response may wait for the client.
    var buffer: Int

    init(_ group: ProcessGroup, timeout: Duration) {
        queue = group.queueTimeout?.nanoseconds ?? .max
        application = group.requestTimeout?.nanoseconds ?? .max
        silence = (group.socketTimeout ?? timeout).nanoseconds
        buffer = group.responseBufferSize
    }
}

/// A line that the application wrote to `wsgi.errors`, or the worker has to say.
struct WorkerMessage {
    let level: LogLevel
    let text: String
}

/// How a request ended in the worker.
struct WorkerEnd {
    let flags: Int
    /// A status for a failure; 0 where there is none but 500.
    let status: UInt16
    /// Microseconds since 1970, 0 if the application was not called.
    let started: UInt64
    let applicationTime: UInt64

    var isAborted: Bool { flags & Int(APUS_END_ABORTED) != 0 }
    var hasExpired: Bool { flags & Int(APUS_END_EXPIRED) != 0 }
    var hasFailed: Bool { flags & Int(APUS_END_FAILED | APUS_END_NOT_LOADED) != 0 }
}
