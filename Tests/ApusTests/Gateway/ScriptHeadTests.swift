// SPDX-License-Identifier: Apache-2.0

import Apus
import ApusHTTP
import Testing

/// RFC 3875 section 6.
@Suite("The head of a script's response")
struct ScriptHeadTests {
    @Test("ends at an empty line, with either kind of line end", arguments: ["\n", "\r\n"])
    func end(of line: String) throws {
        let text = ["Content-Type: a/b", "X-Own: yes", "", "content"].joined(separator: line)
        var parser = ScriptHeadParser()
        let start = try parser.parse(Array(text.utf8).span)
        #expect(start == text.utf8.count - "content".utf8.count)
        #expect(parser.head.contentType == "a/b")
        #expect(parser.head.otherFields["X-Own"] == "yes")
    }

    @Test("may come byte by byte")
    func pieces() throws {
        var parser = ScriptHeadParser()
        let bytes = Array(
            "Status: 404 Gone Missing\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n".utf8)
        var ends: [Int] = []
        for (index, byte) in bytes.enumerated() {
            if try parser.parse([byte].span) != nil { ends.append(index) }
        }
        #expect(ends == [bytes.count - 1])
        #expect(parser.head.status == 404)
        #expect(parser.head.statusLine == "404 Gone Missing")
        #expect(parser.head.otherFields.values("Set-Cookie") == ["a=1", "b=2"])
    }

    @Test("joins fields that repeat, but for cookies, and drops those of the connection")
    func repeated() throws {
        var parser = ScriptHeadParser()
        let text =
            "Vary: a\nVary: b\nConnection: close\nTransfer-Encoding: chunked\nETag: \"x\"\n\n"
        _ = try parser.parse(Array(text.utf8).span)
        #expect(parser.head.otherFields.all.map(\.value) == ["a, b"])
        #expect(parser.head.fields["ETag"] == "\"x\"")
        #expect(parser.head.closesConnection)
    }

    @Test(
        "is refused where a line is no field",
        arguments: ["garbage\n", ": x\n", "a b: x\n", String(repeating: "x", count: 9000)])
    func malformed(line: String) {
        var parser = ScriptHeadParser()
        #expect(throws: ScriptHeadError.self) { try parser.parse(Array(line.utf8).span) }
    }

    @Test("is not there before its end", arguments: [("", false), ("Content-Type: a/b\n", true)])
    func incomplete(text: String, hasBegun: Bool) throws {
        var parser = ScriptHeadParser()
        #expect(try parser.parse(Array(text.utf8).span) == nil)
        #expect(parser.hasBegun == hasBegun)
    }
}
