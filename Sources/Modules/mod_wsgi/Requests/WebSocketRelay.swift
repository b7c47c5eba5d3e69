// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

// Messages go both ways at once. What the application says is sent when it comes, or else when the
// client has taken what was sent before, so nobody has to wait for it. The application's pace is
// told by WANT, the client's by how soon it takes what is sent, which CREDIT passes on.

/// A WebSocket between a client and an application.
@safe
final class WebSocketRelay: WebSocketHandler {
    private let exchange: Exchange
    private let logger: RequestLogger
    /// There while it is open.
    private var socket: WebSocketConnection?
    /// How many bytes of messages the application takes.
    private var credit = 0
    private var isStopped = false
    private var waiting: UnsafeContinuation<Void, Never>?
    /// Bytes that were sent, and the application does not know of yet.
    private var unpaid = 0
    /// Whether nothing more the application says can be sent.
    private var hasTold = false
    private var tellingEnded: UnsafeContinuation<Void, Never>?

    private static let pieceSize = 65536

    private init(_ exchange: Exchange, _ logger: RequestLogger) {
        self.exchange = exchange
        self.logger = logger
    }

    /// Whatever becomes of the connection, the application is told.
    deinit { exchange.abandon() }

    /// Answers 101, and relays from then on.
    static func accept(
        _ request: inout Request, _ exchange: Exchange
    ) throws(RequestError) {
        request.mapping = exchange
        request.connection.whenClientLeaves = nil
        let handshake = try request.webSocketHandshake()
        let relay = WebSocketRelay(exchange, request.logger(for: WSGIModule.self))
        var fields = exchange.accepted ?? Fields()
        let subprotocol = fields[.secWebSocketProtocol]
        fields.remove(.secWebSocketProtocol)
        request.response.fields.append(contentsOf: fields)
        request.acceptWebSocket(handshake, subprotocol: subprotocol, handler: relay)
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

    // MARK: What the application says

    func webSocketOpened(_ socket: WebSocketConnection) {
        self.socket = socket
        isStopped = exchange.isOver
        exchange.socket = self
        tell()
    }

    func webSocketHasRoom() { tell() }

    /// Sends what the application has said, if the client has taken what it said before.
    func tell() {
        guard let socket, !hasTold else { return }
        for message in exchange.takeMessages() { logger.log(message.level, "", message.text) }
        guard socket.hasRoom else { return }
        pay()
        let isLast = exchange.isOver
        for event in exchange.takeSocketEvents() {
            tell(event, socket)
            if hasTold { return }
        }
        if isLast {
            // The application ended without a word, or with its process.
            let hasFailed = exchange.failure != nil || exchange.end?.hasFailed ?? true
            socket.beginClosing(hasFailed ? .internalError : .normal)
            endTelling()
        } else if socket.hasRoom {
            pay()
        }
    }

    private func tell(_ event: SocketEvent, _ socket: WebSocketConnection) {
        switch event {
        case .message(let bytes, let isText, let paid, _):
            do throws(OutputError) {
                try socket.post(isText ? .text(bytes) : .binary(bytes))
                unpaid += bytes.count - paid
            } catch {
                endTelling()
            }
        case .close(let code, let reason):
            socket.beginClosing(WebSocketCloseCode(code), reason: reason)
            endTelling()
        }
    }

    private func pay() {
        exchange.pay(unpaid)
        unpaid = 0
    }

    private func endTelling() {
        hasTold = true
        unsafe tellingEnded.take()?.resume()
    }

    // MARK: What the client says

    func take(_ message: WebSocketMessage) async {
        switch message {
        case .text(let bytes): await send(bytes, APUS_FRAME_WEBSOCKET_TEXT)
        case .binary(let bytes): await send(bytes, APUS_FRAME_WEBSOCKET_BINARY)
        }
    }

    func webSocketEnded() async {
        if !exchange.isOver, let socket {
            exchange.stream?.send(
                APUS_FRAME_WEBSOCKET_CLOSE, for: exchange, socket.closeReason.bytes.span,
                aux: socket.closeCode?.number ?? 1006)
        }
        if !hasTold { unsafe await withUnsafeContinuation { unsafe tellingEnded = $0 } }
        exchange.abandon()
        exchange.socket = nil
        socket = nil
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
