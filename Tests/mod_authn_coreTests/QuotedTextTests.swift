// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import mod_authn_core

@Suite("Quoted text")
struct QuotedTextTests {
    @Test(
        "has its quotation marks escaped, once",
        arguments: [
            ("Members Only", "Members Only"), (#"a "b""#, #"a \"b\""#), (#"a \"b"#, #"a \"b"#),
            (#"a \\"b"#, #"a \\\"b"#), (#"a\"#, #"a\"#),
        ])
    func escaping(text: String, expected: String) {
        #expect(QuotedText.escape(text) == expected)
    }
}
