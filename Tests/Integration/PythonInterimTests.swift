// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// What an ASGI application sends before its response, and after its content.
@Suite("Python: interim responses and trailers", .enabled(if: !underApache))
struct PythonInterimTests {
    private let application = """
        import asyncio, os

        async def wait():
            while not os.path.exists(os.path.dirname(__file__) + '/logs/go'):
                await asyncio.sleep(0.01)

        async def application(scope, receive, send):
            if scope['type'] != 'http':
                return
            async def body(content, more=False):
                await send({'type': 'http.response.body', 'body': content, 'more_body': more})
            async def start(**more):
                await send({'type': 'http.response.start', 'status': 200,
                            'headers': [(b'content-type', b'text/plain')], **more})
            path = scope['path']
            if path.endswith('/hints'):
                for name in (b'a', b'b'):
                    await send({'type': 'http.response.early_hint',
                                'links': [b'</%s.css>; rel=preload' % name, b'</x>; rel=y']})
                await wait()
                await start()
                await body(b'content')
                return
            await start(trailers=True)
            if path.endswith('/streamed'):
                await body(b'first', True)
                await wait()
            await body(b'second')
            await send({'type': 'http.response.trailers', 'headers': [(b'x-sum', b'1')],
                        'more_trailers': True})
            await send({'type': 'http.response.trailers', 'headers': [(b'x-more', b'2')]})

        """

    private func withApplication<Result>(
        _ configuration: String = "", _ body: (RunningServer) throws -> Result
    ) throws -> Result {
        try withPython(
            configuration, group: "interface=asgi", files: ["/app.wsgi": application], body)
    }

    @Test("103 arrives while the application still works")
    func hints() throws {
        try withApplication { server in
            let client = try server.connect()
            try client.send(
                "GET /app/hints HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            var seen = ""
            while !seen.contains("</b.css>; rel=preload\r\nLink: </x>; rel=y\r\n\r\n") {
                let bytes = try client.read(atLeast: 1)
                try #require(!bytes.isEmpty)
                seen += String(decoding: bytes, as: UTF8.self)
            }
            #expect(seen.hasPrefix("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n"))
            #expect(!seen.contains("HTTP/1.1 200"))
            try server.write("/logs/go", "")
            try client.wait(for: "\r\n\r\ncontent")
        }
    }

    @Test("103 is not for HTTP/1.0")
    func oldClient() throws {
        try withApplication { server in
            try server.write("/logs/go", "")
            let responses = try server.send("GET /app/hints HTTP/1.0\r\n\r\n")
            let response = try #require(responses.first)
            #expect(response.status == 200)
            #expect(response.text == "content")
        }
    }

    @Test("trailers follow content that was streamed", arguments: ["streamed", "at-once"])
    func trailers(path: String) throws {
        let log = "LogFormat \"%{x-sum}^to\" trailers\nCustomLog logs/trailers.log trailers"
        try withApplication(log) { server in
            let client = try server.connect()
            try client.send(
                """
                GET /app/\(path) HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\n\
                Connection: close, TE\r\n\r\n
                """)
            if path == "streamed" { try client.wait(for: "first") }
            try server.write("/logs/go", "")
            try client.wait(for: "second\r\n0\r\nx-sum: 1\r\nx-more: 2\r\n\r\n")
            try wait(for: "the access log") {
                server.root.folder.read("logs/trailers.log") == "1\n"
            }
        }
    }

    @Test("trailers are for clients that take them")
    func noTrailers() throws {
        try withApplication { server in
            try server.write("/logs/go", "")
            let response = try server.get("/app/streamed")
            #expect(response.text == "firstsecond")
            #expect(response.trailers.isEmpty)
        }
    }
}
