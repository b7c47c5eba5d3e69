// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Testing

@Suite("A regular expression")
struct RegularExpressionTests {
    @Test(
        "matches as httpd compiles it",
        arguments: [
            ("^/a", "/ab", .standard, true), ("^/A", "/ab", .standard, false),
            ("^/A", "/ab", [.standard, .ignoreCase], true),
            ("a.b", "a\nb", .standard, true), ("a.b", "a\nb", [], false),
            ("a$", "a\n", .standard, false), ("a$", "a\n", [], true),
            ("^b", "a\nb", .standard, false), ("^b", "a\nb", .multiline, true),
            ("^$", "", .standard, true), ("a b", "ab", .extended, true),
        ] as [(String, String, RegularExpression.Options, Bool)])
    func matching(
        pattern: String, text: String, options: RegularExpression.Options, expected: Bool
    ) throws {
        #expect(try RegularExpression(pattern, options).matches(text) == expected)
    }

    @Test("tells where each group matched")
    func captures() throws {
        let expression = try RegularExpression("(a+)(x)?(b)")
        let match = try #require(expression.firstMatch(in: "--aab"))

        #expect(match.captures == [2..<5, 2..<4, nil, 4..<5])
        #expect(match.capture(1, in: "--aab") == "aa")
        #expect(match.capture(2, in: "--aab") == nil)
        #expect(expression.captureCount == 3)
    }

    @Test("keeps bytes that are no UTF-8")
    func bytes() throws {
        let subject = String(bytes: ([0x61, 0xFF, 0x62] as [UInt8]).span)
        let match = try #require(try RegularExpression("a(.)b").firstMatch(in: subject))

        #expect(match.captures == [0..<3, 1..<2])
        #expect(match.capture(1, in: subject)?.bytes == [0xFF])
        #expect(match.expand("[$1]", subject: subject).bytes == [0x5B, 0xFF, 0x5D])
    }

    @Test(
        "fills a template",
        arguments: [
            ("/$1/$2", "/ab/cd"), ("$0", "ab-cd"), ("\\$1", "$1"), ("$3$9", ""), ("a&b", "a&b"),
            ("$", "$"), ("\\", "\\"), ("$x", "$x"), ("plain", "plain"), ("\\\\$1", "\\ab"),
        ])
    func expand(template: String, expected: String) throws {
        let match = try #require(try RegularExpression("(\\w+)-(\\w+)(x)?").firstMatch(in: "ab-cd"))
        #expect(match.expand(template, subject: "ab-cd") == expected)
    }

    @Test("says what is wrong with a pattern, and where")
    func errors() {
        #expect {
            try RegularExpression("a(b")
        } throws: { error in
            "\(error)" == "missing closing parenthesis at offset 3"
        }
    }

    @Test("knows its groups by name")
    func names() throws {
        let expression = try RegularExpression("(?<year>\\d+)-(?<Day>\\d+)")
        #expect(expression.groupNames.map(\.name) == ["Day", "year"])
        #expect(expression.groupNames.map(\.group) == [2, 1])
    }

    @Test("can forbid what it would match")
    func options() throws {
        let expression = try RegularExpression("^a*")
        #expect(!expression.matches("b", .notEmpty))
        #expect(!expression.matches("a", .notBeginning))
        #expect(try RegularExpression("b").matches("ab"))
        #expect(try !RegularExpression("b").matches("ab", .anchored))
    }

    @Test("goes on where an earlier match ended")
    func searching() throws {
        let expression = try RegularExpression("a")
        let text: [UInt8] = Array("aba".utf8)
        #expect(expression.firstMatch(in: text.span, from: 1)?.range == 2..<3)
    }

    @Test("has as many groups as it likes")
    func manyGroups() throws {
        let expression = try RegularExpression(String(repeating: "(a)", count: 40))
        let match = try #require(expression.firstMatch(in: String(repeating: "a", count: 40)))
        #expect(match.captures.last == 39..<40)
    }

    @Test("gives up on a pattern that would take for ever")
    func catastrophic() throws {
        let expression = try RegularExpression("^(a+)+$")
        #expect(!expression.matches(String(repeating: "a", count: 64) + "b"))
    }
}
