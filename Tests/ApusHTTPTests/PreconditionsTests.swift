// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import Testing

@Suite("Entity tags")
struct EntityTagTests {
    @Test(
        "are read from a field",
        arguments: [
            ("\"a\"", EntityTag("a")), ("W/\"a\"", EntityTag("a", isWeak: true)),
            ("\"\"", EntityTag("")), ("\"a,b\"", EntityTag("a,b")), ("a", nil), ("\"a", nil),
            ("w/\"a\"", nil), ("\"a\" ", nil), ("\"a\", \"b\"", nil), ("", nil), ("W/", nil),
        ] as [(String, EntityTag?)])
    func parse(_ text: String, _ expected: EntityTag?) {
        #expect(EntityTag(field: text) == expected)
        if let expected { #expect(expected.text == text) }
    }

    @Test(
        "are found in lists by the comparison asked for",
        arguments: [
            ("\"a\"", "\"a\"", true, true), ("W/\"a\"", "\"a\"", false, true),
            ("\"a\"", "W/\"a\"", false, true), ("W/\"a\"", "W/\"a\"", false, true),
            ("\"b\" , W/\"x\",\"a\"", "\"a\"", true, true), ("\"A\"", "\"a\"", false, false),
            ("\"b,\", \"a\"", "\"a\"", true, true), ("b, \"a\"", "\"a\"", false, false),
            ("\"b\" \"a\"", "\"a\"", false, false), ("", "\"a\"", false, false),
            (",, \"a\"", "\"a\"", true, true), ("\"aa\"", "\"a\"", false, false),
        ])
    func lists(_ list: String, _ tag: String, _ strong: Bool, _ weak: Bool) {
        let list = list.utf8Span.span
        #expect(EntityTag.list(list, has: tag.utf8Span.span, by: .strong) == strong)
        #expect(EntityTag.list(list, has: tag.utf8Span.span, by: .weak) == weak)
    }
}

// What apache2 2.4.71 answered for a file with this tag, modified at 2001-09-09 01:46:40.
@Suite("Preconditions")
struct PreconditionsTests {
    private static let before = "Sat, 08 Sep 2001 01:46:40 GMT"
    private static let modified = "Sun, 09 Sep 2001 01:46:40 GMT"
    private static let after = "Mon, 10 Sep 2001 01:46:40 GMT"

    private func evaluate(
        _ fields: String, _ method: String = "GET", age: Int = 800_000_000
    ) throws -> UInt16 {
        let head = try head(fields, line: "\(method) / HTTP/1.1")
        let validators = Preconditions.Validators(
            entityTag: "\"64\"", lastModified: 1_000_000_000, date: 1_000_000_000 + age)
        return Preconditions(head).evaluate(validators)?.code ?? 200
    }

    @Test(
        "are judged as Apache judges them",
        arguments: [
            ("", 200), ("If-None-Match: \"64\"", 304), ("If-None-Match: W/\"64\"", 304),
            ("If-None-Match: \"x\", \"64\"", 304), ("If-None-Match: *", 304),
            ("If-None-Match: x", 200), ("If-None-Match:", 200), ("If-None-Match: \"x\", *", 200),
            ("If-None-Match: \"x\"\r\nIf-None-Match: \"64\"", 304),
            ("If-None-Match: \"64\"\r\nRange: bytes=0-1", 304),
            ("If-None-Match: W/\"64\"\r\nRange: bytes=0-1", 200),
            ("If-None-Match: \"x\"\r\nIf-Modified-Since: \(modified)", 200),
            ("If-None-Match: \"64\"\r\nIf-Modified-Since: \(before)", 200),
            ("If-None-Match: \"64\"\r\nIf-Modified-Since: \(modified)", 304),
            ("If-Modified-Since: \(modified)", 304), ("If-Modified-Since: \(before)", 200),
            ("If-Modified-Since: \(after)", 304), ("If-Modified-Since: junk", 200),
            ("If-Modified-Since: Sat, 08 Sep 2035 01:46:40 GMT", 200),
            ("If-Match: \"64\"", 200), ("If-Match: W/\"64\"", 412), ("If-Match: *", 200),
            ("If-Match: \"x\"", 412), ("If-Match: \"x\", \"64\"", 200), ("If-Match:", 412),
            ("If-Match: \"x\"\r\nIf-Unmodified-Since: \(modified)", 412),
            ("If-Match: \"64\"\r\nIf-Unmodified-Since: \(before)", 412),
            ("If-Unmodified-Since: \(modified)", 200), ("If-Unmodified-Since: \(before)", 412),
            ("If-Unmodified-Since: junk", 200),
            ("If-Unmodified-Since: \(modified)\r\nIf-None-Match: \"64\"", 200),
            ("If-Range: \"64\"\r\nRange: bytes=0-1\r\nIf-None-Match: \"64\"", 200),
            ("If-Range: \"x\"\r\nRange: bytes=0-1\r\nIf-None-Match: \"64\"", 200),
        ] as [(String, UInt16)])
    func get(_ fields: String, _ status: UInt16) throws {
        #expect(try evaluate(fields.isEmpty ? "" : fields + "\r\n") == status)
    }

    @Test(
        "of methods that change something end in 412, not 304",
        arguments: [
            ("If-None-Match: \"64\"", 412), ("If-None-Match: W/\"64\"", 200),
            ("If-None-Match: *", 412), ("If-Modified-Since: \(modified)", 200),
            ("If-Match: \"x\"", 412),
        ] as [(String, UInt16)])
    func post(_ fields: String, _ status: UInt16) throws {
        #expect(try evaluate(fields + "\r\n", "POST") == status)
    }

    @Test("of HEAD are those of GET")
    func head304() throws {
        #expect(try evaluate("If-None-Match: W/\"64\"\r\n", "HEAD") == 304)
    }

    @Test("take a date for weak that is less than a minute old")
    func weakDates() throws {
        let fields = "If-Modified-Since: \(Self.modified)\r\n"
        #expect(try evaluate(fields, age: 59) == 304)
        #expect(try evaluate(fields + "Range: bytes=0-1\r\n", age: 59) == 200)
        #expect(try evaluate(fields + "Range: bytes=0-1\r\n", age: 60) == 304)
    }

    @Test(
        "of If-Range say whether ranges count",
        arguments: [
            ("", true), ("If-Range: \"64\"\r\n", true), ("If-Range: \"x\"\r\n", false),
            ("If-Range: \(modified)\r\n", true), ("If-Range: \(before)\r\n", false),
            ("If-Range: \(after)\r\n", false), ("If-Range: W/\"64\"\r\n", false),
            ("If-Range: 64\r\n", false),
        ])
    func ifRange(_ fields: String, _ expected: Bool) throws {
        let head = try head(fields + "Range: bytes=0-1\r\n", line: "GET / HTTP/1.1")
        let validators = Preconditions.Validators(
            entityTag: "\"64\"", lastModified: 1_000_000_000, date: 1_800_000_000)
        #expect(Preconditions(head).allowsRange(validators) == expected)
    }
}
