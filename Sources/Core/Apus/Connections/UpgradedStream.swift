// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
public import ApusRuntime

// A reader and any number of writers use the stream at once, all on the loop. What the other side
// does not take at once is left to a task. The descriptor has one deadline, so it is set for
// whichever of reading and writing is due first, and whoever wakes looks whether it was its own.

/// A connection after `101 Switching Protocols`: bytes both ways, of whatever protocol.
@safe
public final class UpgradedStream {
    private let connection: HTTP1Connection
    /// How long a write may stand still.
    public var patience: Duration
    /// Called once, on the loop, when this child is to leave: the protocol may then say goodbye.
    public var whenServerLeaves: ((ServerLeaving) -> Void)?
    /// Whether the child is to leave.
    public private(set) var isServerLeaving = false
    /// Bytes written since the protocol was switched.
    public private(set) var bytesSent: Int64 = 0

    // Writing.
    private var pending: [UInt8] = []
    /// Whether the other side has not taken yet what was written.
    private(set) var isWriting = false
    /// Called when it has, or is gone.
    var whenWritten: (() -> Void)?
    private var writers: [UnsafeContinuation<Void, Never>] = unsafe []
    private var failure: OutputError?

    private var readDeadline = Int64.max
    private var writeDeadline = Int64.max

    public var loop: EventLoop { connection.loop }
    public var context: LoopContext { connection.context }

    init(_ connection: HTTP1Connection) {
        self.connection = connection
        patience = connection.connection.defaultHost.core.timeout
        isServerLeaving = connection.acceptor.isQuiescing
    }

    /// How the child leaves.
    public enum ServerLeaving: Sendable {
        /// As soon as its connections have ended.
        case gracefully
        /// At once: what is not written within this call never will be.
        case atOnce
    }

    func serverLeaves(_ leaving: ServerLeaving) {
        isServerLeaving = true
        whenServerLeaves?(leaving)
    }

    // MARK: Reading

    /// Appends what has arrived, at most `limit` bytes; waits until there is something.
    ///
    /// - Returns: the number of bytes; 0 at the end.
    public func read(into buffer: inout [UInt8], limit: Int) async -> Int {
        while input.isEmpty {
            switch fill() {
            case .received: break
            case .ended: return 0
            case .nothing: await waitForInput(until: .max)
            }
        }
        let count = min(limit, input.count)
        buffer.append(contentsOf: input.prefix(count))
        connection.consumed += count
        return count
    }

    /// What has arrived and was not read.
    private var input: ArraySlice<UInt8> { connection.input[connection.consumed...] }

    /// Lets `body` look at what has arrived.
    ///
    /// - Parameter body: gets the position to begin at, and leaves the one to go on from.
    func withInput<Result, Failure: Error>(
        _ body: (Span<UInt8>, inout Int) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = connection.input
        var position = connection.consumed
        defer { connection.consumed = position }
        return try body(bytes.span, &position)
    }

    /// What came of looking for bytes.
    enum Filling {
        case received
        /// The other side sends no more, or is gone.
        case ended
        case nothing
    }

    /// Reads what has arrived.
    ///
    /// A stream on which nothing has arrived has no buffer.
    func fill() -> Filling {
        if failure != nil { return .ended }
        if connection.input.capacity == 0 { connection.input = context.takeBuffer() }
        switch connection.receive() {
        case .received: return .received
        case .closed: return .ended
        case .nothing: break
        }
        if connection.consumed == connection.input.count {
            context.giveBack(connection.input.take())
            connection.consumed = 0
        }
        return .nothing
    }

    /// Waits until something may have arrived, the deadline has passed, or `wakeReader` is called.
    func waitForInput(until deadline: Int64) async {
        rest(until: deadline)
        try? await connection.channel.waitUntilReadable()
        wake()
    }

    /// Nobody reads before something arrives, or the deadline has passed.
    func rest(until deadline: Int64) {
        readDeadline = deadline
        setDeadline()
    }

    /// Somebody reads again.
    func wake() { readDeadline = .max }

    /// Has whoever reads look again.
    public func wakeReader() { connection.wakeUpgraded() }

    // MARK: Writing

    /// Writes all of it, and waits as long as the other side is slow.
    ///
    /// Several tasks may write; what each writes stays together, in the order of the calls.
    public func write(_ bytes: [UInt8]) async throws(OutputError) {
        try post(bytes)
        await waitUntilWritten()
        if let failure { throw failure }
    }

    /// Writes what the other side takes now, and lets the rest follow.
    func post(_ bytes: [UInt8]) throws(OutputError) {
        if let failure { throw failure }
        if isWriting {
            pending += bytes
            return
        }
        let count = writeNow(bytes.span)
        if let failure { throw failure }
        guard count < bytes.count else { return }
        pending = Array(bytes[count...])
        isWriting = true
        let stream = LoopConfined(self)
        Task(executorPreference: loop) { await stream.value.writePending() }
    }

    /// Waits until the other side has taken everything, or is gone.
    func waitUntilWritten() async {
        if isWriting { unsafe await withUnsafeContinuation { unsafe writers.append($0) } }
    }

    /// Writes what can be written without waiting, if nobody else is at it.
    func writeAtOnce(_ bytes: [UInt8]) {
        if !isWriting, failure == nil { _ = writeNow(bytes.span) }
    }

    private func writeNow(_ bytes: Span<UInt8>) -> Int {
        do throws(SystemError) {
            let count = try connection.channel.write(bytes)
            bytesSent += Int64(count)
            connection.connection.bytesWritten += Int64(count)
            return count
        } catch {
            fail(.clientLeft)
            return 0
        }
    }

    private func writePending() async {
        var position = 0
        writeDeadline = loop.now + patience.nanoseconds
        while failure == nil, position < pending.count {
            let piece = pending
            let count = writeNow(piece.span.extracting(position...))
            position += count
            if failure != nil || position == pending.count { break }
            if count > 0 { writeDeadline = loop.now + patience.nanoseconds }
            if loop.now >= writeDeadline {
                fail(.timedOut)
                break
            }
            setDeadline()
            try? await connection.channel.waitUntilWritable()
            // A channel tells whoever waits for it, and then not its owner as well.
            if connection.channel.isReadable || loop.now >= readDeadline { wakeReader() }
        }
        writeDeadline = .max
        pending = []
        isWriting = false
        let waiting = unsafe writers
        unsafe writers = unsafe []
        unsafe waiting.forEach { unsafe $0.resume() }
        whenWritten?()
    }

    private func fail(_ error: OutputError) {
        failure = error
        connection.connection.isAborted = true
        wakeReader()
    }

    private func setDeadline() {
        connection.channel.setDeadline(min(readDeadline, writeDeadline))
    }

    /// Ends both ways at once; what waits is told that the other side is gone.
    public func abort() {
        guard failure == nil else { return }
        fail(.clientLeft)
        if isWriting { connection.channel.wakeWriter() }
    }
}
