// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// A WebSocket between a client and an ASGI application.
@Suite("Python: WebSockets", .enabled(if: !underApache))
struct PythonWebSocketTests {
    private let application = """
        import asyncio, os

        logs = os.path.dirname(__file__) + '/logs/'

        def note(name, text):
            with open(logs + name + '.new', 'w') as file:
                file.write(text)
            os.rename(logs + name + '.new', logs + name)

        async def talk(send):
            while True:
                await send({'type': 'websocket.send', 'bytes': b'a' * 60000})

        async def application(scope, receive, send):
            if scope['type'] != 'websocket':
                return
            await receive()
            await send({'type': 'websocket.accept'})
            path = scope['path'].removeprefix('/app')
            if path == '/leave':
                return
            if path == '/fail':
                raise RuntimeError('on purpose')
            if path == '/exit':
                await receive()
                os._exit(3)
            if path == '/close':
                await send({'type': 'websocket.send', 'text': 'last'})
                await send({'type': 'websocket.close', 'code': 4001, 'reason': 'enough'})
                return
            if path == '/flood':
                talking = asyncio.create_task(talk(send))
            while path == '/deaf' and not os.path.exists(logs + 'go'):
                await asyncio.sleep(0.01)
            received = 0
            while True:
                event = await receive()
                if event['type'] == 'websocket.disconnect':
                    note('ended', '%s %s' % (event['code'], event.get('reason') or ''))
                    return
                if path == '/flood':
                    note('heard', event['text'])
                elif path == '/deaf':
                    received += len(event.get('bytes') or '')
                    if event.get('text'):
                        await send({'type': 'websocket.send', 'text': str(received)})
                else:
                    await send(dict(event, type='websocket.send'))

        """

    private func withApplication(
        _ options: String = "", _ body: (RunningServer) throws -> Void
    ) throws {
        try withPython(
            "LogLevel info", group: "interface=asgi processes=1 \(options)",
            files: ["/app.wsgi": application], body)
    }

    private func wait(for text: String, in log: String, of server: RunningServer) throws {
        try Support.wait(for: "'\(text)' in \(log)") {
            server.root.folder.read("logs/\(log)") == text
        }
    }

    @Test("carry messages both ways, and tell the application how the client ended")
    func echo() throws {
        try withApplication { server in
            let socket = try RawWebSocket(server, "/app/echo")
            #expect(socket.response.status == 101)
            for text in ["one", "two", "three"] {
                try socket.send(text: text)
                #expect(try socket.gets(text: text))
            }
            try socket.send(0x02, [1, 2])
            try socket.send(0x80, [3])
            #expect(try socket.gets([0x82, 3, 1, 2, 3]))
            try socket.send(0x89, [7])
            #expect(try socket.gets([0x8A, 1, 7]))
            try socket.send(0x88, [0x0F, 0xA0] + Array("bye".utf8))
            #expect(try socket.connection.readToEnd() == [0x88, 2, 0x0F, 0xA0])
            try wait(for: "4000 bye", in: "ended", of: server)
        }
    }

    @Test("tell the application of a client that just leaves")
    func disconnect() throws {
        try withApplication { server in
            let socket = try RawWebSocket(server, "/app/echo")
            try socket.send(text: "here")
            #expect(try socket.gets(text: "here"))
            socket.connection.abort()
            try wait(for: "1006 ", in: "ended", of: server)
        }
    }

    @Test(
        "end as the application ends",
        arguments: [("/leave", 1000), ("/fail", 1011), ("/exit", 1011)])
    func end(path: String, code: Int) throws {
        try withApplication { server in
            let socket = try RawWebSocket(server, "/app\(path)")
            #expect(socket.response.status == 101)
            try socket.send(text: "go")
            #expect(try socket.gets([0x88, 2, UInt8(code >> 8), UInt8(code & 0xFF)]))
            try socket.send(0x88, [UInt8(code >> 8), UInt8(code & 0xFF)])
            #expect(try socket.connection.readToEnd() == [])
        }
    }

    @Test("are closed with the code and the reason of the application, after its last message")
    func close() throws {
        try withApplication { server in
            let socket = try RawWebSocket(server, "/app/close")
            let closing: [UInt8] = [0x88, 8, 0x0F, 0xA1] + Array("enough".utf8)
            #expect(try socket.gets([0x81, 4] + Array("last".utf8) + closing))
            try socket.send(0x88, [0x0F, 0xA1])
            #expect(try socket.connection.readToEnd() == [])
        }
    }

    @Test("hand on what a client says that is slow to take what it is told")
    func slowClient() throws {
        try withApplication { server in
            let socket = try RawWebSocket(server, "/app/flood")
            try socket.send(text: "hello")
            try wait(for: "hello", in: "heard", of: server)
            // More than the system holds for a client.
            let bytes = try socket.connection.read(atLeast: 16 << 20)
            let frame = [0x82, 126, 0xEA, 0x60] + [UInt8](repeating: 0x61, count: 60000)
            for start in stride(from: 0, to: bytes.count - frame.count, by: frame.count) {
                #expect(bytes[start..<start + frame.count] == frame[...])
            }
            try socket.send(text: "still here")
            try wait(for: "still here", in: "heard", of: server)
            socket.connection.abort()
            try wait(for: "1006 ", in: "ended", of: server)
        }
    }

    @Test("are no requests that take too long, and no lack of requests")
    func long() throws {
        try withApplication("request-timeout=1 inactivity-timeout=1 socket-timeout=1") { server in
            let socket = try RawWebSocket(server, "/app/echo")
            for text in ["one", "two"] {
                try socket.send(text: text)
                #expect(try socket.gets(text: text))
                #expect(socket.connection.isSilent(for: .seconds(4)))
            }
            #expect(!server.errorLog.contains("is to be replaced"))
            #expect(!server.errorLog.contains("imeout"))
        }
    }

    @Test("read no more of a client than the application takes, and lose nothing of it")
    func slowApplication() throws {
        try withApplication { server in
            let socket = try RawWebSocket(server, "/app/deaf")
            for _ in 0..<20 { try socket.send(0x82, [UInt8](repeating: 0, count: 50000)) }
            try socket.send(text: "how many?")
            try server.write("/logs/go", "")
            #expect(try socket.gets(text: "1000000"))
        }
    }
}
