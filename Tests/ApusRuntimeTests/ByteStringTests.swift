// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Testing

@Suite("Strings that hold bytes")
struct ByteStringTests {
    @Test(
        "come out as they went in",
        arguments: [
            [], Array("plain".utf8), Array("größe".utf8), [0xFF], [0x61, 0xC3, 0x62],
            [0xF4, 0x8F, 0xBC, 0x80], Array("𝄞".utf8), [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
        ] as [[UInt8]])
    func roundTrip(_ bytes: [UInt8]) {
        #expect(String(bytes: bytes.span).bytes == bytes)
    }

    @Test("are the text itself where that is UTF-8")
    func text() {
        #expect(String(bytes: Array("größe".utf8).span) == "größe")
    }
}
