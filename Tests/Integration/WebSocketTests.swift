// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// The echo of Tests/test_websocket_echo: by a task that receives, and by a handler.
private let echoes = ["/echo", "/handler"]

/// A server with both of them, and the stream that shouts.
private func withEcho(
    _ settings: String = "", mpm: MPM = .event, _ body: (RunningServer) throws -> Void
) throws {
    let configuration = """
        LoadModule test_websocket_echo_module modules/test_websocket_echo.so
        LogFormat "%>s %b %I %O %r" short
        CustomLog logs/access_log short
        LogLevel info
        <Location /echo>
            SetHandler websocket-echo
            \(settings)
        </Location>
        <Location /handler>
            SetHandler websocket-handler
            \(settings)
        </Location>
        <Location /shout>
            SetHandler upgrade-echo
        </Location>
        """
    try withServer(configuration, mpm: mpm, files: ["page.txt": "hello"], body)
}

@Suite("WebSockets", .enabled(if: !underApache))
struct WebSocketTests {
    @Test("are opened, carry messages both ways, and are closed", arguments: MPM.allCases, echoes)
    func echo(mpm: MPM, path: String) throws {
        try withEcho(mpm: mpm) { server in
            let socket = try RawWebSocket(
                server, path, "Sec-WebSocket-Protocol: chat, echo2\r\n")
            #expect(socket.response.status == 101)
            #expect(socket.response["Upgrade"] == ["websocket"])
            #expect(socket.response["Connection"] == ["Upgrade"])
            #expect(socket.response["Sec-WebSocket-Accept"] == ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])
            #expect(socket.response["Sec-WebSocket-Protocol"] == ["echo2"])
            #expect(socket.response["Sec-WebSocket-Extensions"] == [])
            #expect(socket.response["Content-Length"] == [])
            try socket.send(text: "hello")
            #expect(try socket.gets(text: "hello"))
            try socket.send(0x89, [1, 2, 3])
            #expect(try socket.gets([0x8A, 3, 1, 2, 3]))
            try socket.send(0x01, Array("in ".utf8))
            try socket.send(0x80, Array("parts".utf8))
            #expect(try socket.gets(text: "in parts"))
            try socket.send(0x88, [0x0F, 0xA0] + Array("enough".utf8))
            #expect(try socket.gets([0x88, 2, 0x0F, 0xA0]))
            #expect(try socket.connection.readToEnd() == [])
            socket.connection.abort()
            // With all its bytes, when it is over.
            let line = try server.waitForAccessLog(lines: 1)[0]
            #expect(line.hasPrefix("101 26 "))
            #expect(line.hasSuffix("GET \(path) HTTP/1.1"))
            #expect(try server.get("/page.txt").text == "hello")
        }
    }

    @Test("take messages that were sent before the answer had come", arguments: echoes)
    func early(path: String) throws {
        try withEcho { server in
            let connection = try server.connect()
            try connection.send(
                Array(webSocketHandshake(path).utf8) + [0x81, 0x81, 0, 0, 0, 0, 0x61])
            #expect(try connection.response().status == 101)
            #expect(try connection.read(atLeast: 3) == [0x81, 1, 0x61])
        }
    }

    @Test("are refused as other requests are, and the connection goes on")
    func refusals() throws {
        try withEcho { server in
            let connection = try server.connect()
            #expect(try connection.request(webSocketHandshake("/echo?refuse")).status == 403)
            let old = try connection.request(webSocketHandshake("/echo", version: "8"))
            #expect(old.status == 426)
            #expect(old["Sec-WebSocket-Version"] == ["13"])
            let key = webSocketHandshake("/echo").replacing("Sec-WebSocket-Key", with: "X-Key")
            #expect(try connection.request(key).status == 400)
        }
        try withEcho { server in
            // Whoever knows nothing of the protocol answers as if nobody had asked for it.
            let connection = try server.connect()
            #expect(try connection.request(webSocketHandshake("/page.txt")).text == "hello")
            #expect(try connection.request(webSocketHandshake("/page.txt")).status == 200)
        }
    }

    @Test("end with 1002, 1007 or 1009 for a client that breaks the rules", arguments: echoes)
    func violations(path: String) throws {
        try withEcho("LimitWebSocketMessage 10") { server in
            for (first, payload, code) in [
                (0x83, [], 1002), (0x81, [0xFF], 1007), (0x82, Array(0...10), 1009),
            ] as [(UInt8, [UInt8], Int)] {
                let socket = try RawWebSocket(server, path)
                try socket.send(first, payload)
                let frame = try socket.connection.readToEnd()
                #expect(Array(frame.prefix(1)) == [0x88])
                #expect(
                    Array(frame.dropFirst(2).prefix(2)) == [UInt8(code >> 8), UInt8(code & 255)])
            }
            let socket = try RawWebSocket(server, path)
            try socket.send(0x82, Array(0...9))
            #expect(try socket.gets([0x82, 10] + Array(0...9)))
        }
    }

    @Test("are closed by the server's end too, with its code", arguments: echoes)
    func closedByServer(path: String) throws {
        try withEcho { server in
            let socket = try RawWebSocket(server, "\(path)?greet")
            let expected: [UInt8] =
                [0x81, 5] + Array("hello".utf8) + [0x88, 5, 0x0B, 0xB8] + Array("bye".utf8)
            #expect(try socket.gets(expected))
            try socket.send(0x88, [0x0B, 0xB8])
            #expect(try socket.connection.readToEnd() == [])
            // A handler that leaves has closed as well.
            let left = try RawWebSocket(server, "\(path)?leave")
            #expect(try left.gets([0x88, 2, 0x03, 0xE8]))
        }
    }

    @Test("do not wait for ever for the answer to a close frame", arguments: echoes)
    func closeTimeout(path: String) throws {
        try withEcho("WebSocketCloseTimeout 1") { server in
            let socket = try RawWebSocket(server, "\(path)?leave")
            #expect(try socket.gets([0x88, 2, 0x03, 0xE8]))
            #expect(try socket.connection.readToEnd() == [])
        }
    }

    @Test("are kept alive by pings, and given up when nobody answers", arguments: echoes)
    func pings(path: String) throws {
        try withEcho("WebSocketPingInterval 1\nWebSocketPingTimeout 2") { server in
            let socket = try RawWebSocket(server, path)
            let echo: [UInt8] = [0x81, 4] + Array("here".utf8)
            var frame: [UInt8] = []
            var pings = 0
            while frame != echo {
                frame = try socket.connection.read(exactly: 2)
                if frame == [0x89, 0] {
                    pings += 1
                    try socket.send(0x8A, [])
                    if pings == 3 { try socket.send(text: "here") }
                } else {
                    frame += try socket.connection.read(exactly: 4)
                    try #require(frame == echo)
                }
            }
            #expect(pings >= 3)
            #expect(try socket.connection.readToEnd() == [0x89, 0])
            try server.waitForErrorLog("WebSocket: no answer to a ping")
        }
    }

    @Test("are closed when they idle, if the configuration says so", arguments: echoes)
    func idleTimeout(path: String) throws {
        try withEcho("WebSocketIdleTimeout 1") { server in
            let socket = try RawWebSocket(server, path)
            let frame = try socket.connection.read(atLeast: 4)
            #expect(Array(frame.prefix(1)) == [0x88])
            #expect(Array(frame[2...3]) == [0x03, 0xE9])
        }
    }

    @Test("send no faster than a client takes it, and end with one that leaves", arguments: echoes)
    func slowClients(path: String) throws {
        try withEcho("") { server in
            let bytes = try RawWebSocket(server, "\(path)?flood").connection
                .read(atLeast: 20 << 20)
            let size = 65536 + 10
            for start in stride(from: 0, to: bytes.count - size, by: size) {
                #expect(bytes[start] == 0x82 && bytes[start + 10] == 0x61)
            }
            #expect(try server.waitForAccessLog(lines: 1)[0].hasPrefix("101 "))
        }
    }

    @Test("hold no worker while they are open")
    func workers() throws {
        let configuration = """
            LoadModule test_websocket_echo_module modules/test_websocket_echo.so
            StartServers 1
            ServerLimit 1
            ThreadsPerChild 2
            MaxRequestWorkers 2
            AsyncRequestWorkerFactor 50
            <Location /echo>
                SetHandler websocket-echo
            </Location>
            """
        try withServer(configuration, files: ["page.txt": "hello"]) { server in
            let sockets = try (0..<20).map { _ in try RawWebSocket(server, "/echo") }
            #expect(sockets.allSatisfy { $0.response.status == 101 })
            #expect(try server.get("/page.txt").text == "hello")
            for socket in sockets { try socket.send(text: "still here") }
            for socket in sockets { #expect(try socket.gets(text: "still here")) }
        }
    }

    @Test("are counted by the status page for as long as they are open")
    func status() throws {
        let configuration = """
            LoadModule test_websocket_echo_module modules/test_websocket_echo.so
            <Location /echo>
                SetHandler websocket-echo
            </Location>
            <Location /server-status>
                SetHandler server-status
            </Location>
            """
        try withServer(configuration) { server in
            func waitForCount(_ count: Int) throws {
                try wait(for: "\(count) open WebSockets in the status") {
                    try server.get("/server-status?auto").text.split(separator: "\n")
                        .contains("ConnsAsyncWaitIO: \(count)")
                }
            }
            let first = try RawWebSocket(server, "/echo")
            let second = try RawWebSocket(server, "/echo")
            try waitForCount(2)
            try first.send(0x88, [0x03, 0xE8])
            #expect(try first.connection.readToEnd() == [0x88, 2, 0x03, 0xE8])
            try waitForCount(1)
            second.connection.abort()
            try waitForCount(0)
        }
    }

    @Test("end without a close frame where the client just leaves", arguments: echoes)
    func disconnect(path: String) throws {
        try withEcho { server in
            let socket = try RawWebSocket(server, path)
            try socket.send(text: "hello")
            #expect(try socket.gets(text: "hello"))
            socket.connection.abort()
            #expect(try server.waitForAccessLog(lines: 1)[0].hasPrefix("101 7 "))
        }
    }

    @Test(
        "say goodbye when the server restarts, at the latest after their time",
        arguments: MPM.allCases, echoes)
    func gracefulRestart(mpm: MPM, path: String) throws {
        try withEcho("WebSocketGracefulTimeout 2", mpm: mpm) { server in
            let socket = try RawWebSocket(server, path)
            let before = Set(server.children)
            try server.restart(graceful: true)
            // Meanwhile it goes on.
            try socket.send(text: "still here")
            #expect(try socket.gets(text: "still here"))
            #expect(try socket.gets([0x88, 2, 0x03, 0xE9]))
            try socket.send(0x88, [0x03, 0xE9])
            #expect(try socket.connection.readToEnd() == [])
            socket.connection.abort()
            try wait(for: "end of the old children") {
                Set(server.children).isDisjoint(with: before)
            }
            #expect(try RawWebSocket(server, path).response.status == 101)
        }
    }

    @Test("say goodbye at once when the server stops", arguments: MPM.allCases, echoes)
    func stop(mpm: MPM, path: String) throws {
        try withEcho(mpm: mpm) { server in
            let socket = try RawWebSocket(server, path)
            try socket.send(text: "hello")
            #expect(try socket.gets(text: "hello"))
            kill(server.pid, SIGTERM)
            #expect(try socket.connection.readToEnd() == [0x88, 2, 0x03, 0xE9])
        }
    }

    @Test("speak to the websockets library of Python, compressed and large", arguments: echoes)
    func pythonClient(path: String) throws {
        try withEcho("LimitWebSocketMessage 4M") { server in
            let program = try run(
                "/usr/bin/python3", ["-c", pythonClientProgram, "\(server.port)", path],
                within: .seconds(60))
            #expect(program.errors == "")
            #expect(program.output == "all is well\n")
        }
    }
}

private let pythonClientProgram = """
    import asyncio, os, sys, websockets

    async def main():
        address = "ws://127.0.0.1:%s%s" % tuple(sys.argv[1:])
        for compression in ("deflate", None):
            async with websockets.connect(
                    address, compression=compression, max_size=None) as socket:
                for size in (0, 1, 125, 126, 65535, 65536, 1 << 20, (1 << 22) - 1):
                    for message in ("x" * size, os.urandom(size), b"ab" * (size // 2)):
                        await socket.send(message)
                        assert await socket.recv() == message, size
                await socket.send(["a", "b" * 100, "c"])
                assert await socket.recv() == "a" + "b" * 100 + "c"
                await (await socket.ping())
            assert socket.close_code == 1000, socket.close_code
        async with websockets.connect(address, max_size=None) as socket:
            await socket.send(b"0" * ((1 << 22) + 1))
            try:
                await socket.recv()
            except websockets.ConnectionClosed as closed:
                assert closed.rcvd.code == 1009, closed
        print("all is well")

    asyncio.run(main())
    """

@Suite("Connections that switch to another protocol", .enabled(if: !underApache))
struct UpgradeTests {
    @Test("are the handler's from then on", arguments: MPM.allCases)
    func upgrade(mpm: MPM) throws {
        try withEcho(mpm: mpm) { server in
            let connection = try server.connect()
            let response = try connection.request(
                "GET /shout HTTP/1.1\r\nHost: a\r\nUpgrade: shout\r\nConnection: Upgrade\r\n\r\n")
            #expect(response.status == 101)
            #expect(response["Upgrade"] == ["shout"])
            try connection.send("loud")
            #expect(try connection.read(atLeast: 4) == Array("LOUD".utf8))
            try connection.send("er.")
            #expect(try connection.readToEnd() == Array("ER.".utf8))
            connection.abort()
            #expect(try server.waitForAccessLog(lines: 1)[0].hasPrefix("101 7 "))
        }
    }

    @Test(
        "need a client that asks for it in HTTP/1.1",
        arguments: [
            "GET /shout HTTP/1.1\r\nHost: a\r\nUpgrade: shout\r\n\r\n",
            "GET /shout HTTP/1.1\r\nHost: a\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n",
            "GET /shout HTTP/1.0\r\nHost: a\r\nUpgrade: shout\r\nConnection: Upgrade\r\n\r\n",
        ])
    func notAsked(_ request: String) throws {
        try withEcho { server throws in
            #expect(try server.connect().request(request).status == 404)
        }
    }
}
