// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// RFC 9112 section 9; manual: mod/core KeepAlive and its limits, Timeout.
///
/// Compatibility line 55.
@Suite("Connections")
struct ConnectionTests {
    @Test("stay open in HTTP/1.1", arguments: MPM.allCases)
    func persistence(mpm: MPM) throws {
        try withServer(mpm: mpm, files: ["page.txt": "hello"]) { server in
            let connection = try server.connect()
            for _ in 1...3 {
                let response = try connection.request("GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.text == "hello")
                #expect(response["Connection"] == [])
            }
        }
    }

    @Test(
        "close when one side says so",
        arguments: [
            Case("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close"),
            Case("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n", "close"),
            Case("GET / HTTP/1.0\r\n\r\n", "close"),
            Case("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Keep-Alive"),
            Case("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", "Keep-Alive"),
            Case("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "-"),
        ])
    func closing(request: Case) throws {
        try withServer { server in
            let connection = try server.connect()
            let response = try connection.request(request.given)
            #expect((response["Connection"].first ?? "-") == request.expected)
            if request.expected == "close" {
                #expect(try connection.readToEnd() == [])
            } else {
                let again = try connection.request(request.given)
                #expect(again.status == response.status)
            }
        }
    }

    @Test("tell how long they stay, and for how many requests")
    func keepAliveField() throws {
        try withServer("KeepAliveTimeout 7\nMaxKeepAliveRequests 3") { server in
            let connection = try server.connect()
            let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
            let fields = try (1...4).map { _ in try connection.request(request) }
            #expect(
                fields.map { $0["Keep-Alive"] } == [
                    ["timeout=7, max=3"], ["timeout=7, max=2"], ["timeout=7, max=1"], [],
                ])
            #expect(fields.last?["Connection"] == ["close"])
            try connection.readToEnd()
        }
    }

    @Test("close after each response where KeepAlive is off")
    func keepAliveOff() throws {
        try withServer("KeepAlive Off") { server in
            let connection = try server.connect()
            let response = try connection.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(response["Connection"] == ["close"])
            try connection.readToEnd()
        }
    }

    @Test("close when idle for KeepAliveTimeout", arguments: MPM.allCases)
    func keepAliveTimeout(mpm: MPM) throws {
        try withServer("KeepAliveTimeout 500ms", mpm: mpm) { server in
            let connection = try server.connect()
            // It idles from the response on, which comes later than this moment.
            let begin = ContinuousClock.now
            _ = try connection.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try connection.readToEnd() == [])
            #expect(ContinuousClock.now - begin >= .milliseconds(500))
        }
    }

    @Test("answer a client that is too slow with its request")
    func timeout() throws {
        try withServer("Timeout 1", files: ["page.txt": ""]) { server in
            let connection = try server.connect()
            try connection.send("GET /page.txt HTTP/1.1\r\nHost: a\r\n")
            let response = try connection.response()
            #expect(response.status == 408)
            #expect(response["Connection"] == ["close"])
            try connection.readToEnd()
        }
    }

    @Test("answer pipelined requests in their order", arguments: MPM.allCases)
    func pipelining(mpm: MPM) throws {
        let files = Dictionary(uniqueKeysWithValues: (0..<20).map { ("\($0).txt", "text \($0)") })
        try withServer(mpm: mpm, files: files) { server in
            let requests = (0..<20).map { "GET /\($0).txt HTTP/1.1\r\nHost: a\r\n\r\n" }
            let responses = try server.send(requests.joined())
            #expect(responses.map(\.text) == (0..<20).map { "text \($0)" })
        }
    }

    /// Whatever is remembered of the file system for the requests of a moment.
    @Test("see in a pipelined request what the one before has done", arguments: MPM.allCases)
    func effects(mpm: MPM) throws {
        try withServer(
            "ScriptAlias /cgi ${ROOT}/cgi-bin", mpm: mpm, modules: ["cgi"], files: ["page.txt": ""]
        ) { server in
            let folder = "\(server.path)/htdocs"
            let script = """
                #!/bin/sh
                file="\(folder)/$QUERY_STRING"
                if [ -e "$file" ]; then rm "$file"; else echo made > "$file"; fi
                echo; echo done
                """
            try server.write("/cgi-bin/change", script, mode: 0o755)
            let isOpen = unsafe chmod(folder, 0o777) == 0
            #expect(isOpen)
            let paths = [
                "/made.txt", "/cgi/change?made.txt", "/made.txt", "/cgi/change?made.txt",
                "/made.txt",
            ]
            let requests = paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
            for _ in 1...5 {
                let statuses = try server.send(requests).map(\.status)
                #expect(statuses == [404, 200, 200, 200, 404])
            }
        }
    }

    @Test(
        "send pipelined responses before the rest is made where that is set",
        arguments: [
            "FlushMaxPipelined 0", "FlushMaxPipelined 1",
            "FlushMaxPipelined -1\nFlushMaxThreshold 10000",
        ])
    func flushing(limits: String) throws {
        let page = String(repeating: "x", count: 6000)
        try withServer(
            "ScriptAlias /cgi ${ROOT}/cgi-bin\n\(limits)", modules: ["cgi"],
            files: ["page.txt": page]
        ) { server in
            // The last response is made only when the ones before it have come.
            let script = """
                #!/bin/sh
                while [ ! -e "$(dirname "$0")/go" ]; do sleep 0.1; done
                echo; echo made
                """
            try server.write("/cgi-bin/wait", script, mode: 0o755)
            defer { try? server.write("/cgi-bin/go", "") }
            let connection = try server.connect()
            try connection.send(
                ["/page.txt", "/page.txt", "/cgi/wait"].map {
                    "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n"
                }.joined())
            for _ in 1...2 { #expect(try connection.response().text == page) }
            try server.write("/cgi-bin/go", "")
            #expect(try connection.response().text == "made\n")
        }
    }

    @Test("answer a request that comes byte by byte")
    func slowClient() throws {
        try withServer(files: ["page.txt": "hello"]) { server in
            let connection = try server.connect()
            for byte in "GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n".utf8 {
                try connection.send([byte])
            }
            #expect(try connection.response().text == "hello")
        }
    }

    @Test("answer a client that has closed its side")
    func halfClosed() throws {
        try withServer(files: ["big.bin": String(repeating: "x", count: 1_000_000)]) { server in
            let responses = try server.send("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(responses.map(\.body.count) == [1_000_000])
        }
    }

    @Test("take an empty line before a request")
    func leadingEmptyLine() throws {
        try withServer(files: ["page.txt": "hello"]) { server in
            let responses = try server.send("\r\nGET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(responses.map(\.text) == ["hello"])
        }
    }

    @Test("survive clients that go away in the middle")
    func abortingClients() throws {
        let big = String(repeating: "x", count: 3_000_000)
        try withServer(files: ["big.bin": big, "page.txt": "hello"]) { server in
            for request in [
                "GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n", "GET /pa", "",
                "POST /page.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
            ] {
                let connection = try server.connect()
                try connection.send(request)
                connection.abort()
            }
            #expect(try server.get("/page.txt").text == "hello")
            #expect(!server.errorLog.contains("exit signal"))
        }
    }

    @Test("wait for a slow reader of a large file")
    func slowReader() throws {
        let size = 8_000_000
        try withServer(files: ["big.bin": String(repeating: "x", count: size)]) { server in
            let connection = try server.connect()
            try connection.send("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try server.get("/missing").status == 404)
            #expect(try connection.response().body.count == size)
        }
    }

    @Test("are asked for a header and a body within RequestReadTimeout")
    func readTimeout() throws {
        try withServer("RequestReadTimeout header=1 body=1", modules: ["cgi"]) { server in
            let header = try server.connect()
            try header.send("GET / HTTP/1.1\r\n")
            #expect(try header.response().status == 408)

            let body = try server.connect()
            try body.send("POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            #expect(try body.response().status == 408)
        }
    }

    @Test("may be slow within RequestReadTimeout while they keep to the rate")
    func readRate() throws {
        try withServer("RequestReadTimeout header=1-30,MinRate=10", files: ["page.txt": "x"]) {
            server in
            let connection = try server.connect()
            try connection.send(
                "GET /page.txt HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 100))")
            #expect(connection.isSilent(for: .milliseconds(1500)))
            try connection.send("\r\n\r\n")
            #expect(try connection.response().status == 200)
        }
    }
}
