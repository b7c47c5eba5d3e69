// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP
public import ApusRuntime

/// A message of a WebSocket.
public enum WebSocketMessage: Sendable, Hashable {
    /// UTF-8. What is received has been checked; what is sent has to be.
    case text([UInt8])
    case binary([UInt8])
}

// One task receives, or none, where a handler is given what arrives. Any task of the loop may send
// and close meanwhile. Pings, pongs and the closing handshake are served by the one that receives,
// so a connection whose messages nobody receives is not kept alive: the client waits, which is the
// back-pressure.

/// An open WebSocket (RFC 6455), as the server's end.
///
/// Belongs to the loop of its connection. While it waits it holds no buffers.
public final class WebSocketConnection {
    /// The subprotocol that was agreed upon.
    public let subprotocol: String?
    /// Why it ended, once it has: the client's code, or ours if we ended it; 1005 where the client
    /// gave none, 1006 where it was not closed but broken.
    public private(set) var closeCode: WebSocketCloseCode?
    public private(set) var closeReason = ""

    public var loop: EventLoop { connection.loop }

    /// Nil before the response has left.
    private var opened: UpgradedStream?
    private unowned let connection: Connection
    /// The settings where the request was mapped to; not a copy of them for each connection.
    private let config: MergedConfig
    private var decoder: WebSocketDecoder
    private var encoder: WebSocketEncoder
    /// We have sent a close frame; nothing is sent any more.
    private var isClosing = false
    private var hasEnded = false

    // In nanoseconds of the loop's clock.
    private var lastReceived: Int64
    private var lastMessage: Int64
    private var pongDeadline = Int64.max
    private var closeDeadline = Int64.max
    private var leaveDeadline = Int64.max

    /// Whether messages can be sent.
    public var isOpen: Bool { !isClosing && !hasEnded }

    private var stream: UpgradedStream { opened! }
    private var settings: WebSocketSettings { config.core.webSocket }

    init(
        _ config: MergedConfig, _ deflate: PerMessageDeflate?, subprotocol: String?,
        _ connection: Connection
    ) {
        self.config = config
        self.subprotocol = subprotocol
        self.connection = connection
        decoder = WebSocketDecoder(
            .server, limits: config.core.webSocket.limits, deflate: deflate)
        encoder = WebSocketEncoder(.server, deflate: deflate)
        lastReceived = 0
        lastMessage = 0
    }

    func open(_ stream: UpgradedStream) {
        opened = stream
        lastReceived = stream.loop.now
        lastMessage = stream.loop.now
        if stream.isServerLeaving { leaveGracefully() }
        stream.whenServerLeaves = { [unowned self] leaving in
            switch leaving {
            case .gracefully: leaveGracefully()
            case .atOnce: leaveAtOnce()
            }
        }
    }

    // MARK: Messages

    /// The next message; waits for it.
    ///
    /// - Returns: nil when the connection has ended; `closeCode` says why.
    public func receive() async -> WebSocketMessage? {
        while !hasEnded {
            if let message = await receiveNow() { return message }
            if !hasEnded { await stream.waitForInput(until: nextDeadline()) }
        }
        return nil
    }

    /// Sends a message, and waits as long as the client is slow to take it.
    ///
    /// - Throws: where the connection has ended, or is being closed.
    public func send(_ message: WebSocketMessage) async throws(OutputError) {
        guard isOpen else { throw .clientLeft }
        try await stream.write(frame(of: message))
    }

    /// Sends a message, and waits for nothing.
    ///
    /// Who sends much should look at `hasRoom` before, for what the client does not take is kept.
    ///
    /// - Throws: where the connection has ended, or is being closed.
    public func post(_ message: WebSocketMessage) throws(OutputError) {
        guard isOpen else { throw .clientLeft }
        try stream.post(frame(of: message))
    }

    /// Whether the client has taken what was sent.
    public var hasRoom: Bool { !stream.isWriting }

    private func frame(of message: WebSocketMessage) -> [UInt8] {
        lastMessage = stream.loop.now
        var frame: [UInt8] = []
        switch message {
        case .text(let bytes): encoder.append(bytes.span, isText: true, to: &frame)
        case .binary(let bytes): encoder.append(bytes.span, isText: false, to: &frame)
        }
        return frame
    }

    // MARK: Ending

    /// Begins the closing handshake.
    ///
    /// `receive` then returns nil as soon as the client has answered, or too much time has passed;
    /// what the client had sent before is dropped.
    public func close(_ code: WebSocketCloseCode? = .normal, reason: String = "") async {
        beginClosing(code, reason: reason)
        await stream.waitUntilWritten()
    }

    /// As `close`, and waits for nothing.
    public func beginClosing(_ code: WebSocketCloseCode? = .normal, reason: String = "") {
        guard isOpen else { return }
        isClosing = true
        if closeCode == nil {
            closeCode = code ?? WebSocketCloseCode.none
            closeReason = reason
        }
        closeDeadline = stream.loop.now + settings.closeTimeout.nanoseconds
        stream.patience = settings.closeTimeout
        var frame: [UInt8] = []
        encoder.appendClose(code, reason: reason, to: &frame)
        try? stream.post(frame)
        stream.wakeReader()
    }

    /// Ends without a word, as if the cable had been cut.
    public func abort() {
        end(.abnormal)
        stream.abort()
    }

    /// Closes if nobody has, and waits for the client's part of it.
    func finish() async {
        await close()
        while await receive() != nil {}
        stream.whenServerLeaves = nil
        stream.whenWritten = nil
    }

    private func end(_ code: WebSocketCloseCode, reason: String = "") {
        if hasEnded { return }
        hasEnded = true
        if closeCode == nil {
            closeCode = code
            closeReason = reason
        }
    }

    /// Tells the client what it did wrong; nothing more is read.
    private func fail(_ error: WebSocketError) async {
        connection.log(.info, "", "WebSocket: \(error.reason), closing with \(error.code.number)")
        await close(error.code, reason: "\(error.reason)")
        end(error.code)
    }

    /// The child stays for what is in progress, but not for ever.
    private func leaveGracefully() {
        let now = stream.loop.now
        leaveDeadline = min(leaveDeadline, now + settings.gracefulTimeout.nanoseconds)
        stream.wakeReader()
    }

    private func leaveAtOnce() {
        guard isOpen else { return }
        var frame: [UInt8] = []
        encoder.appendClose(.goingAway, to: &frame)
        stream.writeAtOnce(frame)
    }

    // MARK: What arrives

    /// Lets a handler have what has arrived.
    func serve(
        _ stream: UpgradedStream, _ handler: any WebSocketHandler
    ) async -> Upgrade.Serving {
        if opened == nil {
            open(stream)
            stream.whenWritten = { handler.webSocketHasRoom() }
            handler.webSocketOpened(self)
        }
        while let message = await receiveNow() { await handler.take(message) }
        if !hasEnded { return .idle(until: nextDeadline()) }
        await handler.webSocketEnded()
        await finish()
        return .ended
    }

    /// The next message that is here; nil where none is, or the connection has ended.
    private func receiveNow() async -> WebSocketMessage? {
        while !hasEnded {
            switch next() {
            case .event(let event):
                if let message = await heed(event) { return message }
            case .violation(let error): await fail(error)
            case .needsMore:
                switch due() {
                case .end: end(.abnormal)
                case .close(let reason): await close(.goingAway, reason: reason)
                case .ping(let frame): try? await stream.write(frame)
                case .nothing: if !fill() { return nil }
                }
            }
        }
        return nil
    }

    /// False: nothing has arrived.
    private func fill() -> Bool {
        switch stream.fill() {
        case .received:
            lastReceived = stream.loop.now
            pongDeadline = .max
        case .ended: end(.abnormal)
        case .nothing: return false
        }
        return true
    }

    private enum Next {
        case event(WebSocketEvent)
        case violation(WebSocketError)
        case needsMore
    }

    private func next() -> Next {
        do throws(WebSocketError) {
            return try decode()
        } catch {
            return .violation(error)
        }
    }

    private func decode() throws(WebSocketError) -> Next {
        let event = try stream.withInput { bytes, position throws(WebSocketError) in
            try decoder.decode(bytes, from: &position)
        }
        return event.map { .event($0) } ?? .needsMore
    }

    /// - Returns: the message, if it is one that is still wanted.
    private func heed(_ event: WebSocketEvent) async -> WebSocketMessage? {
        switch event {
        case .text(let bytes): return received(.text(bytes))
        case .binary(let bytes): return received(.binary(bytes))
        case .ping(let payload):
            guard isOpen else { return nil }
            var frame: [UInt8] = []
            encoder.appendPong(payload.span, to: &frame)
            try? await stream.write(frame)
        case .pong: break
        case .close(let code, let reason):
            // The client's answer, or its own wish, which is answered with the same code.
            if isOpen {
                closeCode = code ?? WebSocketCloseCode.none
                closeReason = reason
                await close(code)
            }
            end(code ?? WebSocketCloseCode.none, reason: reason)
        }
        return nil
    }

    private func received(_ message: WebSocketMessage) -> WebSocketMessage? {
        lastMessage = stream.loop.now
        return isClosing ? nil : message
    }

    // MARK: Time

    private func pingTime() -> Int64 {
        let interval = settings.pingInterval
        return interval == .zero || isClosing || pongDeadline < .max
            ? .max : lastReceived + interval.nanoseconds
    }

    private func idleDeadline() -> Int64 {
        let timeout = settings.idleTimeout
        return timeout == .zero || isClosing ? .max : lastMessage + timeout.nanoseconds
    }

    private func nextDeadline() -> Int64 {
        let ending = min(pongDeadline, closeDeadline, isClosing ? .max : leaveDeadline)
        return min(ending, pingTime(), idleDeadline())
    }

    private enum Due {
        case nothing
        case end
        case close(reason: String)
        case ping([UInt8])
    }

    private func due() -> Due {
        let now = stream.loop.now
        if now >= closeDeadline { return .end }
        if now >= pongDeadline {
            connection.log(.info, "", "WebSocket: no answer to a ping")
            return .end
        }
        guard isOpen else { return .nothing }
        if now >= leaveDeadline { return .close(reason: "") }
        if now >= idleDeadline() { return .close(reason: "idle for too long") }
        return now >= pingTime() ? .ping(ping(at: now)) : .nothing
    }

    private func ping(at now: Int64) -> [UInt8] {
        let timeout = settings.pingTimeout
        if timeout > .zero { pongDeadline = now + timeout.nanoseconds }
        lastReceived = now
        var frame: [UInt8] = []
        encoder.appendPing([UInt8]().span, to: &frame)
        return frame
    }
}
