// SPDX-License-Identifier: Apache-2.0

public import Apus

/// A module for tests alone: its handlers are the server's end of a WebSocket, or of a protocol of
/// no name, after which it does what the query says.
public struct WebSocketEchoModule: Module {
    public static let name = "test_websocket_echo_module"

    public static func register(in hooks: inout Hooks) {
        hooks.handler.add(Self.self) { request throws(RequestError) in
            switch request.handlerName {
            case "websocket-echo": try serveWebSocket(&request)
            case "websocket-handler": try handleWebSocket(&request)
            case "upgrade-echo": serveStream(&request)
            default: .declined
            }
        }
    }

    private static func handleWebSocket(_ request: inout Request) throws(RequestError) -> Outcome {
        guard request.asksForWebSocket else { return .declined }
        let handshake = try request.webSocketHandshake()
        let chosen = handshake.protocols.first { $0.hasPrefix("echo") }
        request.acceptWebSocket(
            handshake, subprotocol: chosen, handler: EchoHandler(request.query))
        return .done
    }

    private static func serveWebSocket(_ request: inout Request) throws(RequestError) -> Outcome {
        guard request.asksForWebSocket else { return .declined }
        let handshake = try request.webSocketHandshake()
        if request.query == "refuse" { throw RequestError(.forbidden) }
        let chosen = handshake.protocols.first { $0.hasPrefix("echo") }
        let query = request.query
        request.acceptWebSocket(handshake, subprotocol: chosen) { socket in
            switch query {
            case "greet":
                try? await socket.send(.text(Array("hello".utf8)))
                await socket.close(WebSocketCloseCode(3000), reason: "bye")
            case "leave": return
            case "flood":
                let piece = [UInt8](repeating: 0x61, count: 65536)
                while (try? await socket.send(.binary(piece))) != nil {}
            case "deaf":
                await socket.loop.sleep(for: .seconds(3600))
            default:
                while let message = await socket.receive() {
                    if (try? await socket.send(message)) == nil { break }
                }
            }
        }
        return .done
    }

    /// Repeats what comes, in capital letters, up to a full stop.
    private static func serveStream(_ request: inout Request) -> Outcome {
        guard request.asksToUpgrade(to: "shout") else { return .declined }
        request.upgrade(to: "shout") { stream in
            var bytes: [UInt8] = []
            while await stream.read(into: &bytes, limit: 4096) > 0 {
                let text = String(decoding: bytes, as: UTF8.self)
                if (try? await stream.write(Array(text.uppercased().utf8))) == nil { return }
                if text.contains(".") { return }
                bytes.removeAll()
            }
        }
        return .done
    }
}

/// Does what `serveWebSocket` does, without a task.
private final class EchoHandler: WebSocketHandler {
    private let query: String?
    private var socket: WebSocketConnection?

    init(_ query: String?) { self.query = query }

    func webSocketOpened(_ socket: WebSocketConnection) {
        self.socket = socket
        switch query {
        case "greet":
            try? socket.post(.text(Array("hello".utf8)))
            socket.beginClosing(WebSocketCloseCode(3000), reason: "bye")
        case "leave": socket.beginClosing()
        case "flood": flood()
        default: break
        }
    }

    func take(_ message: WebSocketMessage) async { try? await socket?.send(message) }

    func webSocketHasRoom() { if query == "flood" { flood() } }

    private func flood() {
        guard let socket else { return }
        let piece = [UInt8](repeating: 0x61, count: 65536)
        while socket.hasRoom, (try? socket.post(.binary(piece))) != nil {}
    }

    func webSocketEnded() async { socket = nil }
}

@c(test_websocket_echo_module)
public func webSocketEchoModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(WebSocketEchoModule.self).retained
}
