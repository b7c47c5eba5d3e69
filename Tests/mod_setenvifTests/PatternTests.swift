// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_setenvif

@Suite("A pattern for values")
struct PatternTests {
    @Test(
        "is plain text where no character is special",
        arguments: [
            ("MSIE", "MSIE"), ("Mozilla/2", "Mozilla/2"), (#"MSIE 4\.0b2;"#, "MSIE 4.0b2;"),
            (#"a\\b"#, #"a\b"#), ("a.b", nil), ("^a", nil), ("a$", nil), ("(a)", nil),
            (#"\d"#, nil),
            (#"a\"#, nil), ("", ""),
        ] as [(String, String?)])
    func plainText(pattern: String, text: String?) {
        #expect(ValuePattern.plainText(of: pattern) == text.map { Array($0.utf8) })
    }

    private func finds(_ pattern: TextPattern, _ value: [UInt8]) -> Bool {
        pattern.isFound(in: value.span)
    }

    @Test(
        "finds a text wherever it stands",
        arguments: [
            ("b", "abc", true), ("abc", "abc", true), ("abcd", "abc", false), ("", "", true),
            ("", "a", true), ("a", "", false), ("aab", "aaab", true), ("abab", "abaabab", true),
            ("abab", "abaabaa", false), ("B", "abc", false), ("c", "abc", true),
        ])
    func find(text: String, value: String, isFound: Bool) {
        let pattern = TextPattern(Array(text.utf8), ignoringCase: false)
        #expect(finds(pattern, Array(value.utf8)) == isFound)
    }

    @Test(
        "finds a text whatever its case",
        arguments: [
            ("msie", "x MSIE 4", true), ("MSIE", "x msie 4", true), ("aB[", "Ab[", true),
            ("@", "`", false), ("[", "{", false), ("abab", "ABAABAB", true),
        ])
    func findIgnoringCase(text: String, value: String, isFound: Bool) {
        let pattern = TextPattern(Array(text.utf8), ignoringCase: true)
        #expect(finds(pattern, Array(value.utf8)) == isFound)
    }

    @Test("longer than a step can be is found all the same")
    func longText() {
        let text = [UInt8](repeating: 0x61, count: 300) + [0x62]
        let pattern = TextPattern(text, ignoringCase: false)
        let value = [UInt8](repeating: 0x63, count: 500) + text
        #expect(finds(pattern, value))
        #expect(!finds(pattern, value.dropLast()))
    }

    @Test(
        "says what becomes of a variable",
        arguments: [
            ("V", "V", "1"), ("V=x", "V", "x"), ("V=", "V", "1"), ("V=a=b", "V", "a=b"),
            ("!V", "V", nil), ("V=!", "V", nil), ("V=!x", "V", nil), ("!V=x", "!V", "x"),
        ] as [(String, String, String?)])
    func change(word: String, name: String, value: String?) {
        let change = EnvironmentChange(word)
        #expect(change.name == name)
        #expect(change.value == value)
    }
}
