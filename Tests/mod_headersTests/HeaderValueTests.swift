// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_headers

@Suite("The value of a Header line")
struct HeaderValueTests {
    @Test(
        "is text with specifiers in it",
        arguments: [
            ("", ["text"]), ("a", ["text"]), ("a%%b", ["text", "text", "text"]), ("%", ["text"]),
            ("%t %D", ["received", "text", "elapsed"]), ("%{E}e", ["variable"]),
            ("%{A}s%l", ["tlsVariable", "loadAverages"]),
            ("%i%b", ["idlePercentage", "busyPercentage"]),
        ])
    func parts(text: String, kinds: [String]) throws {
        let value = try HeaderValue(text)
        #expect(value.parts.map { "\($0)".prefix { $0 != "(" }.description } == kinds)
    }

    @Test("has escapes, of which the unknown ones stand for themselves")
    func escapes() throws {
        guard case .text(let text) = try HeaderValue(#"a\tb\\c\1\"#).parts[0] else {
            Issue.record("no text")
            return
        }
        #expect(text == "a\tb\\c\\1\\")
    }

    @Test("refuses specifiers that there are not", arguments: ["%q", "a%{x}q", "%{x"])
    func unknown(text: String) {
        let error = #expect(throws: ArgumentError.self) { try HeaderValue(text) }
        #expect(error?.problem.hasPrefix("Unrecognized header format %") == true)
    }

    @Test(
        "that is a list is compared member by member",
        arguments: [
            ("a, b", ["a", "b"]), ("a , b", ["a ", "b"]), ("", []), ("a,,b", ["a", "", "b"]),
            (#"p="a, b", c"#, [#"p="a, b""#, "c"]),
        ])
    func members(list: String, members: [String]) {
        #expect(Array(ListMembers(list)) == members)
    }

    @Test(
        "is edited once or everywhere",
        arguments: [
            ("o", "0", false, "one two", "0ne two"), ("o", "0", true, "one two", "0ne tw0"),
            ("(a)(.)", "$2$1", false, "abc", "bac"), ("^a", "-", true, "aab", "--b"),
            ("^", "-", false, "a", "-a"), ("x*", "-", true, "ab", "-a-b"),
            ("z", "y", true, "abc", "abc"), ("$", "!", false, "abc", "abc!"),
        ])
    func edit(
        pattern: String, replacement: String, isRepeated: Bool, value: String, result: String
    ) throws {
        let edit = HeaderEdit(
            pattern: try RegularExpression(pattern), replacement: try HeaderValue(replacement),
            isRepeated: isRepeated)
        #expect(edit.edited(value, Array(replacement.utf8)) == result)
    }
}
