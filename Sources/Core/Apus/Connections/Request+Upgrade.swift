// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP
internal import ApusRuntime

/// What a connection becomes after `101 Switching Protocols`.
struct Upgrade {
    /// As in the Upgrade field.
    let protocolName: String
    /// Does what there is to do.
    ///
    /// Called again, after `idle`, when something has arrived, or was sent, or is due.
    let serve: (UpgradedStream) async -> Serving

    enum Serving {
        case ended
        /// Nothing is to be done before something arrives, or that time of the loop has come.
        case idle(until: Int64)
    }
}

extension Request {
    /// Whether the client would have this connection speak another protocol (RFC 9110 section
    /// 7.8).
    ///
    /// - Parameter protocolName: as in the Upgrade field: `websocket`.
    public func asksToUpgrade(to protocolName: String) -> Bool {
        head.version >= .http11 && head.hasToken(.upgrade, protocolName)
            && head.hasToken(.connection, "upgrade")
    }

    /// Answers `101 Switching Protocols`; a handler calls it, having read the request's content.
    ///
    /// - Parameters:
    ///   - protocolName: one that the client asked for.
    ///   - serve: has the connection to itself from when the response has left; it closes when
    ///     that returns.
    public mutating func upgrade(
        to protocolName: String, serve: @escaping (UpgradedStream) async -> Void
    ) {
        accept(
            Upgrade(protocolName: protocolName) { stream in
                await serve(stream)
                return .ended
            })
    }

    private mutating func accept(_ upgrade: Upgrade) {
        response.status = .switchingProtocols
        response.content = .none
        response.upgrade = upgrade
    }

    /// Whether the client asks for WebSocket.
    public var asksForWebSocket: Bool {
        unsafe WebSocketHandshake.isRequested(by: storage.pointee.head)
    }

    /// Checks the opening handshake of a request that asks for WebSocket.
    ///
    /// - Throws: the response for a client that did it wrong: 400, 405, or 426.
    public mutating func webSocketHandshake() throws(RequestError) -> WebSocketHandshake {
        let problem: WebSocketHandshakeError
        do throws(WebSocketHandshakeError) {
            return try WebSocketHandshake(head)
        } catch {
            problem = error
        }
        if problem.status == .upgradeRequired {
            response.errorFields.set(.secWebSocketVersion, WebSocketHandshake.version)
            response.errorFields.set(.upgrade, "websocket")
        }
        if problem == .method { allow(.get) }
        throw RequestError(problem.status, "WebSocket: \(problem.reason)", level: .info)
    }

    /// Opens the WebSocket, with the settings that hold where the request was mapped to.
    ///
    /// - Parameters:
    ///   - subprotocol: one of those that the handshake offers, or none.
    ///   - serve: has the connection from when the response has left. When it returns, the
    ///     connection is closed with code 1000, unless it is closed already.
    public mutating func acceptWebSocket(
        _ handshake: WebSocketHandshake, subprotocol: String? = nil,
        serve: @escaping (WebSocketConnection) async -> Void
    ) {
        let socket = openWebSocket(handshake, subprotocol)
        upgrade(to: "websocket") { stream in
            socket.open(stream)
            await serve(socket)
            await socket.finish()
        }
    }

    /// Opens the WebSocket for a handler, and no task waits for what arrives.
    public mutating func acceptWebSocket(
        _ handshake: WebSocketHandshake, subprotocol: String? = nil,
        handler: any WebSocketHandler
    ) {
        let socket = openWebSocket(handshake, subprotocol)
        accept(
            Upgrade(protocolName: "websocket") { stream in await socket.serve(stream, handler) })
    }

    private mutating func openWebSocket(
        _ handshake: WebSocketHandshake, _ subprotocol: String?
    ) -> WebSocketConnection {
        let settings = directoryConfig.core.webSocket
        response.fields.set(.secWebSocketAccept, handshake.accept)
        if let subprotocol { response.fields.set(.secWebSocketProtocol, subprotocol) }
        var deflate: PerMessageDeflate?
        if settings.compression != .off {
            deflate = PerMessageDeflate(
                acceptingOneOf: handshake.extensions,
                keepsContext: settings.compression == .contextTakeover)
        }
        if let deflate { response.fields.set(.secWebSocketExtensions, deflate.response) }
        return WebSocketConnection(directoryConfig, deflate, subprotocol: subprotocol, connection)
    }
}
