// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import Testing

private let proper: [(String, String)] = [
    ("Host", "server.example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13"),
]

private func head(
    _ fields: [(String, String)], method: HTTPMethod = .get, version: HTTPVersion = .http11
) throws -> RequestHead {
    var table = Fields()
    for (name, value) in fields { table.append(FieldName(name), value) }
    return try RequestHead(method: method, target: "/chat", version: version, fields: table)
}

/// The proper fields, with one replaced, or left out.
private func fields(_ name: String, _ values: String...) -> [(String, String)] {
    proper.filter { $0.0 != name } + values.map { (name, $0) }
}

@Suite("The opening handshake of a WebSocket")
struct WebSocketHandshakeTests {
    @Test("is answered as in RFC 6455, section 1.3")
    func example() throws {
        let handshake = try WebSocketHandshake(
            try head(
                proper + [
                    ("Sec-WebSocket-Protocol", "chat, superchat"),
                    ("Sec-WebSocket-Protocol", "other"),
                    ("Sec-WebSocket-Extensions", "foo, bar; baz=2; q=\"x\""),
                ]))
        #expect(handshake.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(handshake.protocols == ["chat", "superchat", "other"])
        #expect(handshake.extensions.map(\.name) == ["foo", "bar"])
        #expect(handshake.extensions[1].parameters.map(\.value) == ["2", "x"])
    }

    @Test("is one only with Upgrade and Connection, in HTTP/1.1")
    func requested() throws {
        #expect(WebSocketHandshake.isRequested(by: try head(proper)))
        #expect(
            WebSocketHandshake.isRequested(
                by: try head(fields("Connection", "keep-alive, upgrade"))))
        #expect(
            WebSocketHandshake.isRequested(by: try head(fields("Upgrade", "h2c, WebSocket"))))
        #expect(!WebSocketHandshake.isRequested(by: try head(fields("Upgrade", "h2c"))))
        #expect(!WebSocketHandshake.isRequested(by: try head(fields("Upgrade"))))
        #expect(!WebSocketHandshake.isRequested(by: try head(fields("Connection", "close"))))
        #expect(!WebSocketHandshake.isRequested(by: try head(proper, version: .http10)))
    }

    @Test("is refused where it breaks a rule")
    func refusals() throws {
        let cases: [([(String, String)], WebSocketHandshakeError)] = [
            (fields("Sec-WebSocket-Version"), .version(nil)),
            (fields("Sec-WebSocket-Version", "8"), .version("8")),
            (fields("Sec-WebSocket-Version", "13", "13"), .severalVersions),
            (fields("Sec-WebSocket-Key"), .key), (fields("Sec-WebSocket-Key", ""), .key),
            (fields("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ="), .key),
            (fields("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "x"), .key),
            (fields("Sec-WebSocket-Key", "dGhlIHNhbXBs!SBub25jZQ=="), .key),
            (fields("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZTEx"), .key),
            (fields("Sec-WebSocket-Protocol", "a b"), .protocols),
            (fields("Sec-WebSocket-Protocol", "a, a"), .protocols),
            (fields("Sec-WebSocket-Extensions", "a; b=\"c d\""), .extensions),
            (fields("Sec-WebSocket-Extensions", "a b"), .extensions),
            (fields("Sec-WebSocket-Extensions", "a;"), .extensions),
            (fields("Sec-WebSocket-Extensions", "a; b="), .extensions),
        ]
        for (fields, error) in cases {
            let head = try head(fields)
            #expect(throws: error) { try WebSocketHandshake(head) }
        }
        let post = try head(proper, method: .post)
        #expect(throws: WebSocketHandshakeError.method) { try WebSocketHandshake(post) }
        #expect(WebSocketHandshakeError.version("8").status == .upgradeRequired)
        #expect(WebSocketHandshakeError.key.status == .badRequest)
    }
}
