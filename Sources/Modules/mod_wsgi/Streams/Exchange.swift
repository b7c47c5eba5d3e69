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
    let target: Target
    unowned let dispatcher: Dispatcher
    /// In nanoseconds of the loop's clock.
    let queued: Int64
    /// The same, in microseconds since 1970.
    let queuedAt: UInt64
    /// The order in which packets were sent.
    let sequence: UInt64
    let limits: ExchangeLimits

    /// Reads the request's content when a worker wants it.
    var content: RequestContent?
    /// The stream that the response comes on; nil while no worker has answered.
    weak var stream: SlotStream?

    // What has come.
    private(set) var head: WorkerHead?
    private(set) var pieces: [Content] = []
    private(set) var bytes: [UInt8] = []
    private(set) var messages: [WorkerMessage] = []
    private(set) var trailers = Fields()
    private(set) var end: WorkerEnd?
    private(set) var failure: RequestError?
    /// A worker that held nothing of it is gone, or the packet is: it may be sent again.
    private(set) var isLost = false
    /// Nobody waits for it any more; what still comes is thrown away.
    private(set) var isAbandoned = false

    /// When something was last heard of it.
    var lastSign: Int64
    /// Since when it is believed to be lost; nil while it is not.
    var suspected: Int64?
    private var waiting: UnsafeContinuation<Void, Never>?

    init(
        _ identifier: UInt64, _ target: Target, _ dispatcher: Dispatcher, sequence: UInt64,
        limits: ExchangeLimits
    ) {
        self.identifier = identifier
        self.target = target
        self.dispatcher = dispatcher
        self.sequence = sequence
        self.limits = limits
        queued = dispatcher.loop.now
        queuedAt = UInt64(max(0, WallTime.now.microseconds))
        lastSign = queued
        bytes = dispatcher.takeBuffer()
    }

    /// Whether nothing more will come.
    var isOver: Bool { end != nil || failure != nil || isLost }
    /// Whether the handler can go on.
    private var hasNews: Bool { head != nil || isOver || !messages.isEmpty }

    /// Whether it is the client that is waited for.
    var isHeldUp: Bool { stream?.isPaused ?? false || content?.waitsForClient ?? false }

    // MARK: Waiting

    /// Waits until the response has begun, or will never, or a message has come.
    func waitForHead() async {
        if hasNews { return }
        unsafe await withUnsafeContinuation { unsafe waiting = $0 }
    }

    /// Waits until something more has come.
    func waitForContent() async {
        if isOver || !bytes.isEmpty || !pieces.isEmpty || !messages.isEmpty { return }
        unsafe await withUnsafeContinuation { unsafe waiting = $0 }
    }

    /// Lets whoever waits look at what has come.
    func wake() {
        guard let continuation = unsafe waiting else { return }
        unsafe waiting = nil
        unsafe continuation.resume()
    }

    // MARK: What comes

    func take(_ head: consuming WorkerHead) { if self.head == nil { self.head = head } }

    func take(_ content: Span<UInt8>) {
        if !isAbandoned { bytes.append(copying: content) }
    }

    func take(_ file: FileRange) {
        guard !isAbandoned else { return }
        if !bytes.isEmpty {
            pieces.append(.bytes(bytes))
            bytes = []
        }
        pieces.append(.file(file))
    }

    func take(_ message: WorkerMessage) { messages.append(message) }
    func take(trailers: Fields) { self.trailers = trailers }

    /// Whether as much waits for the client as may.
    var isFull: Bool { bytes.count >= limits.buffer }

    func finish(_ end: WorkerEnd) {
        self.end = end
        leave()
    }

    /// - Parameter reason: goes to the error log.
    func fail(_ error: RequestError) {
        guard !isOver else { return }
        failure = error
        leave()
    }

    func lose() {
        guard !isOver else { return }
        isLost = true
        leave()
    }

    private func leave() {
        content?.stop()
        wake()
    }

    // MARK: What is taken of it

    /// What has come of the content since this was last asked.
    func takeContent() -> (pieces: [Content], bytes: [UInt8]) {
        let taken = (pieces, bytes)
        pieces = []
        bytes = []
        stream?.goOn()
        return taken
    }

    func takeMessages() -> [WorkerMessage] {
        let taken = messages
        messages = []
        return taken
    }

    /// Nobody wants what is still to come.
    func abandon() {
        guard !isAbandoned else { return }
        isAbandoned = true
        pieces = []
        dispatcher.giveBack(&bytes)
        content?.stop()
        guard !isOver else { return }
        stream?.send(APUS_FRAME_ABORT, for: self)
        stream?.goOn()
    }
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
