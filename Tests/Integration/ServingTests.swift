// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

private let application = """
    import os

    def application(environ, start_response):
        body = "%s from %s" % (environ["PATH_INFO"], os.environ.get("PLACE"))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body.encode()]

    """

private let chat = """
    VERSION = "one"

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": VERSION.encode()})
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                await send({"type": "websocket.send", "text": VERSION + ": " + message["text"]})

    """

@Suite("apus-serve", .enabled(if: !underApache))
struct ServingTests {
    @Test("serves an application and static files, and ends with Ctrl-C")
    func serving() throws {
        let served = try ServedFolder([
            "shop/__init__.py": "", "shop/wsgi.py": application, "files/a.txt": "a file",
        ])
        try served.serve(
            ["shop.wsgi:application", "--static", "/static=files", "--processes", "2"],
            environment: ["PLACE": "here \"and\" thére"])
        try served.wait(for: "/x from here \"and\" thére", at: "/x")
        #expect(try served.get("/static/a.txt").text == "a file")
        #expect(try served.get("/static/a.txt")["Content-Type"] == ["text/plain"])
        // It is said when the server answers; we may be the first to be answered.
        try wait(for: "the address", within: .seconds(60)) {
            served.errors.contains("shop.wsgi:application at http://127.0.0.1:\(served.port)/")
        }
        #expect(try served.stop() == 0)
        #expect(served.output.contains("\"GET /static/a.txt HTTP/1.1\" 200 6 "))
        #expect((try? served.get("/x")) == nil)
    }

    @Test("starts a changed application anew, and stays with the old one while that is broken")
    func reloading() throws {
        let served = try ServedFolder(["app.py": application])
        try served.serve(["--reload", "app.py"], environment: ["PLACE": "one"])
        try served.wait(for: "/x from one", at: "/x")
        try served.write("app.py", application.replacing("from", with: "still from"))
        try served.wait(for: "/x still from one", at: "/x")
        try served.write("app.py", "this is no Python\n" + application)
        try wait(for: "the traceback", within: .seconds(60)) {
            served.errors.contains("SyntaxError")
                && served.errors.contains("apus-serve: the version before goes on")
        }
        #expect(try served.get("/x").text == "/x still from one")
        try served.write("app.py", application)
        try served.wait(for: "/x from one", at: "/x")
        #expect(try served.stop() == 0)
    }

    @Test("serves an application of ASGI with its WebSockets, and starts it anew when it changes")
    func asynchronous() throws {
        let served = try ServedFolder(["chat.py": chat])
        try served.serve(["--reload", "--processes", "2", "chat:app"])
        try served.wait(for: "one", at: "/x")
        #expect(try echo(of: "hello", served) == "one: hello")
        // One that is open ends when its process does: 1012, the service restarts.
        let open = try webSocket(served)
        try served.write("chat.py", chat.replacing("one", with: "two"))
        try served.wait(for: "two", at: "/x")
        #expect(try echo(of: "hello", served) == "two: hello")
        #expect(try open.read(atLeast: 4, within: .seconds(60)).prefix(4) == [0x88, 2, 0x03, 0xF4])
        #expect(try served.stop() == 0)
    }

    private func webSocket(_ served: ServedFolder) throws -> ClientConnection {
        let connection = try served.connect()
        let response = try connection.request(
            """
            GET /socket HTTP/1.1\r
            Host: localhost\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            Sec-WebSocket-Version: 13\r
            \r

            """)
        #expect(response.status == 101)
        return connection
    }

    private func echo(of text: String, _ served: ServedFolder) throws -> String {
        let connection = try webSocket(served)
        // Masked with zeros.
        try connection.send([0x81, 0x80 | UInt8(text.utf8.count), 0, 0, 0, 0] + Array(text.utf8))
        let bytes = try connection.read(atLeast: 2 + 5 + text.utf8.count)
        return String(decoding: bytes.dropFirst(2), as: UTF8.self)
    }

    @Test("waits for a broken application to be mended, if told to reload")
    func mending() throws {
        let served = try ServedFolder(["app.py": "import there_is_no_such_thing\n"])
        try served.serve(["--reload", "app"], environment: ["PLACE": "one"])
        try wait(for: "the traceback", within: .seconds(60)) {
            served.errors.contains("waiting for a source file to change")
        }
        #expect(served.errors.contains("ModuleNotFoundError"))
        try served.write("app.py", application)
        try served.wait(for: "/x from one", at: "/x")
        #expect(try served.stop() == 0)
    }

    @Test("serves the demonstration of the default site")
    func demonstration() throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        let text = try String(
            decoding: run("/bin/cat", ["\(root)/htdocs/python/demonstration.py"]).output.utf8,
            as: UTF8.self)
        let served = try ServedFolder(["demonstration.py": text])
        try served.serve(["demonstration.py", "--mount", "/python"])
        try wait(for: "the page; \(served.errors)", within: .seconds(60)) {
            (try? served.get("/python/"))?.status == 200
        }
        let page = try served.get("/python/?%3Cb%3E").text
        #expect(page.contains("<h1>Python answers.</h1>"))
        #expect(page.contains("<dt>SCRIPT_NAME</dt>\n        <dd><code>/python</code></dd>"))
        #expect(!page.contains("<b>"))
        #expect(try served.stop() == 0)
    }

    @Test(
        "takes the first Python of PATH that the application's user can run",
        .enabled(if: geteuid() == 0 && hasPython))
    func searchPath() throws {
        let python = "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n"
        let served = try ServedFolder(["app.py": application, "locked/python3": python])
        let locked = "\(served.path)/locked"
        _ = try run("/bin/chmod", ["755", "\(locked)/python3"])
        _ = try run("/bin/chmod", ["700", locked])
        try served.serve(
            ["--python", "python3", "app"],
            environment: ["PATH": "\(locked):/usr/bin:/bin", "PLACE": "here"])
        try served.wait(for: "/x from here", at: "/x")
        #expect(
            served.errors.contains("apus-serve: /usr/bin/python3, for www-data cannot run"),
            "\(served.errors)")
        #expect(try served.stop() == 0)
    }

    @Test("says so where the port is taken")
    func takenPort() throws {
        try withServer { server in
            let served = try ServedFolder(["app.py": application])
            try served.serve(["--port", "\(server.port)", "app"])
            let status = try served.waitForExit()
            #expect(status == 1)
            #expect(
                served.errors.contains("port \(server.port) is in use by another program"))
        }
    }
}
