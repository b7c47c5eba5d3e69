// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@Suite("Digests")
struct DigestTests {
    /// RFC 1321 appendix A.5 and RFC 3174 section 7.3, in the form of fields.
    @Test(
        "are those of the standards, whatever the pieces",
        arguments: [
            (Digest.md5, "", "1B2M2Y8AsgTpgAmY7PhCfg=="),
            (.md5, "abc", "kAFQmDzST7DWlj99KOF/cg=="),
            (.sha1, "", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
            (.sha1, "abc", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
        ])
    func known(kind: Digest, text: String, expected: String) throws {
        let bytes = Array(text.utf8)
        #expect(Base64.encode(kind.of(bytes)) == expected)
        var rest = bytes[...]
        let inPieces = try kind.of { () throws(SystemError) in
            rest.popFirst().map { [$0] } ?? []
        }
        #expect(Base64.encode(inPieces) == expected)
    }

    /// RFC 4648 section 10.
    @Test(
        "are written in Base64",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(text: String, expected: String) {
        #expect(Base64.encode(Array(text.utf8)) == expected)
    }
}
