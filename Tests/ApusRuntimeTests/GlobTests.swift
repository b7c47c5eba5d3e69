// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Testing

@Suite("A file name pattern")
struct GlobTests {
    @Test(
        "matches as apr_fnmatch does",
        arguments: [
            ("*.conf", "a.conf", [], true), ("*.conf", "a.conf~", [], false),
            ("a?c", "abc", [], true), ("[a-c]x", "bx", [], true), ("[!a-c]x", "bx", [], false),
            ("*", "a/b", [], true), ("*", "a/b", .pathname, false),
            ("*", ".a", .period, false), ("\\*", "*", [], true), ("\\*", "\\x", .noEscape, true),
            ("A*", "abc", .ignoreCase, true), ("A*", "abc", [], false), ("", "", [], true),
        ] as [(String, String, Glob.Options, Bool)])
    func full(pattern: String, text: String, options: Glob.Options, expected: Bool) {
        #expect(Glob(pattern, options).matches(text) == expected)
    }

    @Test(
        "knows * and ? alone in its simple form",
        arguments: [
            ("www.example.com", "*.example.com", true), ("example.com", "*.example.com", false),
            ("/home/u/public_html", "/home/*/public_html", true), ("abc", "a?c", true),
            ("ac", "a?c", false), ("[a]", "[a]", true), ("a", "[a]", false),
            ("aaab", "*a*b", true), ("aaac", "*a*b", false), ("", "**", true), ("", "?", false),
        ])
    func simple(text: String, pattern: String, expected: Bool) {
        #expect(Glob.matchesSimple(text, pattern) == expected)
    }

    @Test("minds the case of letters unless told otherwise")
    func cases() {
        #expect(!Glob.matchesSimple("WWW.A", "www.*"))
        #expect(Glob.matchesSimple("WWW.A", "www.*", ignoreCase: true))
    }

    @Test("of many stars takes no more than polynomial time")
    func hostile() {
        let text = String(repeating: "a", count: 2000)
        let pattern = String(repeating: "*a", count: 50) + "b"
        #expect(!Glob.matchesSimple(text, pattern))
    }

    @Test("is told from a plain name")
    func isPattern() {
        #expect(Glob.isPattern("a*.conf"))
        #expect(!Glob.isPattern("a.conf"))
    }
}
