// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// The opening handshake as a client sent it (RFC 6455 section 4.2.1).
public struct WebSocketHandshake: Sendable {
    /// As the client sent it.
    public let key: String
    /// The subprotocols that the client would speak, its favourite first.
    public let protocols: [String]
    /// The extensions that the client offers, its favourite first.
    public let extensions: [WebSocketExtension]

    /// The version of the protocol that we speak.
    public static let version = "13"

    /// Whether a request asks for WebSocket, rightly or not.
    ///
    /// One of HTTP/1.0 cannot, nor can one without `Connection: Upgrade` (RFC 9110 section 7.8):
    /// those are ordinary requests.
    public static func isRequested(by head: borrowing RequestHead) -> Bool {
        head.version >= .http11 && head.hasToken(.upgrade, "websocket")
            && head.hasToken(.connection, "upgrade")
    }

    /// Checks the handshake of a request that asks for WebSocket.
    public init(_ head: borrowing RequestHead) throws(WebSocketHandshakeError) {
        guard head.method == .get else { throw .method }
        let versions = head.fields.values(.secWebSocketVersion)
        guard versions == [Self.version] else {
            throw versions.count > 1 ? .severalVersions : .version(versions.first)
        }
        let keys = head.fields.values(.secWebSocketKey)
        guard keys.count == 1, Self.isKey(keys[0]) else { throw .key }
        key = keys[0]
        guard let protocols = Self.protocols(head.fields.combined(.secWebSocketProtocol)) else {
            throw .protocols
        }
        self.protocols = protocols
        let offers = head.fields.combined(.secWebSocketExtensions) ?? ""
        guard let extensions = WebSocketExtension.parse(offers) else { throw .extensions }
        self.extensions = extensions
    }

    /// What the server answers in Sec-WebSocket-Accept (section 4.2.2).
    public var accept: String { Self.accept(for: key) }

    static func accept(for key: String) -> String {
        let text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        return Base64.encode(Digest.sha1.of(Array(text.utf8)))
    }

    /// Base64 of sixteen bytes.
    private static func isKey(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 24, bytes[22...] == [0x3D, 0x3D] else { return false }
        return bytes[..<22].allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
            default: false
            }
        }
    }

    /// Nil where they are not different tokens (section 4.1).
    private static func protocols(_ list: String?) -> [String]? {
        guard let list else { return [] }
        var protocols: [String] = []
        for member in list.utf8.split(separator: 0x2C) {
            let name = Array(member)
            let trimmed = name.span.extracting(name.span.trimmingBlanks(0..<name.count))
            if trimmed.isEmpty { continue }
            let text = String(bytes: trimmed)
            guard trimmed.isToken, !protocols.contains(text) else { return nil }
            protocols.append(text)
        }
        return protocols
    }
}

/// What is wrong with an opening handshake.
public enum WebSocketHandshakeError: Error, Sendable, Hashable {
    case method
    /// Another version than ours; nil: none.
    case version(String?)
    case severalVersions
    case key
    case protocols
    case extensions

    /// What the client is answered; 426 goes with a `Sec-WebSocket-Version` of ours
    /// (section 4.4).
    public var status: HTTPStatus {
        switch self {
        case .method: .methodNotAllowed
        case .version: .upgradeRequired
        default: .badRequest
        }
    }

    public var reason: String {
        switch self {
        case .method: "the method is not GET"
        case .version(let version?): "Sec-WebSocket-Version is \(version), not 13"
        case .version(nil): "Sec-WebSocket-Version is missing"
        case .severalVersions: "Sec-WebSocket-Version is there twice"
        case .key: "Sec-WebSocket-Key is not one key of 16 bytes"
        case .protocols: "Sec-WebSocket-Protocol is malformed"
        case .extensions: "Sec-WebSocket-Extensions is malformed"
        }
    }
}

extension FieldName {
    public static let secWebSocketAccept = FieldName("Sec-WebSocket-Accept")
    public static let secWebSocketExtensions = FieldName("Sec-WebSocket-Extensions")
    public static let secWebSocketKey = FieldName("Sec-WebSocket-Key")
    public static let secWebSocketProtocol = FieldName("Sec-WebSocket-Protocol")
    public static let secWebSocketVersion = FieldName("Sec-WebSocket-Version")
}
