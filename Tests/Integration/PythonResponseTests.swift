// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Responses that applications make well or badly, as clients see them.
@Suite("Python: responses")
struct PythonResponseTests {
    @Test("have no content with 204 and 304", arguments: PythonInterface.underTest)
    func none(interface: PythonInterface) throws {
        try withResponses(interface) { server in
            let connection = try server.connect()
            for (path, status, reason) in [
                ("empty", 204, "No Content"), ("unchanged", 304, "Not Modified"),
                ("plain", 200, "OK"),
            ] {
                let response = try connection.get("/app/\(path)")
                #expect(response.status == status)
                #expect(response.reason == reason)
                #expect(response.text == (status == 200 ? "plain" : ""))
                if status == 204 { #expect(response["Content-Length"] == []) }
                if status != 200 { #expect(response["Transfer-Encoding"] == []) }
                if status == 304 { #expect(response["ETag"] == ["\"a\""]) }
            }
        }
    }

    @Test("to HEAD are those to GET without the content", arguments: PythonInterface.underTest)
    func head(interface: PythonInterface) throws {
        try withResponses(interface) { server in
            let connection = try server.connect()
            for path in ["plain", "exact", "pieces", "long"] {
                let response = try connection.request(
                    "HEAD /app/\(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(response.status == 200)
                #expect(response.body.isEmpty)
                if path == "exact" { #expect(response["Content-Length"] == ["6"]) }
            }
            let text = try connection.get("/app/plain").text
            #expect(text == "plain")
        }
    }

    @Test("never exceed their Content-Length", arguments: PythonInterface.underTest)
    func long(interface: PythonInterface) throws {
        try withResponses(interface) { server in
            let connection = try server.connect()
            let response = try connection.get("/app/long")
            #expect(response.text.prefix(4) == "onet")
            #expect(response["Content-Length"] == ["4"])
            // What is beyond it must not pass for the next response. An application that gives
            // too much to ASGI has failed: it hears so, and its client too.
            guard interface == .wsgi else { return }
            let text = try connection.get("/app/plain").text
            #expect(text == "plain")
        }
    }

    @Test("short of their Content-Length end the connection", arguments: PythonInterface.underTest)
    func short(interface: PythonInterface) throws {
        try withResponses(interface) { server in
            let connection = try server.connect()
            try connection.send("GET /app/short HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let all = String(decoding: try connection.readToEnd(), as: UTF8.self)
            #expect(all.contains("Content-Length: 40\r\n"))
            #expect(all.hasSuffix("\r\n\r\none"))
            let text = try server.get("/app/plain").text
            #expect(text == "plain")
        }
    }

    @Test(
        "with a line break in a field or in the reason are refused",
        arguments: PythonInterface.underTest)
    func injection(interface: PythonInterface) throws {
        // mod_wsgi sends what stands before the null.
        let paths =
            ["inject", "inject-name"] + (underApache ? [] : ["inject-null"]) + ["inject-reason"]
        try withResponses(interface) { server in
            for path in interface == .wsgi ? paths : paths.dropLast() {
                let response = try server.get("/app/\(path)")
                #expect(response.status == 500, "\(path)")
                #expect(response["Set-Cookie"] == [], "\(path)")
                #expect(!response.text.contains("evil"), "\(path)")
            }
            let text = try server.get("/app/plain").text
            #expect(text == "plain")
        }
    }

    @Test("of WSGI have the reason phrase that the application gives, which may be empty")
    func reason() throws {
        try withResponses(.wsgi) { server in
            for (path, line) in [
                ("reason-empty", "200 "), ("reason-own", "200  Fine"),
                ("reason-missing", "500 Internal Server Error"),
            ] {
                let response = try server.get("/app/\(path)")
                #expect("\(response.status) \(response.reason)" == line, "\(path)")
            }
        }
    }

    @Test("that are interim are not the response", arguments: PythonInterface.underTest)
    func interim(interface: PythonInterface) throws {
        try withResponses(interface) { server in
            let connection = try server.connect()
            let response = try connection.get("/app/interim")
            if interface == .wsgi {
                // mod_wsgi hands it on as it is.
                guard !server.isApache else { return }
                #expect(response.status == 500)
            } else {
                #expect(response.status == 103)
                let last = try connection.response()
                #expect(last.status == 200)
                #expect(last.text == "after hints")
            }
            let text = try server.get("/app/plain").text
            #expect(text == "plain")
        }
    }

    @Test("that fail in their middle end the connection", arguments: PythonInterface.underTest)
    func failing(interface: PythonInterface) throws {
        try withResponses(interface) { server in
            let connection = try server.connect()
            try connection.send("GET /app/fails HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let all = String(decoding: try connection.readToEnd(), as: UTF8.self)
            #expect(all.contains("beginning"))
            // The last chunk would say that this was all, as it does with mod_wsgi.
            if !server.isApache { #expect(!all.hasSuffix("\r\n0\r\n\r\n")) }
            try server.waitForErrorLog("in the middle")
        }
    }

    @Test("hear of a client that leaves while it sends", arguments: PythonInterface.underTest)
    func abandonedContent(interface: PythonInterface) throws {
        try withResponses(interface) { server in
            let connection = try server.connect()
            try connection.send(
                "POST /app/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
                    + String(repeating: "x", count: 100_000))
            try server.waitForErrorLog("reading")
            connection.abort()
            try server.waitForErrorLog(interface == .wsgi ? "an OSError" : "a disconnect")
            let text = try server.get("/app/plain").text
            #expect(text == "plain")
        }
    }
}

/// Files that applications return through `wsgi.file_wrapper`.
@Suite("Python: files", .enabled(if: hasPython && !underApache))
struct PythonFileTests {
    @Test(
        "are sent in parts",
        arguments: [
            RangeCase("bytes=0-4", "01234", "bytes 0-4/1000"),
            RangeCase("bytes=995-", "56789", "bytes 995-999/1000"),
            RangeCase("bytes=-3", "789", "bytes 997-999/1000"),
            RangeCase("bytes=990-2000", "0123456789", "bytes 990-999/1000"),
        ])
    func range(range: RangeCase) throws {
        try withResponses(.wsgi) { server in
            for path in ["file", "memory"] {
                let response = try server.get("/app/\(path)", [("Range", range.field)])
                #expect(response.status == 206, "\(path)")
                #expect(response["Content-Range"] == [range.contentRange])
                #expect(response.text == range.content)
            }
        }
    }

    @Test("are sent from where the application has read to")
    func offset() throws {
        try withResponses(.wsgi) { server in
            let whole = try server.get("/app/offset")
            #expect(whole["Content-Length"] == ["990"])
            #expect(whole.body.count == 990)
            let part = try server.get("/app/offset", [("Range", "bytes=980-")])
            #expect(part.status == 206)
            #expect(part["Content-Range"] == ["bytes 980-989/990"])
        }
    }

    @Test("are not sent beyond their end, nor for HEAD, nor where If-Range speaks of another")
    func refusals() throws {
        try withResponses(.wsgi) { server in
            let beyond = try server.get("/app/file", [("Range", "bytes=1000-")])
            #expect(beyond.status == 416)
            #expect(beyond["Content-Range"] == ["bytes */1000"])
            let head = try server.request("HEAD", "/app/file", [("Range", "bytes=0-4")])
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            let other = try server.get(
                "/app/file", [("Range", "bytes=0-4"), ("If-Range", "\"another\"")])
            #expect(other.status == 200)
            #expect(other.body.count == 1000)
            let same = try server.get(
                "/app/file", [("Range", "bytes=0-4"), ("If-Range", "\"file\"")])
            #expect(same.status == 206)
        }
    }

    @Test("are closed in every ending")
    func closed() throws {
        try withResponses(.wsgi) { server in
            for method in ["GET", "HEAD"] { _ = try server.request(method, "/app/file") }
            _ = try server.get("/app/file", [("Range", "bytes=0-4")])
            _ = try server.get("/app/memory")
            // A client has all of a response before its thread closes what that was made of.
            try wait(for: "four closed files") {
                let closed = try #require(try Int(server.get("/app/closed").text))
                #expect(closed <= 4)
                return closed == 4
            }
        }
    }
}

/// A Range field, and what must come of it.
struct RangeCase: Sendable, CustomTestStringConvertible {
    let field: String
    let content: String
    let contentRange: String

    init(_ field: String, _ content: String, _ contentRange: String) {
        (self.field, self.content, self.contentRange) = (field, content, contentRange)
    }

    var testDescription: String { field }
}

extension ClientConnection {
    /// Asks for a path on this connection, which stays open.
    func get(_ path: String) throws -> RawResponse {
        try request("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
    }
}

private func withResponses<Result>(
    _ interface: PythonInterface, _ body: (RunningServer) throws -> Result
) throws -> Result {
    try withPython(
        group: interface.group,
        files: ["/app.wsgi": interface == .wsgi ? wsgiResponses : asgiResponses], body)
}

private let wsgiResponses = """
    import io, os, sys, tempfile

    CONTENT = b'0123456789' * 100
    closed = []

    class Source:
        \"""A file that says when it is closed.\"""
        def __init__(self, file):
            self.file = file
        def __getattr__(self, name):
            return getattr(self.file, name)
        def close(self):
            closed.append(1)
            self.file.close()

    def real_file(start):
        file = tempfile.TemporaryFile()
        file.write(CONTENT)
        file.seek(0)
        file.read(start)
        return Source(file)

    def failing():
        yield b'beginning'
        raise ValueError('in the middle')

    def application(environ, start_response):
        path = environ['PATH_INFO'][1:]
        wrapper = environ['wsgi.file_wrapper']
        status, fields, content = '200 OK', [('Content-Type', 'text/plain')], [b'plain']
        if path == 'empty':
            status, content = '204 No Content', [b'dropped']
        elif path == 'unchanged':
            status, fields, content = '304 Not Modified', [('ETag', '"a"')], [b'dropped']
        elif path == 'exact':
            fields += [('Content-Length', '6')]
            content = [b'one', b'two']
        elif path == 'pieces':
            content = (b'%d' % n for n in range(100))
        elif path == 'long':
            fields += [('Content-Length', '4')]
            content = [b'one', b'two', b'HTTP/1.1 200 evil\\r\\n\\r\\n']
        elif path == 'short':
            fields += [('Content-Length', '40')]
            content = [b'one']
        elif path == 'inject':
            fields += [('X-Field', 'a\\r\\nSet-Cookie: evil')]
        elif path == 'inject-name':
            fields += [('X-Field: a\\r\\nSet-Cookie', 'evil')]
        elif path == 'inject-null':
            fields += [('X-Field', 'evil\\0')]
        elif path == 'inject-reason':
            status = '200 OK\\r\\nSet-Cookie: evil'
        elif path == 'reason-empty':
            status = '200 '
        elif path == 'reason-own':
            status = '200  Fine'
        elif path == 'reason-missing':
            status = '200'
        elif path == 'interim':
            status, content = '100 Continue', []
        elif path == 'fails':
            content = failing()
        elif path == 'read':
            environ['wsgi.errors'].write('reading\\n')
            environ['wsgi.errors'].flush()
            try:
                while environ['wsgi.input'].read(65536):
                    pass
            except OSError as error:
                environ['wsgi.errors'].write('an OSError\\n')
        elif path in ('file', 'offset'):
            fields += [('ETag', '"file"')]
            content = wrapper(real_file(10 if path == 'offset' else 0))
        elif path == 'memory':
            fields += [('Content-Length', '1000')]
            content = wrapper(Source(io.BytesIO(CONTENT)), 70)
        elif path == 'closed':
            content = [b'%d' % len(closed)]
        start_response(status, fields)
        return content

    """

private let asgiResponses = """
    import sys

    async def application(scope, receive, send):
        if scope['type'] != 'http':
            return
        path = scope['path'].split('/')[-1]
        status, fields, content = 200, [(b'content-type', b'text/plain')], [b'plain']
        if path == 'empty':
            status, content = 204, [b'dropped']
        elif path == 'unchanged':
            status, fields, content = 304, [(b'etag', b'"a"')], [b'dropped']
        elif path == 'exact':
            fields += [(b'content-length', b'6')]
            content = [b'one', b'two']
        elif path == 'pieces':
            content = [b'%d' % n for n in range(100)]
        elif path == 'long':
            fields += [(b'content-length', b'4')]
            content = [b'one', b't', b'HTTP/1.1 200 evil\\r\\n\\r\\n']
        elif path == 'short':
            fields += [(b'content-length', b'40')]
            content = [b'one']
        elif path == 'inject':
            fields += [(b'x-field', b'a\\r\\nset-cookie: evil')]
        elif path == 'inject-name':
            fields += [(b'x-field: a\\r\\nset-cookie', b'evil')]
        elif path == 'inject-null':
            fields += [(b'x-field', b'evil\\0')]
        elif path == 'interim':
            if 'http.response.early_hint' in scope['extensions']:
                await send({'type': 'http.response.early_hint', 'links': [b'</a.css>; rel=preload']})
            content = [b'after hints']
        elif path == 'read':
            print('reading', file=sys.stderr, flush=True)
            while True:
                message = await receive()
                if message['type'] == 'http.disconnect':
                    print('a disconnect', file=sys.stderr, flush=True)
                    return
                if not message.get('more_body'):
                    break
        await send({'type': 'http.response.start', 'status': status, 'headers': fields})
        if path == 'fails':
            await send({'type': 'http.response.body', 'body': b'beginning', 'more_body': True})
            raise ValueError('in the middle')
        for block in content[:-1]:
            await send({'type': 'http.response.body', 'body': block, 'more_body': True})
        await send({'type': 'http.response.body', 'body': content[-1]})

    """
