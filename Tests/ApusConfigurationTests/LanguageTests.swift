// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration
import Testing

@Suite("Lines of a configuration")
struct ConfigLinesTests {
    @Test(
        "are joined and trimmed as httpd does",
        arguments: [
            ("a\nb\n", ["a", "b"]),
            ("a\\\nb", ["ab"]),
            ("a\\\r\nb\r\n", ["ab"]),
            ("a\\ \nb", ["a\\", "b"]),
            ("# c \\\nswallowed\nd", ["# c swallowed", "d"]),
            ("  a\t \n", ["a"]),
            ("a\\", ["a\\"]),
            ("a\\\\\nb", ["a\\b"]),
            ("\n\n", ["", ""]),
            ("a\0b\nc", ["a", "c"]),
            ("\u{FEFF}a", ["\u{FEFF}a"]),
        ] as [(String, [String])])
    func joined(_ text: String, _ expected: [String]) throws {
        var lines = ConfigLines(Array(text.utf8), file: "f")
        var read: [String] = []
        while let line = try lines.next() { read.append(line.text) }
        #expect(read == expected)
    }

    @Test("are counted by the last line of a continuation")
    func numbers() throws {
        var lines = ConfigLines(Array("a\\\nb\\\nc\nd\n".utf8), file: "f")

        #expect(try lines.next()?.location == SourceLocation(file: "f", line: 3))
        #expect(try lines.next()?.location == SourceLocation(file: "f", line: 4))
        #expect(try lines.next() == nil)
    }

    @Test("have a limit", arguments: [(8190, true), (8191, true), (8192, false)])
    func limit(_ length: Int, _ fits: Bool) throws {
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
        var lines = ConfigLines(text, file: "f", limit: ConfigLines.htaccessLimit)

        if fits {
            #expect(try lines.next()?.text.utf8.count == length)
        } else {
            #expect(throws: ArgumentError("Error reading f at line 1: Line too long")) {
                try lines.next()
            }
        }
    }
}

@Suite("Words of a line")
struct ConfigWordsTests {
    @Test(
        "are quoted as httpd quotes",
        arguments: [
            ("a b", ["a", "b"]),
            ("  a \t b  ", ["a", "b"]),
            (#""a b" c"#, ["a b", "c"]),
            ("'a b' c", ["a b", "c"]),
            (#""a \"b\" c""#, [#"a "b" c"#]),
            (#"'a \' b'"#, ["a ' b"]),
            (#""a \' b""#, [#"a \' b"#]),
            (#""a\\b""#, [#"a\b"#]),
            (#"a\\b"#, [#"a\b"#]),
            (#"a\"b"#, [#"a\"b"#]),
            (#""unclosed text"#, ["unclosed text"]),
            (#""a"b c"#, ["a", "b", "c"]),
            (#"a"b c""#, [#"a"b"#, #"c""#]),
            (#""" x"#, ["", "x"]),
            ("", []),
            ("a # b", ["a", "#", "b"]),
        ] as [(String, [String])])
    func quoting(_ text: String, _ expected: [String]) {
        #expect(ConfigWords.split(text) == expected)
    }

    @Test(
        "may be in braces where a directive says so",
        arguments: [
            ("{a b} c", "a b"), ("{a {b} c} d", "a {b} c"), ("{a", "a"), ("\"a b\" c", "a b"),
            ("a{b c", "a{b"),
        ])
    func braces(_ text: String, _ expected: String) {
        var words = ConfigWords(text)
        #expect(words.nextBraced() == expected)
    }

    @Test("leave the rest as it stands")
    func rest() {
        var words = ConfigWords(#"a  "b c"  d"#)
        _ = words.next()
        #expect(words.rest == #""b c"  d"#)
    }
}

@Suite("Variables")
struct VariablesTests {
    private let variables: Variables = {
        var variables = Variables(
            defined: ["FLAG"], environment: ["HOME": "/root", "Name": "environment"])
        variables.define("Name", as: "defined")
        variables.define("Other", as: "${HOME}")
        return variables
    }()

    @Test(
        "are filled in",
        arguments: [
            ("a ${Name} b", "a defined b"),
            ("${NAME}", "defined"),
            ("${HOME}${HOME}", "/root/root"),
            ("${home}", "${home}"),
            ("${Other}", "${HOME}"),
            ("$Name ${ $", "$Name ${ $"),
            ("${FLAG}", "${FLAG}"),
            ("${map:key}", "${map:key}"),
            ("${}", "${}"),
        ])
    func expansion(_ text: String, _ expected: String) {
        #expect(variables.expand(text) { _ in } == expected)
    }

    @Test("that are missing are told of, but not those of a rewrite map")
    func missing() {
        var missing: [String] = []
        _ = variables.expand("${NONE} ${map:key} ${Name}") { missing.append($0) }
        #expect(missing == ["NONE"])
    }

    @Test("are told apart by <IfDefine>, and go away")
    func undefining() {
        var variables = variables
        #expect(variables.isDefined("Name"))
        #expect(!variables.isDefined("NAME"))

        variables.undefine("Name")

        #expect(!variables.isDefined("Name"))
        #expect(variables.expand("${Name}") { _ in } == "environment")
    }
}
