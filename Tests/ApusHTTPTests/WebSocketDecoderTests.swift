// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import Testing

/// Decodes what comes in pieces that end at `cuts`.
func decodeWebSocket(
    _ bytes: [UInt8], cuts: [Int] = [], role: WebSocketRole = .server,
    limits: WebSocketLimits = WebSocketLimits(frame: 1000, message: 1000),
    deflate: PerMessageDeflate? = nil
) throws(WebSocketError) -> [WebSocketEvent] {
    var decoder = WebSocketDecoder(role, limits: limits, deflate: deflate)
    var events: [WebSocketEvent] = []
    var start = 0
    for end in cuts + [bytes.count] {
        var position = 0
        let piece = Array(bytes[start..<end])
        while let event = try decoder.decode(piece.span, from: &position) { events.append(event) }
        start = end
    }
    return events
}

/// A frame as a client sends it, with a mask that changes every byte.
func frame(
    _ first: UInt8, _ payload: [UInt8], masked: Bool = true, longLength: Int? = nil
) -> [UInt8] {
    let bit: UInt8 = masked ? 0x80 : 0
    var bytes = [first]
    switch longLength ?? (payload.count <= 125 ? 0 : payload.count <= 0xFFFF ? 2 : 8) {
    case 0: bytes.append(bit | UInt8(payload.count))
    case let size:
        bytes.append(bit | (size == 2 ? 126 : 127))
        for place in (0..<size).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: payload.count >> (8 * place)))
        }
    }
    guard masked else { return bytes + payload }
    let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
}

private let hello = Array("Hello".utf8)

@Suite("Frames of a WebSocket")
struct WebSocketDecoderTests {
    @Test("are read as in the examples of RFC 6455, section 5.7")
    func examples() throws {
        let unmasked: [UInt8] = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]
        #expect(try decodeWebSocket(unmasked, role: .client) == [.text(hello)])
        let masked: [UInt8] = [
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ]
        #expect(try decodeWebSocket(masked) == [.text(hello)])
        let fragments: [UInt8] = [0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f]
        #expect(try decodeWebSocket(fragments, role: .client) == [.text(hello)])
        let ping: [UInt8] = [0x89, 0x05] + hello
        #expect(try decodeWebSocket(ping, role: .client) == [.ping(hello)])
        let pong: [UInt8] = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
        #expect(try decodeWebSocket(pong) == [.pong(hello)])
        let large = WebSocketLimits(frame: 65536, message: 65536)
        for count in [256, 65536] {
            let payload = [UInt8](repeating: 7, count: count)
            let bytes = frame(0x82, payload, masked: false)
            #expect(bytes[1] == (count == 256 ? 0x7E : 0x7F))
            #expect(
                try decodeWebSocket(bytes, role: .client, limits: large) == [.binary(payload)])
        }
    }

    @Test("may be cut anywhere")
    func cuts() throws {
        let text = Array("Grüße, 世界 𐍈".utf8)
        let bytes =
            frame(0x01, Array(text[..<7])) + frame(0x89, [1, 2]) + frame(0x00, [])
            + frame(0x80, Array(text[7...])) + frame(0x82, Array(repeating: 9, count: 300))
            + frame(0x88, [0x0B, 0xB8] + Array("bye".utf8))
        let expected: [WebSocketEvent] = [
            .ping([1, 2]), .text(text), .binary(Array(repeating: 9, count: 300)),
            .close(WebSocketCloseCode(3000), reason: "bye"),
        ]
        for cut in 0...bytes.count { #expect(try decodeWebSocket(bytes, cuts: [cut]) == expected) }
        #expect(try decodeWebSocket(bytes, cuts: Array(1..<bytes.count)) == expected)
    }

    @Test(
        "are refused where they break a rule",
        arguments: [
            (frame(0xC1, hello), 1002), (frame(0xA1, hello), 1002), (frame(0x91, hello), 1002),
            (frame(0x83, hello), 1002), (frame(0x8B, hello), 1002), (frame(0x8F, hello), 1002),
            (frame(0x81, hello, masked: false), 1002),
            // Control frames: fragmented, too long.
            (frame(0x09, hello), 1002), (frame(0x08, []), 1002),
            (frame(0x89, Array(repeating: 0, count: 126)), 1002),
            (frame(0x88, Array(repeating: 0, count: 126)), 1002),
            // Fragments: of nothing, and of another message.
            (frame(0x80, hello), 1002), (frame(0x00, hello), 1002),
            (frame(0x01, hello) + frame(0x81, hello), 1002),
            (frame(0x01, hello) + frame(0x82, hello), 1002),
            // Lengths that are not the shortest, or beyond 63 bits.
            (frame(0x81, hello, longLength: 2), 1002), (frame(0x81, hello, longLength: 8), 1002),
            ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002),
            // Sizes beyond the limit, believed from the head alone.
            (Array(frame(0x82, Array(repeating: 0, count: 1001))[..<4]), 1009),
            ([0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 1009),
            (
                frame(0x02, Array(repeating: 0, count: 600))
                    + frame(0x80, Array(repeating: 0, count: 401)), 1009
            ),
            // Text that is not UTF-8: overlong, a surrogate, too large, cut short, a lone byte.
            (frame(0x81, [0xC0, 0xAF]), 1007), (frame(0x81, [0xED, 0xA0, 0x80]), 1007),
            (frame(0x81, [0xF4, 0x90, 0x80, 0x80]), 1007), (frame(0x81, [0xE2, 0x82]), 1007),
            (frame(0x81, [0x41, 0xFF]), 1007), (frame(0x01, [0xCE, 0xBA, 0xE1, 0xBD]), 0),
            (frame(0x01, [0xCE, 0xBA]) + frame(0x80, [0xE1]), 1007),
            (frame(0x01, [0x80]), 1007), (frame(0x81, [0xE0, 0x9F, 0xBF]), 1007),
            (frame(0x81, [0xF0, 0x8F, 0xBF, 0xBF]), 1007), (frame(0x81, [0xF5]), 1007),
            // Close frames: half a code, codes that none may send, a reason that is no text.
            (frame(0x88, [0x03]), 1002), (frame(0x88, [0x03, 0xE7]), 1002),
            (frame(0x88, [0x03, 0xEC]), 1002), (frame(0x88, [0x03, 0xED]), 1002),
            (frame(0x88, [0x03, 0xEE]), 1002), (frame(0x88, [0x03, 0xF7]), 1002),
            (frame(0x88, [0x07, 0xD0]), 1002), (frame(0x88, [0x0B, 0xB7]), 1002),
            (frame(0x88, [0x13, 0x88]), 1002), (frame(0x88, [0x00, 0x00]), 1002),
            (frame(0x88, [0x03, 0xE8, 0xFF]), 1007),
        ] as [([UInt8], UInt16)])
    func refusals(_ bytes: [UInt8], _ code: UInt16) {
        for cuts in [[], Array(1..<bytes.count)] {
            var thrown: UInt16 = 0
            do throws(WebSocketError) {
                _ = try decodeWebSocket(bytes, cuts: cuts)
            } catch {
                thrown = error.code.number
            }
            #expect(thrown == code)
        }
    }

    @Test(
        "close with a code that may be sent, or with none",
        arguments: [
            ([], nil, ""), ([0x03, 0xE8], 1000, ""), ([0x03, 0xE9], 1001, ""),
            ([0x03, 0xEB], 1003, ""), ([0x03, 0xEF], 1007, ""), ([0x03, 0xF6], 1014, ""),
            ([0x0B, 0xB8, 0x61], 3000, "a"), ([0x13, 0x87, 0xC3, 0xA4], 4999, "ä"),
        ] as [([UInt8], UInt16?, String)])
    func closing(_ payload: [UInt8], _ code: UInt16?, _ reason: String) throws {
        // What follows a close frame is not looked at.
        let bytes = frame(0x88, payload) + frame(0x83, hello)
        let event = WebSocketEvent.close(code.map { WebSocketCloseCode($0) }, reason: reason)
        #expect(try decodeWebSocket(bytes) == [event])
    }

    @Test("are not masked by a server")
    func maskedByServer() {
        #expect(throws: WebSocketError.self) {
            try decodeWebSocket(frame(0x81, hello), role: .client)
        }
    }

    @Test("leave nothing behind between messages")
    func betweenMessages() throws {
        var decoder = WebSocketDecoder(
            .server, limits: WebSocketLimits(frame: 1000, message: 1000))
        #expect(decoder.isBetweenMessages)
        var position = 0
        let part = frame(0x01, hello)
        _ = try decoder.decode(part.span, from: &position)
        #expect(!decoder.isBetweenMessages)
        position = 0
        let rest = frame(0x80, hello)
        #expect(try decoder.decode(rest.span, from: &position) == .text(hello + hello))
        #expect(decoder.isBetweenMessages)
    }
}
