// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import ApusRuntime
import Testing

/// The head of a request with these fields; fails the test if the parser refuses it.
func head(_ fields: String, line: String = "POST / HTTP/1.1") throws -> RequestHead {
    var parser = RequestParser()
    let result = try parser.parse(Array("\(line)\r\n\(fields)\r\n".utf8).span)
    guard case .complete(let head, _) = result else { throw IncompleteHead() }
    return head
}

struct IncompleteHead: Error {}

@Suite("Body framing")
struct FramingTests {
    @Test(
        "is what length and coding say",
        arguments: [
            ("", BodyFraming.none), ("Content-Length: 0\r\n", .length(0)),
            ("Content-Length: 5\r\n", .length(5)), ("Content-Length: 005\r\n", .length(5)),
            ("Content-Length: 9223372036854775807\r\n", .length(.max)),
            ("Transfer-Encoding: chunked\r\n", .chunked),
            ("transfer-encoding: CHUNKED\r\n", .chunked),
        ])
    func accepted(_ fields: String, _ framing: BodyFraming) throws {
        #expect(try BodyFraming(head(fields)) == framing)
    }

    @Test(
        "is refused where it could be understood in two ways",
        arguments: [
            ("Content-Length: +5", 400), ("Content-Length: -5", 400), ("Content-Length:", 400),
            ("Content-Length: 5, 5", 400), ("Content-Length: 5\r\nContent-Length: 5", 400),
            ("Content-Length: 5\r\nContent-Length: 6", 400), ("Content-Length: 5 5", 400),
            ("Content-Length: 9223372036854775808", 400), ("Content-Length: 0x5", 400),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked", 400),
            ("Transfer-Encoding: chunked\r\nContent-Length: x", 400),
            ("Transfer-Encoding: xchunked", 400), ("Transfer-Encoding: chunked, gzip", 400),
            ("Transfer-Encoding: identity", 400), ("Transfer-Encoding:", 400),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
            ("Transfer-Encoding: chunked, identity", 400),
            ("Transfer-Encoding: chunked;a=b", 400), ("Transfer-Encoding: ,chunked", 400),
            ("Transfer-Encoding: chunked,", 400), ("Transfer-Encoding: \u{B}chunked", 400),
            ("Transfer-Encoding: gzip, chunked", 501),
            ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", 501),
        ] as [(String, UInt16)])
    func refused(_ fields: String, _ status: UInt16) {
        let error = #expect(throws: RequestParseError.self) {
            try BodyFraming(head(fields + "\r\n"))
        }
        #expect(error?.status.code == status)
    }

    @Test("refuses codings in HTTP/1.0")
    func http10() {
        #expect(throws: RequestParseError.self) {
            try BodyFraming(head("Transfer-Encoding: chunked\r\n", line: "POST / HTTP/1.0"))
        }
    }
}

@Suite("The host of a request")
struct RequestHostTests {
    @Test(
        "is read as Apache reads it",
        arguments: [
            ("a", "a", "a"), ("A.Example", "a.example", "a.example"), ("a.", "a", "a"),
            ("a:80", "a:80", "a:80"), ("a:080", "a:80", "a:80"), ("a:65535", "a:65535", "a:65535"),
            ("a:65536", nil, nil), ("a:0", nil, nil), ("a:", nil, "a"), ("a:80x", nil, nil),
            ("a:+80", nil, nil), ("a b", nil, "a b"), ("a_b", "a_b", "a_b"), ("1", nil, "1"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.1"), ("1.2.3", nil, "1.2.3"),
            ("1.2.3.4.", "1.2.3.4", "1.2.3.4"), ("1.2.3.04", nil, "1.2.3.04"),
            ("a..b", nil, nil), (".a", ".a", ".a"), (".", nil, ""), ("a.1", nil, "a.1"),
            ("a..", nil, nil), ("a/b", nil, nil), ("a\\b", nil, nil), ("a,b", nil, "a,b"),
            ("a@b", nil, "a@b"), ("ä", nil, "ä"), ("-a", "-a", "-a"), ("*", nil, "*"),
            ("a.-b", nil, "a.-b"), ("a.b-", "a.b-", "a.b-"), (":80", nil, nil), ("", nil, nil),
            ("[::1]", "[::1]", "[::1]"), ("[::1]:80", "[::1]:80", "[::1]:80"), ("[::1", nil, nil),
            ("[::G]", nil, nil), ("[::1]x", nil, nil), ("[1.2.3.4]", nil, nil), ("[]", nil, nil),
            ("[fe80::1%25eth0]", nil, nil),
            ("[::FFFF:1.2.3.4]", "[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]"),
            ("[1:2:3:4:5:6:7:8:9]", nil, nil),
            ("[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"),
            ("[12345::]", nil, nil), ("[1::]", "[1::]", "[1::]"), ("[1::2::3]", nil, nil),
            ("[1:]", nil, nil), ("[:1]", nil, nil), ("[::]", "[::]", "[::]"), ("[1:2]", nil, nil),
        ] as [(String, String?, String?)])
    func syntax(_ text: String, _ strict: String?, _ lenient: String?) {
        #expect(RequestHost(text.utf8Span.span, isStrict: true)?.description == strict)
        #expect(RequestHost(text.utf8Span.span, isStrict: false)?.description == lenient)
    }

    @Test(
        "comes from the target before the field",
        arguments: [
            ("GET / HTTP/1.1", "Host: A:81\r\n", "a:81"), ("GET / HTTP/1.0", "", nil),
            ("GET / HTTP/1.0", "Host:\r\n", nil),
            ("GET http://b:8/ HTTP/1.1", "Host: a\r\n", "b:8"),
            ("GET http://b:/ HTTP/1.1", "Host:\r\n", "b"), ("GET http://b HTTP/1.0", "", "b"),
            ("CONNECT b:443 HTTP/1.1", "Host: a\r\n", "b:443"),
            ("OPTIONS * HTTP/1.1", "Host: a\r\n", "a"),
        ] as [(String, String, String?)])
    func resolved(_ line: String, _ fields: String, _ expected: String?) throws {
        var head = try head(fields, line: line)
        let host = try head.resolveHost(isStrict: true)
        #expect(host?.description == expected)
        if let host, head.targetForm != .origin, head.targetForm != .asterisk, !fields.isEmpty {
            #expect(head.fields[.host] == host.description)
        }
    }

    @Test(
        "is refused where it is missing, doubled or malformed",
        arguments: [
            ("GET / HTTP/1.1", ""), ("GET / HTTP/1.1", "Host:\r\n"),
            ("GET http://b/ HTTP/1.1", ""), ("GET / HTTP/1.1", "Host: a\r\nhost: a\r\n"),
            ("GET http://b/ HTTP/1.1", "Host: b\r\nHost: b\r\n"),
            ("GET / HTTP/1.0", "Host: a b\r\n"), ("CONNECT b HTTP/1.1", "Host: b\r\n"),
            ("GET http:/// HTTP/1.1", "Host: b\r\n"), ("GET http://b:x/ HTTP/1.1", "Host: b\r\n"),
        ])
    func refused(_ line: String, _ fields: String) throws {
        var head = try head(fields, line: line)
        var status: UInt16?
        do throws(RequestParseError) {
            _ = try head.resolveHost(isStrict: true)
        } catch {
            status = error.status.code
        }
        #expect(status == 400)
    }
}

@Suite("What a request asks of the connection")
struct PersistenceTests {
    @Test(
        "is to stay, or not",
        arguments: [
            ("HTTP/1.1", "", true), ("HTTP/1.0", "", false),
            ("HTTP/1.1", "Connection: close\r\n", false),
            ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
            ("HTTP/1.0", "Connection: keep-alive, close\r\n", false),
            ("HTTP/1.1", "Connection: Upgrade\r\nConnection: close\r\n", false),
        ])
    func persistence(_ version: String, _ fields: String, _ expected: Bool) throws {
        #expect(try head(fields, line: "GET / \(version)").isPersistent == expected)
    }

    @Test("is to say whether content is welcome, and nothing else")
    func expectation() throws {
        #expect(try head("Expect: 100-Continue\r\n").expectsContinue())
        #expect(try !head("").expectsContinue())
        #expect(try !head("Expect: 100-continue\r\n", line: "GET / HTTP/1.0").expectsContinue())
        let error = #expect(throws: RequestParseError.self) {
            try head("Expect: 200-ok\r\n").expectsContinue()
        }
        #expect(error?.status == .expectationFailed)
    }
}
