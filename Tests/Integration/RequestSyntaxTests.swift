// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// RFC 9112; manual: mod/core HttpProtocolOptions and LimitRequest*.
///
/// Compatibility lines 43 and 55.
@Suite("Syntax of requests")
struct RequestSyntaxTests {
    @Test(
        "is taken or refused by the request line",
        arguments: [
            Case("GET /page.txt HTTP/1.1", "200"), Case("GET http://a/page.txt HTTP/1.1", "200"),
            Case("GET HTTP://a:80/page.txt HTTP/1.1", "200"),
            Case("GET /page.txt?%zz HTTP/1.1", "200"),
            Case("get /page.txt HTTP/1.1", "501"), Case("GET  /page.txt HTTP/1.1", "400"),
            Case("GET /page.txt  HTTP/1.1", "400"), Case("GET\t/page.txt HTTP/1.1", "400"),
            Case(" GET /page.txt HTTP/1.1", "400"), Case("GET /page.txt HTTP/1.1 ", "400"),
            Case("GET /page.txt HTTP/1.10", "400"), Case("GET /page.txt http/1.1", "400"),
            Case("GET /page.txt HTTP/1", "400"), Case("GET /page.txt HTTP/11", "400"),
            Case("GET /page.txt HTTPS/1.1", "400"), Case("GET /page.txt HTTP/2.0", "200 505"),
            Case("GET page.txt HTTP/1.1", "400"), Case("GET /a b HTTP/1.1", "400"),
            Case("GET * HTTP/1.1", "400"), Case("GET /page.txt\u{1} HTTP/1.1", "400"),
            Case("G@T /page.txt HTTP/1.1", "400"), Case("GET /<> HTTP/1.1", "404 400"),
            Case("GET /page.txt#part HTTP/1.1", "400"), Case("GET /\u{e9} HTTP/1.1", "404 400"),
            Case("OPTIONS * HTTP/1.1", "200"), Case("CONNECT a:80 HTTP/1.1", "405 400"),
        ])
    func requestLine(line: Case) throws {
        let seen = try status("\(line.given)\r\nHost: a\r\n\r\n")
        // Apache's answer comes first; where there are two, the RFC allows the other as well.
        #expect(line.expected.split(separator: " ").contains(Substring(seen)))
    }

    @Test(
        "is taken or refused by the fields",
        arguments: [
            Case("Host: a", "200"), Case("", "400"), Case("Host: a\r\nHost: a", "400"),
            Case("Host:", "400"), Case("host:a", "200"), Case("Host: a:80", "200"),
            Case("Host: a:b", "400"), Case("Host: a b", "400"), Case("Host: a/b", "400"),
            Case("Host: [::1]", "200"), Case("Host: [::1", "400"), Case("Host: a..b", "400"),
            Case("Host: a\r\nX y", "400"), Case("Host: a\r\nX : y", "400"),
            Case("Host: a\r\n: y", "400"), Case("Host: a\r\nX: y\r\n folded", "200 400"),
            Case("Host: a\r\nX@: y", "400"), Case("Host: a\r\nX: y\u{1}", "400"),
            Case("Host: a\r\nX: \u{e9}", "200"), Case("Host: a\r\nX:", "200"),
            Case(" Host: a", "400"), Case("Host: a\r\nX(y): z", "400"),
        ])
    func fields(fields: Case) throws {
        let lines = fields.given.isEmpty ? "" : "\(fields.given)\r\n"
        let seen = try status("GET /page.txt HTTP/1.1\r\n\(lines)\r\n")
        #expect(fields.expected.split(separator: " ").contains(Substring(seen)))
    }

    @Test("refuses a NUL and a bare CR in a field", arguments: [[0], [13, 120]] as [[UInt8]])
    func control(bytes: [UInt8]) throws {
        let request =
            Array("GET /page.txt HTTP/1.1\r\nHost: a\r\nX: a".utf8) + bytes
            + Array("b\r\n\r\n".utf8)
        try withServer(files: ["page.txt": "x"]) { server throws in
            #expect(try server.send(request).map(\.status) == [400])
        }
    }

    @Test("lets lines end in LF alone only where it is told to be unsafe")
    func bareLF() throws {
        let request = "GET /page.txt HTTP/1.1\nHost: a\n\n"
        #expect(try status(request) == "400")
        #expect(try status(request, "HttpProtocolOptions Unsafe") == "200")
    }

    @Test("knows no HTTP/0.9 where it is told so, and by default does")
    func http09() throws {
        try withServer(files: ["page.txt": "hello"]) { server throws in
            #expect(try server.send("GET /page.txt\r\n").map(\.text) == ["hello"])
        }
        #expect(try status("GET /page.txt\r\n\r\n", "HttpProtocolOptions Require1.0") == "400")
    }

    @Test("closes the connection after a mistake, whatever follows")
    func nothingAfterMistake() throws {
        try withServer(files: ["page.txt": "x"]) { server in
            let responses = try server.send(
                "GET /page.txt HTTP/1.1\r\nHost: a\r\nX y\r\n\r\nGET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n"
            )
            #expect(responses.map(\.status) == [400])
            #expect(responses.first?["Connection"] == ["close"])
        }
    }

    @Test(
        "is ambiguous in its framing, and refused",
        arguments: [
            Case("Content-Length: 3\r\nContent-Length: 4", "400"),
            Case("Content-Length: 3, 4", "400"), Case("Content-Length: -1", "400"),
            Case("Content-Length: +3", "400"), Case("Content-Length: 0x3", "400"),
            Case("Content-Length: 3 ", "200"), Case("Content-Length:", "400"),
            Case("Content-Length: 99999999999999999999", "400"),
            Case("Transfer-Encoding: chunked\r\nContent-Length: 3", "400 or 200 and close"),
            Case("Transfer-Encoding: gzip", "400 501"),
            Case("Transfer-Encoding: chunked, gzip", "400 501"),
            Case("Transfer-Encoding: xchunked", "400 501"),
            Case("Transfer-Encoding: identity", "400 501"),
            Case("Transfer-Encoding:\u{b}chunked", "400 501"),
        ])
    func framing(fields: Case) throws {
        let body = fields.given.hasPrefix("T") ? "0\r\n\r\n" : "abc"
        try withServer(files: ["page.txt": "x"]) { server in
            let responses = try server.send(
                "POST /page.txt HTTP/1.1\r\nHost: a\r\n\(fields.given)\r\n\r\n\(body)")
            let first = responses.first
            #expect(responses.count == 1)
            #expect(fields.expected.contains("\(first?.status ?? 0)"))
            if first?.status != 200 || fields.expected.contains("close") {
                #expect(first?["Connection"] == ["close"])
            }
        }
    }

    @Test(
        "has limits",
        arguments: [
            Case("LimitRequestLine 100\nLINE 80", "200"),
            Case("LimitRequestLine 100\nLINE 200", "414"),
            Case("LimitRequestFields 5\nFIELDS 4", "200"),
            Case("LimitRequestFields 5\nFIELDS 6", "400"),
            Case("LimitRequestFields 0\nFIELDS 200", "200"),
            Case("LimitRequestFieldSize 100\nSIZE 80", "200"),
            Case("LimitRequestFieldSize 100\nSIZE 200", "400"),
            Case("\nLINE 8000", "200"), Case("\nLINE 8200", "414"), Case("\nFIELDS 99", "200"),
            Case("\nFIELDS 101", "400"), Case("\nSIZE 8100", "200"), Case("\nSIZE 8300", "400"),
            Case("LimitRequestBody 10\nBODY 10", "200"),
            Case("LimitRequestBody 10\nBODY 11", "413"),
        ])
    func limits(limit: Case) throws {
        let parts = limit.given.split(separator: "\n", omittingEmptySubsequences: false)
        let words = parts[1].split(separator: " ")
        let count = Int(words[1])!
        let filler = String(repeating: "x", count: count)
        var request = "GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n"
        switch words[0] {
        case "LINE": request = request.replacing("txt H", with: "txt?\(filler.dropLast(24)) H")
        case "FIELDS":
            let fields = (1..<count).map { "X\($0): y\r\n" }.joined()
            request = request.replacing("a\r\n", with: "a\r\n\(fields)")
        case "SIZE": request = request.replacing("a\r\n", with: "a\r\nX: \(filler)\r\n")
        default:
            request =
                request.replacing("GET", with: "POST")
                .replacing("a\r\n", with: "a\r\nContent-Length: \(count)\r\n") + filler
        }
        #expect(try status(request, String(parts[0])) == limit.expected)
    }

    @Test("says which limit was passed")
    func limitWords() throws {
        try withServer("LimitRequestFieldSize 50\nLimitRequestFields 5") { server in
            let size = try server.get("/", [("X-Long", String(repeating: "x", count: 100))])
            #expect(size.text.contains("Size of a request header field exceeds server limit."))
            let count = try server.get("/", (1...9).map { ("X\($0)", "") })
            #expect(
                count.text.contains(
                    "The number of request header fields exceeds this server's limit."))
        }
    }

    @Test("prefers the host of the request line to the Host field")
    func absoluteForm() throws {
        let configuration = """
            <VirtualHost *:${PORT}>
                ServerName a.example
                Header set X a
            </VirtualHost>
            <VirtualHost *:${PORT}>
                ServerName b.example
                Header set X b
            </VirtualHost>
            """
        try withServer(configuration, files: ["page.txt": ""]) { server in
            let responses = try server.send(
                "GET http://b.example/page.txt HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
            )
            #expect(responses.first?["X"] == ["b"])
            #expect(try server.get("/x", host: "B.Example.").status == 404)
        }
    }

    @Test("does without Host in HTTP/1.0")
    func http10() throws {
        #expect(try status("GET /page.txt HTTP/1.0\r\n\r\n") == "200")
    }

    @Test("answers in HTTP/1.1 whatever the minor version", arguments: ["1.0", "1.1", "1.2"])
    func versions(version: String) throws {
        try withServer(files: ["page.txt": "x"]) { server in
            let response = try server.send("GET /page.txt HTTP/\(version)\r\nHost: a\r\n\r\n").first
            #expect(response?.version == "HTTP/1.1")
            #expect(response?.status == 200)
        }
    }
}

/// The status of the one response; "none" when the server closes without one.
private func status(_ request: String, _ configuration: String = "") throws -> String {
    try withServer(configuration, files: ["page.txt": "x"]) { server in
        try server.send(request).first.map { "\($0.status)" } ?? "none"
    }
}
