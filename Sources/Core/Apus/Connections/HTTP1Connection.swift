// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

// HTTP/1.x on one connection. While there is something to do, a task runs `serve`; a connection
// that idles between requests has no task and no buffers, only this object and its channel, and
// the loop starts a task when bytes arrive. Responses to pipelined requests gather in the output
// buffer and leave when no further request is there to be answered.

/// Serves the requests of a connection, one after another.
final class HTTP1Connection: ChannelOwner, RequestOwner {
    let connection: Connection
    let channel: Channel
    let acceptor: any ConnectionOwner
    private var inputInPlace: [UInt8] = []
    private var outputInPlace: [UInt8] = []
    /// Bytes of `input` before this have been used.
    var consumed = 0
    /// The worker that is taken for it, in the scoreboard.
    var worker: Int?
    /// Whether a task waits for the client to take the output.
    private(set) var isFlushing = false
    /// How many complete responses are in the output.
    var gathered = 0
    var parser: RequestParser
    private var isServing = false
    private var isParked = false
    /// Where the last request, and its response, ended among the bytes of the connection.
    var accounted = (received: Int64(0), sent: Int64(0))
    /// Where the response ends that is being sent, once all of it is there; nobody has to do
    /// anything more for it then.
    var responseEnd: Int64?
    /// When the connection began, in nanoseconds of the loop's clock.
    private let accepted: Int64
    /// `KeepAliveTimeout` in nanoseconds.
    private let keepAliveTimeout: Int64
    /// The client was too slow before, and is not to hold us up any longer.
    var lingersShortly = false
    /// The request whose handler waits without a task.
    private var suspended: Answer?
    /// The request by which the connection came to speak another protocol.
    var upgraded: UpgradedRequest?
    /// The client said itself that its last request was the last.
    var clientCloses = false

    var context: LoopContext { connection.context }
    var loop: EventLoop { connection.context.loop }

    init(_ connection: Connection, channel: Channel, acceptor: any ConnectionOwner) {
        self.connection = connection
        accepted = connection.loop.now
        keepAliveTimeout = connection.defaultHost.core.keepAliveTimeout.nanoseconds
        self.channel = channel
        self.acceptor = acceptor
        parser = RequestParser(
            limits: connection.defaultHost.requestLimits,
            options: connection.defaultHost.protocolOptions,
            spares: connection.context.spareFields)
        channel.owner = self
    }

    /// Begins to serve.
    ///
    /// A client most often sends its request at once, so reading comes first.
    func start() {
        isServing = true
        leavePark()
        context.servingTasks.serve(self)
    }

    /// What has arrived.
    var input: [UInt8] {
        get { inputInPlace }
        set { inputInPlace = newValue }
        @inline(__always) _modify {
            var bytes = inputInPlace.take()
            defer { inputInPlace.putBack(&bytes) }
            yield &bytes
        }
    }

    /// What has not left yet.
    var output: [UInt8] {
        get { outputInPlace }
        set { outputInPlace = newValue }
        @inline(__always) _modify {
            var bytes = outputInPlace.take()
            defer { outputInPlace.putBack(&bytes) }
            yield &bytes
        }
    }

    // MARK: While idle

    func channelBecameReady() {
        if !isServing {
            start()
        } else if channel.hasHungUp {
            connection.whenClientLeaves?()
        }
    }

    func channelTimedOut() {
        if isServing { return }
        // What is due is for the protocol to know.
        if upgraded != nil { return start() }
        // Nothing is in flight; the client was told how long we would wait (Keep-Alive). Should a
        // request be on its way, the client sees the end of the stream and not a reset.
        isServing = true
        leavePark()
        lingersShortly = true
        let connection = LoopConfined(self)
        Task(executorPreference: loop) { await connection.value.finish() }
    }

    // MARK: Serving

    /// Serves until there is nothing to do, or nobody left to do it for.
    @inline(__always)
    func serve() async {
        if let upgraded { return await serve(upgraded) }
        var start: Int64?
        reading: while true {
            var answer: Answer?
            switch next() {
            case .head(let head):
                start = nil
                answer = await begin(head)
            case .resumed(let suspended):
                answer = await goOn(suspended)
            case .refused(let error):
                await refuse(error)
                break reading
            case .unsent:
                guard await flushSlowly() else {
                    end()
                    return
                }
                continue reading
            case .incomplete:
                if start == nil { start = connection.requestCount == 0 ? accepted : loop.now }
                acceptor.connectionWaits(self)
                guard await waitToRead(until: headDeadline(since: start!)) else {
                    await refuseSlowly()
                    break reading
                }
                continue reading
            case .idle:
                park()
                return
            case .closed:
                end()
                return
            }
            guard let answer else { return }
            let keepsAlive = await complete(answer)
            if !keepsAlive { break reading }
            if mayRest {
                park()
                return
            }
        }
        if startUpgraded() { return }
        await finish()
    }

    /// All that has come is answered, and what is left to send can leave without us.
    private var mayRest: Bool { consumed == input.count && !channel.isReadable }

    private enum Next: ~Copyable {
        case head(RequestHead)
        case resumed(Answer)
        case refused(RequestParseError)
        /// Responses must leave first, and the client is slow to take them.
        case unsent
        /// The client has begun a request.
        case incomplete
        /// Nothing has arrived of a further request.
        case idle
        case closed
    }

    /// What to do next; most often it is the next request's head.
    private func next() -> Next {
        // Nothing is called while the property is changed: accesses need not be watched over then.
        var resumed: Answer?
        swap(&resumed, &suspended)
        if let resumed { return .resumed(resumed) }
        while true {
            if consumed < input.count {
                let received = input
                do {
                    switch try parser.parse(received.span.extracting(consumed...)) {
                    case .complete(let head, let count):
                        consumed += count
                        return .head(head)
                    case .incomplete: break
                    }
                } catch {
                    return .refused(error)
                }
            } else if consumed > 0 {
                input.removeAll(keepingCapacity: true)
                consumed = 0
            }
            // Nothing more can be answered before the client sends: what is ready must leave.
            if !output.isEmpty {
                switch flushNow() {
                case true?: break
                case false?: return .closed
                case nil: return .unsent
                }
            }
            switch receive() {
            case .received: break
            case .closed: return .closed
            case .nothing: return consumed == input.count ? .idle : .incomplete
            }
        }
    }

    enum Received { case received, nothing, closed }

    func receive() -> Received {
        makeRoom()
        if inputInPlace.capacity == 0 { inputInPlace = context.takeBuffer() }
        do {
            guard let count = try channel.read(into: &input, limit: roomToRead) else {
                return .nothing
            }
            connection.bytesRead += Int64(count)
            return count == 0 ? .closed : .received
        } catch {
            return .closed
        }
    }

    private var roomToRead: Int { max(4096, LoopContext.bufferSize - input.count) }

    /// Moves what is left of the input to its front.
    ///
    /// Heads are bounded, so this buffer is.
    private func makeRoom() {
        guard consumed > 0 else { return }
        input.removeSubrange(..<consumed)
        consumed = 0
    }

    private func headDeadline(since start: Int64) -> Int64 {
        let stage = connection.readTimeouts?.header
        return stage.deadline(
            now: loop.now, start: start, bytes: Int64(input.count - consumed),
            timeout: connection.defaultHost.core.timeout)
    }

    func waitToRead(until deadline: Int64) async -> Bool {
        channel.setDeadline(deadline)
        defer { channel.setDeadline(.max) }
        do {
            try await channel.waitUntilReadable()
            return true
        } catch {
            return false
        }
    }

    /// Gives the buffers back that hold nothing.
    private func giveBackBuffers() {
        let context = context
        if inputInPlace.capacity > 0, consumed == inputInPlace.count {
            context.giveBack(inputInPlace.take())
            consumed = 0
        }
        if outputInPlace.capacity > 0, outputInPlace.isEmpty {
            context.giveBack(outputInPlace.take())
        }
    }

    /// Takes the buffer that a response is written to.
    func takeOutputBuffer() {
        if outputInPlace.capacity == 0 { outputInPlace = context.takeBuffer() }
    }

    // MARK: While a request is suspended

    /// Keeps a request until it is resumed.
    func keep(_ answer: consuming Answer) {
        // Its content, if it has any, is read meanwhile.
        if answer.body == nil { giveBackBuffers() }
        var kept: Answer? = consume answer
        swap(&kept, &suspended)
    }

    func resume() { context.servingTasks.serve(self) }

    // MARK: Parking

    /// Gives everything back that an idle connection needs not.
    private func park() {
        let context = context
        giveBackBuffers()
        isServing = false
        let hasOutput = !outputInPlace.isEmpty
        channel.setDeadline(
            connection.requestCount == 0
                ? headDeadline(since: accepted)
                : loop.now + keepAliveTimeout)
        isParked = true
        acceptor.connectionBecameIdle(self)
        // Bytes that came between the last read and now were told to nobody.
        if channel.isReadable { return start() }
        if hasOutput { context.outbox.add(self) }
    }

    /// As `park`, for a connection that speaks another protocol.
    ///
    /// It is not among those that may be closed because they idle.
    func park(_ stream: UpgradedStream, until deadline: Int64) {
        isServing = false
        stream.rest(until: deadline)
        if channel.isReadable { start() }
    }

    /// Has the protocol look again, though nothing has come.
    func wakeUpgraded() {
        if isServing { channel.wakeReader() } else { start() }
    }

    private func leavePark() {
        guard isParked else { return }
        isParked = false
        acceptor.connectionLeftIdling(self)
    }

    /// Sends the responses that were left for the end of the turn.
    func sendGathered() {
        if isServing || outputInPlace.isEmpty { return }
        switch writeOutput() {
        case true?:
            gathered = 0
            context.giveBack(outputInPlace.take())
        case false?: end()
        case nil: start()
        }
    }

    // MARK: Ending

    /// Sends what is left and closes so that the client gets to read it.
    func finish() async {
        acceptor.connectionWaits(self)
        if !output.isEmpty { _ = await flush() }
        if needsLingering { await linger() }
        end()
    }

    /// Closing with unread bytes sends a reset, which may destroy the response on its way.
    private var needsLingering: Bool {
        !connection.isAborted && !channel.hasHungUp
            && (consumed < input.count || channel.isReadable || mayStillSend)
    }

    /// Whether a client that follows the protocol could still send something.
    private var mayStillSend: Bool { !clientCloses }

    private func linger() async {
        channel.shutdownWriting()
        let end = loop.now + (lingersShortly ? 2_000_000_000 : 30_000_000_000)
        var ignored = input.take()
        defer { input = ignored }
        while loop.now < end {
            ignored.removeAll(keepingCapacity: true)
            do {
                guard let count = try channel.read(into: &ignored, limit: LoopContext.bufferSize)
                else {
                    guard await waitToRead(until: min(end, loop.now + 2_000_000_000)) else {
                        return
                    }
                    continue
                }
                if count == 0 { return }
            } catch {
                return
            }
        }
    }

    private func end() {
        leavePark()
        context.giveBack(inputInPlace.take())
        context.giveBack(outputInPlace.take())
        isServing = true
        channel.close()
        acceptor.connectionEnded(self)
    }

    // MARK: Output

    /// Sends the output buffer.
    ///
    /// False: the client is gone.
    @inline(__always)
    func flush() async -> Bool {
        if let sent = flushNow() { return sent }
        return await flushSlowly()
    }

    /// Gives the worker back when a response has only to be sent and the client is slow.
    func waitsForReader() {
        guard let end = responseEnd else { return }
        responseEnd = nil
        if worker != nil { acceptor.dismissEarly(self, bytes: max(0, end - accounted.sent)) }
    }

    /// Sends what the socket takes at once.
    ///
    /// Nil: there is more.
    func flushNow() -> Bool? {
        let sent = writeOutput()
        if sent == true { emptyOutput() }
        return sent
    }

    /// As `flushNow`, and leaves to the caller to empty the buffer when all of it was sent.
    private func writeOutput() -> Bool? {
        var bytes = outputInPlace.take()
        do throws(SystemError) {
            let written = try channel.write(bytes.span)
            connection.bytesWritten += Int64(written)
            let isAll = written == bytes.count
            if !isAll { bytes.removeSubrange(..<written) }
            outputInPlace.putBack(&bytes)
            return isAll ? true : nil
        } catch {
            outputInPlace.putBack(&bytes)
            return giveUp()
        }
    }

    private func flushSlowly() async -> Bool {
        waitsForReader()
        isFlushing = true
        defer { isFlushing = false }
        do throws(ChannelError) {
            try await channel.writeAll(output, patience: connection.defaultHost.core.timeout)
            connection.bytesWritten += Int64(output.count)
            emptyOutput()
            return true
        } catch {
            return giveUp()
        }
    }

    private func emptyOutput() {
        output.removeAll(keepingCapacity: true)
        gathered = 0
    }

    private func giveUp() -> Bool {
        emptyOutput()
        connection.isAborted = true
        return false
    }
}
