// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusHTTP

/// What holds for WebSockets, whoever serves them.
public struct WebSocketSettings: Sendable {
    @Setting public var messageLimit = 16_777_216
    @Setting public var compression = WebSocketCompression.on
    @Setting public var pingInterval: Duration = .seconds(20)
    @Setting public var pingTimeout: Duration = .seconds(20)
    @Setting public var idleTimeout: Duration = .zero
    @Setting public var closeTimeout: Duration = .seconds(10)
    @Setting public var gracefulTimeout: Duration = .seconds(15)

    public init() {}

    var limits: WebSocketLimits {
        let limit = messageLimit == 0 ? Int.max / 2 : messageLimit
        // What cannot be compressed is a little longer when it has been.
        return WebSocketLimits(frame: limit + limit / 256 + 1024, message: limit)
    }
}

/// `WebSocketCompression`.
public enum WebSocketCompression: String, CaseIterable, Sendable {
    case on = "On"
    case off = "Off"
    /// Each message goes on with the window of the one before it.
    case contextTakeover = "ContextTakeover"
}

extension CoreModule {
    static let webSocketDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "LimitWebSocketMessage", in: [.servers, .sections], sets: \.webSocket.$messageLimit,
            .bytes, "Limit on the size of a message that a WebSocket client sends (0: none)",
            default: "16M"),
        Directive(
            "WebSocketCompression", in: [.servers, .sections], sets: \.webSocket.$compression,
            .keywords(WebSocketCompression.self),
            "Whether messages of WebSockets are compressed (permessage-deflate), and whether each "
                + "connection keeps some 300 KB of memory to do it better",
            default: "On"),
        Directive(
            "WebSocketPingInterval", in: [.servers, .sections], sets: \.webSocket.$pingInterval,
            .duration,
            "How long a WebSocket client may be silent before it is sent a ping (0: for ever)",
            default: "20"),
        Directive(
            "WebSocketPingTimeout", in: [.servers, .sections], sets: \.webSocket.$pingTimeout,
            .duration,
            "How long a WebSocket client has to answer a ping before the connection is given up "
                + "(0: for ever)",
            default: "20"),
        Directive(
            "WebSocketIdleTimeout", in: [.servers, .sections], sets: \.webSocket.$idleTimeout,
            .duration,
            "How long a WebSocket may be without messages before it is closed (0: for ever)",
            default: "0"),
        Directive(
            "WebSocketCloseTimeout", in: [.servers, .sections], sets: \.webSocket.$closeTimeout,
            .duration,
            "How long a WebSocket client has to answer a close frame", default: "10"),
        Directive(
            "WebSocketGracefulTimeout", in: [.servers, .sections],
            sets: \.webSocket.$gracefulTimeout, .duration,
            "How long WebSockets live on when the server is restarted or stopped gracefully",
            default: "15"),
    ]
}
