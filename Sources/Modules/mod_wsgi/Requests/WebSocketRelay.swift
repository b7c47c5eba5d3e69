// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

// Messages go both ways at once, so there is a task for each way: the one of the connection hands
// on what the application says, another what the client says. The application's pace is told by
// WANT, the client's by how fast `send` returns, which CREDIT passes on.

/// A WebSocket between a client and an application.
@safe
final class WebSocketRelay {
    private let exchange: Exchange
    private let loop: EventLoop
    /// How many bytes of messages the application takes.
    private var credit = 0
    private var isStopped = false
    private var waiting: UnsafeContinuation<Void, Never>?
    /// Whether what the client says is still handed on.
    private var isReading = false
    private var readingEnded: UnsafeContinuation<Void, Never>?

    private static let pieceSize = 65536

    private init(_ exchange: Exchange) {
        self.exchange = exchange
        loop = exchange.dispatcher.loop
    }

    /// Answers 101, and relays from then on.
    static func accept(
        _ request: inout Request, _ exchange: Exchange
    ) throws(RequestError) {
        request.mapping = exchange
        request.connection.whenClientLeaves = nil
        let handshake = try request.webSocketHandshake()
        let relay = WebSocketRelay(exchange)
        exchange.socket = relay
        var fields = exchange.accepted ?? Fields()
        let subprotocol = fields[.secWebSocketProtocol]
        fields.remove(.secWebSocketProtocol)
        request.response.fields.append(contentsOf: fields)
        let logger = request.logger(for: WSGIModule.self)
        request.acceptWebSocket(handshake, subprotocol: subprotocol) { socket in
            await relay.run(socket, logger)
        }
    }

    /// The application takes so many more bytes.
    func want(_ count: Int) {
        credit += count
        wake()
    }

    /// What was sent before has left.
    func goOn() { wake() }

    func stop() {
        isStopped = true
        wake()
    }

    private func wake() { unsafe waiting.take()?.resume() }

    private func run(_ socket: WebSocketConnection, _ logger: RequestLogger) async {
        isReading = true
        let parts = LoopConfined((relay: self, socket: socket))
        Task(executorPreference: loop) { await parts.value.relay.passOn(parts.value.socket) }
        await tell(socket, logger)
        if isReading { unsafe await withUnsafeContinuation { unsafe readingEnded = $0 } }
        exchange.abandon()
    }

    // MARK: What the application says

    private func tell(_ socket: WebSocketConnection, _ logger: RequestLogger) async {
        while true {
            let isLast = exchange.isOver
            for message in exchange.takeMessages() { logger.log(message.level, "", message.text) }
            for event in exchange.takeSocketEvents() {
                guard await tell(event, socket) else { return }
            }
            if isLast { break }
            await exchange.waitForSocket()
        }
        // The application ended without a word, or with its process.
        let hasFailed = exchange.failure != nil || exchange.end?.hasFailed ?? true
        await socket.close(hasFailed ? .internalError : .normal)
    }

    /// - Returns: false when nothing more can be said.
    private func tell(_ event: SocketEvent, _ socket: WebSocketConnection) async -> Bool {
        switch event {
        case .message(let bytes, let isText, let paid, _):
            do throws(OutputError) {
                try await socket.send(isText ? .text(bytes) : .binary(bytes))
            } catch {
                return false
            }
            exchange.pay(bytes.count - paid)
            return true
        case .close(let code, let reason):
            await socket.close(WebSocketCloseCode(code), reason: reason)
            return false
        }
    }

    // MARK: What the client says

    private func passOn(_ socket: WebSocketConnection) async {
        while let message = await socket.receive() {
            switch message {
            case .text(let bytes): await send(bytes, APUS_FRAME_WEBSOCKET_TEXT)
            case .binary(let bytes): await send(bytes, APUS_FRAME_WEBSOCKET_BINARY)
            }
        }
        if !exchange.isOver {
            let code = socket.closeCode?.number ?? 1006
            exchange.stream?.send(
                APUS_FRAME_WEBSOCKET_CLOSE, for: exchange, socket.closeReason.bytes.span,
                aux: code)
        }
        isReading = false
        unsafe readingEnded.take()?.resume()
    }

    private func send(_ bytes: [UInt8], _ type: Int) async {
        var start = 0
        repeat {
            while credit <= 0 || !(exchange.stream?.asksForRoom() ?? true), !isStopped {
                unsafe await withUnsafeContinuation { unsafe waiting = $0 }
            }
            if isStopped { return }
            let count = min(bytes.count - start, Self.pieceSize, max(credit, 1))
            let isLast = start + count == bytes.count
            exchange.stream?.send(
                type, for: exchange, bytes.span.extracting(start..<start + count),
                flags: isLast ? 0 : UInt8(APUS_MESSAGE_CONTINUES))
            credit -= count
            start += count
        } while start < bytes.count
    }
}
