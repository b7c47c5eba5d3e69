// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// The content of requests and responses of Python applications.
@Suite("Python: content")
struct PythonContentTests {
    @Test("of a request reaches the application whole", arguments: [0, 1, 16384, 16385, 3_000_000])
    func echo(count: Int) throws {
        try withPython { server in
            let content = String(repeating: "0123456789abcdef", count: count / 16 + 1).prefix(count)
            let response = try server.request("POST", "/app/echo", body: String(content))
            #expect(response.status == 200)
            #expect(response.text == content)
        }
    }

    @Test("in chunks is for applications that want it")
    func chunked() throws {
        let request =
            "POST /app/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n4\r\n you\r\n0\r\n\r\n"
        try withPython { server in
            let status = try server.send(request)[0].status
            #expect(status == 411)
        }
        try withPython("WSGIChunkedRequest On") { server in
            let response = try server.send(request)[0]
            #expect(response.status == 200)
            #expect(response.text == "Hello you")
        }
    }

    @Test("that nobody reads does not disturb the next request")
    func unread() throws {
        try withPython { server in
            let connection = try server.connect()
            let content = String(repeating: "x", count: 100_000)
            let first = try connection.request(
                "POST /app/hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
                    + content)
            #expect(first.text == "Hello world!\n")
            let second = try connection.request(
                "GET /app/hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(second.text == "Hello world!\n")
        }
    }

    @Test("is asked for with 100 Continue when the application reads it")
    func expectation() throws {
        try withPython { server in
            let connection = try server.connect()
            try connection.send(
                "POST /app/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                    + "Expect: 100-continue\r\nConnection: close\r\n\r\n")
            let status = try connection.response(to: "POST").status
            #expect(status == 100)
            try connection.send("Hello")
            let text = try connection.response(to: "POST").text
            #expect(text == "Hello")
        }
    }

    @Test("that is longer than LimitRequestBody is refused")
    func limit() throws {
        try withPython("LimitRequestBody 10") { server in
            let status = try server.request("POST", "/app/echo", body: "0123456789a").status
            #expect(status == 413)
        }
    }

    @Test("of a response is sent as the application makes it")
    func pieces() throws {
        try withPython { server in
            let connection = try server.connect()
            try connection.send("GET /app/pieces HTTP/1.0\r\nHost: localhost\r\n\r\n")
            try connection.wait(for: "first")
            try server.write("/logs/go", "")
            try connection.wait(for: "second")
        }
    }

    @Test("of a response may be long")
    func long() throws {
        try withPython { server in
            let response = try server.get("/app/long")
            #expect(response.status == 200)
            #expect(response.body.count == 20_000_000)
        }
    }

    @Test("of a response may be a file")
    func file() throws {
        try withPython("WSGIEnableSendfile On") { server in
            try server.write("file.bin", String(repeating: "file", count: 100_000))
            let response = try server.get("/app/file")
            #expect(response.status == 200)
            #expect(response.body.count == 400_000)
        }
    }

    @Test("is left out where there is none", arguments: [204, 304])
    func none(status: Int) throws {
        try withPython { server in
            let response = try server.get("/app/status/\(status)")
            #expect(response.status == status)
            #expect(response.body.isEmpty)
        }
    }

    @Test("is left out of the answer to HEAD")
    func head() throws {
        try withPython { server in
            let response = try server.request("HEAD", "/app/hello")
            #expect(response.status == 200)
            #expect(response["Content-Length"] == ["13"])
            #expect(response.body.isEmpty)
        }
    }

    @Test("that is less than was announced ends the connection")
    func short() throws {
        try withPython { server in
            let connection = try server.connect()
            try connection.send("GET /app/short HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let all = try connection.readToEnd()
            #expect(String(decoding: all, as: UTF8.self).hasSuffix("\r\n\r\nshort"))
        }
    }
}
