// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import Testing

private let wide = WebSocketLimits(frame: 1 << 24, message: 1 << 24)

/// Bytes that look like nothing and cannot be compressed.
private func noise(_ count: Int) -> [UInt8] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state)
    }
}

@Suite("Messages sent on a WebSocket")
struct WebSocketEncoderTests {
    @Test("are framed as in the examples of RFC 6455, section 5.7")
    func examples() {
        var encoder = WebSocketEncoder(.server)
        var bytes: [UInt8] = []
        encoder.append(Array("Hello".utf8).span, isText: true, to: &bytes)
        #expect(bytes == [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
        for (count, head) in [
            (256, [0x82, 0x7E, 0x01, 0x00]), (65535, [0x82, 0x7E, 0xFF, 0xFF]),
            (65536, [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])] {
            bytes = []
            encoder.append(noise(count).span, isText: false, to: &bytes)
            #expect(Array(bytes[..<head.count]) == head)
            #expect(bytes.count == head.count + count)
        }
    }

    @Test("are what the other end reads", arguments: [WebSocketRole.server, .client])
    func roundTrip(_ role: WebSocketRole) throws {
        let other: WebSocketRole = role == .server ? .client : .server
        for count in [0, 1, 3, 7, 8, 9, 125, 126, 1000, 65535, 65536, 70001] {
            var encoder = WebSocketEncoder(role)
            var bytes: [UInt8] = []
            let message = noise(count)
            encoder.append(message.span, isText: false, to: &bytes)
            encoder.appendPing([1, 2, 3].span, to: &bytes)
            let expected: [WebSocketEvent] = [.binary(message), .ping([1, 2, 3])]
            #expect(try decodeWebSocket(bytes, role: other, limits: wide) == expected)
            let cuts = Array(stride(from: 1, to: bytes.count, by: 977))
            #expect(try decodeWebSocket(bytes, cuts: cuts, role: other, limits: wide) == expected)
        }
    }

    @Test("close with a reason that fits, and never with a code that may not be sent")
    func closing() throws {
        let encoder = WebSocketEncoder(.server)
        var bytes: [UInt8] = []
        encoder.appendClose(nil, to: &bytes)
        #expect(bytes == [0x88, 0x00])
        for (code, sent) in [(1000, 1000), (4000, 4000), (1005, 1011), (1006, 1011), (99, 1011)] {
            bytes = []
            encoder.appendClose(WebSocketCloseCode(UInt16(code)), reason: "bye", to: &bytes)
            #expect(bytes[2...3] == [UInt8(sent >> 8), UInt8(sent & 255)])
        }
        bytes = []
        encoder.appendClose(.normal, reason: String(repeating: "ä", count: 100), to: &bytes)
        let reason = String(repeating: "ä", count: 61)
        #expect(try decodeWebSocket(bytes, role: .client) == [.close(.normal, reason: reason)])
    }
}

@Suite("Compressed messages of a WebSocket")
struct PerMessageDeflateTests {
    private let agreed = PerMessageDeflate()

    @Test("are read as in the examples of RFC 7692, section 7.2.3")
    func examples() throws {
        let plain: [UInt8] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]
        let hello = WebSocketEvent.text(Array("Hello".utf8))
        #expect(try decodeWebSocket(frame(0xC1, plain), deflate: agreed) == [hello])
        let fragments = frame(0x41, Array(plain[..<3])) + frame(0x80, Array(plain[3...]))
        #expect(try decodeWebSocket(fragments, deflate: agreed) == [hello])
        let stored: [UInt8] = [
            0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00,
        ]
        #expect(try decodeWebSocket(frame(0xC1, stored), deflate: agreed) == [hello])
        let final: [UInt8] = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]
        #expect(try decodeWebSocket(frame(0xC1, final), deflate: agreed) == [hello])
        let twoBlocks: [UInt8] = [
            0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
        ]
        #expect(try decodeWebSocket(frame(0xC1, twoBlocks), deflate: agreed) == [hello])
        // The second refers to the first, where the window is kept.
        let again: [UInt8] = [0xf2, 0x00, 0x11, 0x00, 0x00]
        let keeping = PerMessageDeflate(serverKeepsContext: true, clientKeepsContext: true)
        let both = frame(0xC1, plain) + frame(0xC1, again)
        #expect(try decodeWebSocket(both, deflate: keeping) == [hello, hello])
        #expect(throws: WebSocketError.self) { try decodeWebSocket(both, deflate: agreed) }
        // The same after a block that says it is the last.
        let afterFinal = frame(0xC1, final) + frame(0xC1, again)
        #expect(try decodeWebSocket(afterFinal, deflate: keeping) == [hello, hello])
    }

    @Test(
        "are what the other end reads",
        arguments: [
            PerMessageDeflate(), PerMessageDeflate(serverKeepsContext: true),
            PerMessageDeflate(serverWindowBits: 9),
            PerMessageDeflate(serverKeepsContext: true, serverWindowBits: 10),
        ])
    func compressedRoundTrip(_ agreed: PerMessageDeflate) throws {
        var encoder = WebSocketEncoder(.server, deflate: agreed)
        var bytes: [UInt8] = []
        var expected: [WebSocketEvent] = []
        var size = 0
        for count in [0, 10, 100, 5000, 70000] {
            let text = Array(String(repeating: "abcdefgh, ", count: count / 10).utf8)
            for message in [text, noise(count), text] {
                encoder.append(message.span, isText: false, to: &bytes)
                expected.append(.binary(message))
                size += message.count
            }
        }
        #expect(
            try decodeWebSocket(bytes, role: .client, limits: wide, deflate: agreed) == expected)
        #expect(bytes.count < size / 2)
    }

    @Test("may not become longer than a message may be")
    func bomb() throws {
        var encoder = WebSocketEncoder(.client, deflate: agreed)
        var bytes: [UInt8] = []
        encoder.append([UInt8](repeating: 0, count: 1 << 20).span, isText: false, to: &bytes)
        #expect(bytes.count < 2000)
        let limits = WebSocketLimits(frame: 1 << 20, message: 1 << 20)
        #expect(try decodeWebSocket(bytes, limits: limits, deflate: agreed).count == 1)
        let less = WebSocketLimits(frame: 1 << 20, message: (1 << 20) - 1)
        let error = #expect(throws: WebSocketError.self) {
            try decodeWebSocket(bytes, limits: less, deflate: agreed)
        }
        #expect(error?.code == .messageTooBig)
    }

    @Test(
        "are refused where they are malformed",
        arguments: [
            (frame(0xC1, [0xFF, 0xFF, 0xFF]), 1007), (frame(0x41, []) + frame(0xC0, []), 1002),
            (frame(0xC9, []), 1002), (frame(0xC8, []), 1002),
            // "\u{FF}" alone, compressed.
            (frame(0xC1, [0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x00]), 1007),
        ] as [([UInt8], UInt16)])
    func refusals(_ bytes: [UInt8], _ code: UInt16) {
        let error = #expect(throws: WebSocketError.self) {
            try decodeWebSocket(bytes, deflate: agreed)
        }
        #expect(error?.code.number == code)
    }

    @Test(
        "are agreed upon",
        arguments: [
            ("permessage-deflate", "permessage-deflate", true),
            (
                "permessage-deflate",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover", false
            ),
            ("x, permessage-deflate; client_max_window_bits", "permessage-deflate", true),
            (
                "permessage-deflate; client_max_window_bits=\"10\"; server_no_context_takeover",
                "permessage-deflate; server_no_context_takeover", true
            ),
            (
                "permessage-deflate; server_max_window_bits=10",
                "permessage-deflate; server_max_window_bits=10", true
            ),
            (
                "permessage-deflate; server_max_window_bits=8, permessage-deflate",
                "permessage-deflate", true
            ),
            ("permessage-deflate; server_max_window_bits", nil, true),
            ("permessage-deflate; server_max_window_bits=16", nil, true),
            ("permessage-deflate; server_max_window_bits=09", nil, true),
            ("permessage-deflate; client_max_window_bits=7", nil, true),
            ("permessage-deflate; server_no_context_takeover=1", nil, true),
            (
                "permessage-deflate; server_no_context_takeover; server_no_context_takeover", nil,
                true
            ),
            ("permessage-deflate; unheard_of", nil, true), ("permessage-bzip2", nil, true),
        ] as [(String, String?, Bool)])
    func negotiation(_ offers: String, _ answer: String?, _ keepsContext: Bool) throws {
        let parsed = try #require(WebSocketExtension.parse(offers))
        let agreed = PerMessageDeflate(acceptingOneOf: parsed, keepsContext: keepsContext)
        #expect(agreed?.response == answer)
    }
}
