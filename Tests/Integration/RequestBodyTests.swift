// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// RFC 9112 sections 6 and 7, RFC 9110 section 10.1.1; a script hands back what it was sent.
@Suite("Bodies of requests")
struct RequestBodyTests {
    @Test(
        "arrive without their coding",
        arguments: [
            Case("Content-Length: 5\r\n\r\nhello", "hello"),
            Case("Content-Length: 0\r\n\r\n", ""), Case("\r\n", ""),
            Case("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"),
            Case("Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"),
            Case("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"),
            Case("Transfer-Encoding: chunked\r\n\r\n00005\r\nhello\r\n000\r\n\r\n", "hello"),
            Case("Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
            Case("Transfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\n0\r\n\r\n", "hello"),
            Case(
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", "hello"),
        ])
    func codings(body: Case) throws {
        try echo { server in
            let first = try server.send(
                "POST /cgi/echo HTTP/1.1\r\nHost: a\r\n\(body.given)\(follow)")
            #expect(first.map(\.status) == [200, 404])
            #expect(first.first?.text == body.expected)
        }
    }

    @Test(
        "in broken chunks are refused, and what follows is not read as a request",
        arguments: [
            "x\r\nhello\r\n0\r\n\r\n", "5\r\nhelloo\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n",
            "5 5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "\r\nhello\r\n0\r\n\r\n",
            "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        ])
    func brokenChunks(body: String) throws {
        try echo { server in
            let responses = try server.send(
                "POST /cgi/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)\(follow)"
            )
            #expect(responses.count == 1)
            #expect(responses.first.map { (400...413).contains($0.status) } == true)
        }
    }

    @Test("are discarded by a handler that does not want them")
    func discarded() throws {
        try echo { server in
            let responses = try server.send(
                "POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\(follow)")
            #expect(responses.map(\.status) == [404, 404])
        }
    }

    @Test("of megabytes pass through", arguments: [true, false])
    func large(chunked: Bool) throws {
        let size = 4_000_000
        let data = [UInt8](repeating: 120, count: size)
        try echo { server in
            let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
            let head =
                "POST /cgi/count HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(framing)\r\n\r\n"
            var bytes = Array(head.utf8)
            if chunked { bytes += Array("\(String(size, radix: 16))\r\n".utf8) }
            bytes += data
            if chunked { bytes += Array("\r\n0\r\n\r\n".utf8) }
            let connection = try server.connect()
            try connection.send(bytes)
            #expect(try connection.response().text == "\(size)\n")
        }
    }

    @Test("that were announced are asked for with 100 Continue")
    func expectContinue() throws {
        try echo { server in
            let connection = try server.connect()
            try connection.send(
                "POST /cgi/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
            )
            let interim = try connection.response()
            #expect(interim.status == 100)
            try connection.send("hello")
            let final = try connection.response()
            #expect(final.status == 200)
            #expect(final.text == "hello")
        }
    }

    @Test("that were announced are not asked for when the answer is clear")
    func expectRefused() throws {
        try echo("<Location /secret>\nRequire all denied\n</Location>") { server in
            let connection = try server.connect()
            try connection.send(
                "POST /secret HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
            )
            let response = try connection.response()
            #expect(response.status == 403)
            #expect(response["Connection"] == ["close"])
        }
    }

    @Test("with another expectation are refused")
    func unknownExpectation() throws {
        try echo { server in
            let response = try server.request(
                "POST", "/cgi/echo", [("Expect", "200-maybe")], body: "hello")
            #expect(response.status == 417)
        }
    }

    @Test("larger than LimitRequestBody are refused, chunked ones too")
    func limit() throws {
        try echo("LimitRequestBody 10") { server in
            #expect(try server.request("POST", "/cgi/echo", body: "0123456789").status == 200)
            #expect(try server.request("POST", "/cgi/echo", body: "0123456789a").status == 413)
            let chunked = try server.send(
                "POST /cgi/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n"
            )
            #expect(chunked.first?.status == 413)
        }
    }

    @Test("are sent by curl with Expect and without length")
    func curl() throws {
        try echo { server in
            let result = try server.curl(
                "/cgi/echo", "--data-binary", "hello", "-H", "Transfer-Encoding: chunked", "-H",
                "Expect: 100-continue")
            #expect(result.output == "hello")
        }
    }
}

/// A request whose answer shows that the server knows where the one before it ended.
private let follow = "GET /missing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

private func echo<Result>(
    _ configuration: String = "", _ body: (RunningServer) throws -> Result
) throws -> Result {
    try withServer("ScriptAlias /cgi ${ROOT}/cgi-bin\n\(configuration)", modules: ["cgi"]) {
        server in
        try server.write(
            "/cgi-bin/echo", "#!/bin/sh\necho Content-Type: text/plain; echo; exec cat", mode: 0o755
        )
        // Apache writes all of a body before it reads, so a script may not answer while it reads.
        try server.write("/cgi-bin/count", "#!/bin/sh\necho; exec wc -c", mode: 0o755)
        return try body(server)
    }
}
