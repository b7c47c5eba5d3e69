// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import Testing

@Suite("Base64")
struct Base64Tests {
    @Test(
        "is read and written (RFC 4648 section 10)",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"), ("\u{FF}~?", "w79+Pw=="),
        ])
    func both(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(decode(encoded) == Array(text.utf8))
    }

    @Test("is read without its padding, too", arguments: [("f", "Zg"), ("fo", "Zm8")])
    func unpadded(text: String, encoded: String) {
        #expect(decode(encoded) == Array(text.utf8))
    }

    @Test(
        "is not everything",
        arguments: ["Z", "Zg=", "Zm8==", "Zm9vY", "=", "====", "Zm 8", "Zm8\n", "Z=g=", "Zg==Zg=="])
    func refused(text: String) {
        #expect(decode(text) == nil)
    }

    private func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return Base64.decode(bytes.span)
    }
}
