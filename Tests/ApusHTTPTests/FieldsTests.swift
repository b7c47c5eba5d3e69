// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import ApusRuntime
import Testing

@Suite("Fields")
struct FieldsTests {
    private func sample() -> Fields {
        var fields = Fields()
        fields.append("Host", "example.org")
        fields.append("Accept", "text/html")
        fields.append("ACCEPT", "*/*")
        return fields
    }

    @Test("are found by name, regardless of case", arguments: ["Host", "host", "HOST", "hOsT"])
    func lookup(_ name: String) {
        #expect(sample()[name] == "example.org")
        #expect(sample().contains(FieldName(name)))
    }

    @Test(
        "are not found by a name that only resembles theirs",
        arguments: ["Hosts", "Hos", "", "^ost"])
    func absent(_ name: String) {
        #expect(sample()[name] == nil)
    }

    @Test("of one name answer with the first, with all, or joined")
    func several() {
        let fields = sample()
        #expect(fields[.accept] == "text/html")
        #expect(fields.values("accept") == ["text/html", "*/*"])
        #expect(fields.combined(.accept) == "text/html, */*")
        #expect(fields.combined(.range) == nil)
        #expect(fields.count == 3)
    }

    @Test("of one name give way to one that is set, in the place of the first")
    func set() {
        var fields = sample()
        fields.append("Via", "1.1 a")
        fields.set("accept", "x")
        #expect(fields.all.map(\.name) == ["Host", "accept", "Via"])
        #expect(fields["Accept"] == "x")
        fields.set(.age, 7)
        #expect(fields["Age"] == "7")
    }

    @Test("are removed by name, all of them")
    func remove() {
        var fields = sample()
        let removed = [fields.remove("accept"), fields.remove("accept")]
        #expect(removed == [true, false])
        #expect(fields.all.map(\.value) == ["example.org"])
    }

    @Test("grow a list by merging")
    func merge() {
        var fields = sample()
        fields.merge(.vary, "Accept")
        fields.merge(.vary, "Cookie")
        #expect(fields["Vary"] == "Accept, Cookie")
    }

    @Test(
        "hold no control characters, so that no value ends its line",
        arguments: [
            ("a\r\nSet-Cookie: b", "a  Set-Cookie: b"), ("a\0b", "a b"), ("a\tb", "a\tb"),
            ("a\u{7F}", "a "), ("größe", "größe"), ("12345678\n", "12345678 "),
        ])
    func splitting(_ value: String, _ expected: String) {
        var fields = Fields()
        fields.append("X", value)
        fields.merge("Y", value)
        fields.set("Z", value)
        #expect(fields.all.map(\.value) == [expected, expected, expected])
    }

    @Test("refuse a name that is no token", arguments: ["", "a b", "a:", "a\r\nb", "ä", "(a)"])
    func badName(_ name: String) {
        var fields = Fields()
        let added = [fields.append(name, "x"), fields.set(name, "x"), fields.merge(name, "x")]
        #expect(added == [false, false, false])
        #expect(fields.isEmpty)
    }

    @Test("keep bytes that are not UTF-8")
    func bytes() {
        var fields = Fields()
        fields.append("X", String(bytes: ([0xFF, 0x61] as [UInt8]).span))
        var line: [UInt8] = []
        fields.serialize(into: &line)
        #expect(line == Array("X: ".utf8) + [0xFF, 0x61, 0x0D, 0x0A])
    }

    @Test("are written as lines")
    func serialize() {
        var output = Array("HTTP/1.1 200 OK\r\n".utf8)
        sample().serialize(into: &output)
        #expect(
            String(decoding: output, as: UTF8.self)
                == "HTTP/1.1 200 OK\r\nHost: example.org\r\nAccept: text/html\r\nACCEPT: */*\r\n")
    }

    @Test(
        "list tokens",
        arguments: [
            ("close", "close", true), ("Close", "close", true),
            ("keep-alive, close", "close", true),
            ("closed", "close", false), ("a,,close ,", "close", true), ("", "close", false),
            ("a b, close", "b", false), ("keep-alive", "keep-alive", true),
        ])
    func tokens(_ value: String, _ token: String, _ expected: Bool) {
        var fields = Fields()
        fields.append(.connection, "x")
        fields.append(.connection, value)
        #expect(fields.hasToken(.connection, token) == expected)
    }

    @Test("of short and long names are told apart")
    func names() {
        var fields = Fields()
        let names = ["A", "TE", "Via", "Date", "X-Forwarded-For", "X-Forwarded-Host", "a_b", "a-b"]
        for name in names { fields.append(name, name) }
        for name in names {
            #expect(fields[name.lowercased()] == name)
            #expect(fields[name.uppercased()] == name)
        }
    }
}
