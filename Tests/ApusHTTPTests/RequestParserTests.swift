// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import ApusRuntime
import Testing

/// What came of parsing a text: a head, the status of a refusal, or neither yet.
enum Outcome: Equatable {
    case complete(String)
    case refused(UInt16)
    case incomplete
}

func outcome(_ text: String, _ options: ProtocolOptions = .strict) -> Outcome {
    var parser = RequestParser(options: options)
    do {
        switch try parser.parse(Array(text.utf8).span) {
        case .incomplete: return .incomplete
        case .complete(let head, _):
            let fields = head.fields.all.map { "\($0.name)=\($0.value)" }
            return .complete(([head.requestLine] + fields).joined(separator: "|"))
        }
    } catch {
        return .refused(error.status.code)
    }
}

@Suite("The request parser")
struct RequestParserTests {
    @Test("reads request line and fields")
    func plain() throws {
        let text = "GET /a/b?c=d HTTP/1.1\r\nHost: example.org\r\nAccept:*/*  \r\nX:\r\n\r\nrest"
        var parser = RequestParser()
        guard case .complete(let head, let count) = try parser.parse(Array(text.utf8).span) else {
            Issue.record("incomplete")
            return
        }
        #expect(head.method == .get)
        #expect(head.version == .http11)
        #expect(head.target == "/a/b?c=d")
        #expect(head.path == "/a/b")
        #expect(head.query == "c=d")
        #expect(head.targetForm == .origin)
        #expect(head.requestLine == "GET /a/b?c=d HTTP/1.1")
        #expect(head.fields.all.map(\.value) == ["example.org", "*/*", ""])
        #expect(count == text.utf8.count - 4)
    }

    @Test("takes pipelined requests one after the other")
    func pipelined() throws {
        let bytes = Array("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.0\r\n\r\n".utf8)
        var parser = RequestParser()
        guard case .complete(let first, let count) = try parser.parse(bytes.span),
            case .complete(let second, _) = try parser.parse(Array(bytes[count...]).span)
        else {
            Issue.record("incomplete")
            return
        }
        #expect(first.target == "/1")
        #expect(second.target == "/2")
        #expect(second.method == .post)
        #expect(second.version == .http10)
    }

    @Test("uses the memory of heads that are done with, and of no others")
    func memory() throws {
        let spares = SpareFields()
        var parser = RequestParser(spares: spares)
        for round in 1...3 {
            let first = Array("GET /first/\(round) HTTP/1.1\r\nHost: a\r\nB: \(round)\r\n\r\n".utf8)
            let second = Array("POST /2 HTTP/1.1\r\nHost: another\r\n\r\n".utf8)
            guard case .complete(var one, _) = try parser.parse(first.span),
                case .complete(var other, _) = try parser.parse(second.span)
            else {
                Issue.record("incomplete")
                return
            }
            #expect(one.requestLine == "GET /first/\(round) HTTP/1.1")
            #expect(one.fields.all.map(\.value) == ["a", "\(round)"])
            #expect(other.requestLine == "POST /2 HTTP/1.1")
            #expect(other.fields.all.map(\.value) == ["another"])
            let kept = one.fields
            spares.giveBack(one.takeMemory())
            spares.giveBack(other.takeMemory())
            #expect(kept.all.map(\.value) == ["a", "\(round)"])
        }
        #expect(spares.take().capacity > 0)
    }

    @Test("gives the same for bytes that come one at a time")
    func slowly() throws {
        let bytes = Array("\r\nGET /x HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n".utf8)
        var parser = RequestParser()
        for count in 0..<bytes.count {
            guard case .incomplete = try parser.parse(bytes.span.extracting(0..<count)) else {
                Issue.record("complete after \(count) bytes")
                return
            }
        }
        guard case .complete(let head, let count) = try parser.parse(bytes.span) else {
            Issue.record("incomplete")
            return
        }
        #expect(count == bytes.count)
        #expect(head.target == "/x")
        #expect(head.fields["b"] == "c")
    }

    @Test("keeps the request line when the fields change")
    func changed() throws {
        var parser = RequestParser()
        let bytes = Array("GET /x HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        guard case .complete(var head, _) = try parser.parse(bytes.span) else { return }
        head.fields.removeAll()
        head.fields.append("Host", "b")
        #expect(head.target == "/x")
        #expect(head.fields["host"] == "b")
    }

    @Test(
        "holds the request line to RFC 9112 section 3",
        arguments: [
            ("GET / HTTP/1.2", 0), ("G@T / HTTP/1.1", 400), ("GET  / HTTP/1.1", 400),
            ("GET / HTTP/1.1 ", 400), (" GET / HTTP/1.1", 400), ("GET\t/ HTTP/1.1", 400),
            ("GET / http/1.1", 400), ("GET / HTTP/1.10", 400), ("GET / HTTP/0.9", 400),
            ("GET / HTTP/2.0", 505), ("GET / HTTP/9.9", 505), ("GET", 400), ("GET ", 400),
            ("GET /a#b HTTP/1.1", 400), ("GET foo HTTP/1.1", 400), ("GET * HTTP/1.1", 400),
            ("OPTIONS * HTTP/1.1", 0), ("OPTIONS *x HTTP/1.1", 400), ("CONNECT a:1 HTTP/1.1", 0),
            ("GET http://u@b/ HTTP/1.1", 400), ("GET http://b HTTP/1.1", 0),
            ("GET / HTTP/1.1\r", 400), ("GET /\u{1} HTTP/1.1", 400), ("GET /ä HTTP/1.1", 0),
            ("HEAD /", 400), ("GET / HTTP/1.1 x", 400), ("GET /\0 HTTP/1.1", 400),
            ("FOO / HTTP/1.1", 0), ("get / HTTP/1.1", 0), (": / HTTP/1.1", 400),
        ] as [(String, UInt16)])
    func requestLine(_ line: String, _ status: UInt16) {
        let result = outcome(line + "\r\nHost: a\r\n\r\n")
        #expect(status == 0 ? result == .complete("\(line)|Host=a") : result == .refused(status))
    }

    @Test(
        "holds fields to RFC 9112 section 5",
        arguments: [
            ("X: a\tb", "X=a\tb"), ("X:  a \t", "X=a"), ("X : a", nil), (" X: a", nil),
            ("X", nil), (": a", nil), ("X: a\rb", nil), ("X: a\0b", nil), ("X: a\u{1}", nil),
            ("X: a\r", nil), ("X: a\u{7F}", nil), ("X\u{80}: a", nil), ("X: ä", "X=ä"),
            ("X: a\r\n b", nil), ("X: a\nY: b", nil), ("!#$%&'*+-.^_`|~: a", "!#$%&'*+-.^_`|~=a"),
            ("X: a:b", "X=a:b"), ("X:", "X="), ("(X): a", nil),
        ] as [(String, String?)])
    func fieldLines(_ line: String, _ field: String?) {
        let result = outcome("GET / HTTP/1.1\r\n\(line)\r\n\r\n")
        #expect(result == field.map { .complete("GET / HTTP/1.1|\($0)") } ?? .refused(400))
    }

    @Test(
        "of Unsafe mode reads what Apache's does",
        arguments: [
            ("GET / HTTP/1.1\nX: a\n\n", "X=a"), ("GET / http/1.1\r\nX: a\r\n b\r\n\r\n", "X=a b"),
            ("GET  /  HTTP/1.1  \r\nX: a \r\n\t b\r\n  c d\r\n\r\n", "X=a b c d"),
            ("GET / HTTP/1.1\r\nX: \r\n b\r\nY: c\r\n\r\n", "X=b|Y=c"),
            ("GET / HTTP/1.1\r\n(X): a\u{1}\r\n\r\n", "(X)=a\u{1}"),
        ])
    func unsafeMode(_ text: String, _ fields: String) {
        #expect(outcome(text) == .refused(400))
        #expect(outcome(text, .unsafe) == .complete("GET / HTTP/1.1|\(fields)"))
    }

    @Test(
        "refuses in Unsafe mode too what is ambiguous",
        arguments: [
            "GET / HTTP/1.1\r\nX : a\r\n\r\n", "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", "GET / HTTP/1.1\r\n X: a\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\r\n \r\n\r\n", "GET\t/ HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1 x\r\n\r\n", "GET / HTTP/1.1\r\r\n\r\n",
        ])
    func unsafeRefuses(_ text: String) {
        #expect(outcome(text, .unsafe) == .refused(400))
    }

    @Test("skips ten empty lines before a request, and no more")
    func emptyLines() {
        let request = "GET / HTTP/1.1\r\n\r\n"
        let empty = { String(repeating: "\r\n", count: $0) }
        #expect(outcome(empty(10) + request) == .complete("GET / HTTP/1.1"))
        #expect(outcome(empty(11) + request) == .refused(400))
        #expect(outcome("\n" + request) == .refused(400))
    }

    @Test("reads HTTP/0.9 where that is allowed")
    func http09() {
        #expect(outcome("GET /\r\n") == .complete("GET /"))
        var options = ProtocolOptions()
        options.allowsHTTP09 = false
        #expect(outcome("GET /\r\n", options) == .refused(400))
    }

    @Test("refuses methods that are not registered, if told so")
    func registered() {
        var options = ProtocolOptions()
        options.requiresRegisteredMethod = true
        #expect(outcome("FOO / HTTP/1.1\r\n\r\n", options) == .refused(501))
        #expect(outcome("MKCOL / HTTP/1.1\r\n\r\n", options) == .complete("MKCOL / HTTP/1.1"))
    }

    @Test("answers lines that are too long before they end")
    func limits() {
        let long = String(repeating: "a", count: 9000)
        #expect(outcome("GET /" + long) == .refused(414))
        #expect(outcome("GET / HTTP/1.1\r\nX: " + long) == .refused(400))
        #expect(outcome("GET / HTTP/1.1\r\nX: " + long.prefix(8000)) == .incomplete)
    }

    @Test(
        "counts as Apache does",
        arguments: [(8191, true), (8192, false)])
    func exactLimits(_ length: Int, _ isAccepted: Bool) {
        let target = String(repeating: "a", count: length - 14)
        let line = outcome("GET /\(target) HTTP/1.1\r\n\r\n")
        #expect(line == (isAccepted ? .complete("GET /\(target) HTTP/1.1") : .refused(414)))
        let value = String(repeating: "a", count: length - 3)
        let field = outcome("GET / HTTP/1.1\r\nX: \(value)\r\n\r\n")
        #expect(field == (isAccepted ? .complete("GET / HTTP/1.1|X=\(value)") : .refused(400)))
    }

    @Test("bounds the number of fields, and the size of one in all its lines")
    func fieldLimits() {
        let fields = { (count: Int) in (0..<count).map { "X\($0): a\r\n" }.joined() }
        #expect(outcome("GET / HTTP/1.1\r\n\(fields(101))\r\n") == .refused(400))
        guard case .complete = outcome("GET / HTTP/1.1\r\n\(fields(100))\r\n") else {
            Issue.record("100 fields are refused")
            return
        }
        let merged = { (count: Int) in
            let value = String(repeating: "a", count: count)
            return outcome("GET / HTTP/1.1\r\nX: \(value)\r\nA: b\r\nx: \(value)\r\n\r\n")
        }
        #expect(merged(4095) == .refused(400))
        #expect(merged(4094) != .refused(400))
    }
}
