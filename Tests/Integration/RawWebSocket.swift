// SPDX-License-Identifier: Apache-2.0

import Support

/// The end of a WebSocket that a client has, byte by byte: frames of less than 64 KiB, masked with
/// zeros.
struct RawWebSocket {
    let connection: ClientConnection
    let response: RawResponse

    init(_ server: RunningServer, _ path: String, _ fields: String = "") throws {
        connection = try server.connect()
        response = try connection.request(webSocketHandshake(path, fields))
    }

    func send(_ first: UInt8, _ payload: [UInt8]) throws {
        let count = payload.count
        let length =
            count < 126 ? [UInt8(count)] : [126, UInt8(count >> 8), UInt8(count & 0xFF)]
        try connection.send([first, 0x80 | length[0]] + length[1...] + [0, 0, 0, 0] + payload)
    }

    func send(text: String) throws { try send(0x81, Array(text.utf8)) }

    /// Whether these bytes come next.
    func gets(_ bytes: [UInt8]) throws -> Bool {
        try connection.read(exactly: bytes.count) == bytes
    }

    func gets(text: String) throws -> Bool { try gets([0x81, UInt8(text.utf8.count)] + text.utf8) }
}

/// The request that asks for one.
func webSocketHandshake(
    _ path: String, _ fields: String = "", version: String = "13"
) -> String {
    """
    GET \(path) HTTP/1.1\r
    Host: localhost\r
    Upgrade: websocket\r
    Connection: keep-alive, Upgrade\r
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
    Sec-WebSocket-Version: \(version)\r
    \(fields)\r

    """
}
