// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Applications on real frameworks, asked by clients that nobody here wrote.
@Suite("A Python application", .serialized)
struct PythonApplicationTests {
    @Test("is given what PEP 3333 says, as wsgiref.validate sees it", arguments: MPM.allCases)
    func validated(mpm: MPM) throws {
        try check("validated", mpm: mpm, "validated.py")
    }

    @Test("answers below a prefix", arguments: ["flask", "bottle"])
    func framework(name: String) throws {
        try check(name, mount: "/app", "site_\(name).py")
    }

    @Test("is a shop on Django, with an admin, static files, a download and an upload")
    func django() throws {
        let extras = """
            Alias /static/ ${ROOT}/Applications/shop/data/static/
            <Directory ${ROOT}/Applications/shop/data/static>
                Require all granted
            </Directory>
            """
        try check("shop", "shop/shop/wsgi.py", path: "shop", extras) { root in
            let folder = "\(root.path)/Applications/shop"
            let made = try PythonEnvironment.runPython(["\(folder)/make_data.py"])
            try #require(made.status == 0, "\(made.errors)")
            _ = try run("/bin/chmod", ["-R", "a+rwX", "\(folder)/data"])
        }
    }

    @Test(
        "can be of FastAPI, WebSockets included", .disabled(if: isApache),
        arguments: ["asyncio", "uvloop"])
    func fastAPI(loop: String) throws {
        try check("fastapi", "site_fastapi.py", options: "interface=asgi event-loop=\(loop)")
    }

    @Test("can be of Channels, with rooms", .disabled(if: isApache))
    func channels() throws {
        try check("chat", "chat/chat/asgi.py", path: "chat", options: "processes=1")
    }

    private func check(
        _ name: String, mount: String = "/", mpm: MPM = .event, _ script: String,
        path: String = "", _ extras: String = "", options: String = "threads=4",
        prepare: (ServerRoot) throws -> Void = { _ in }
    ) throws {
        let configuration = """
            WSGIDaemonProcess site python-home=\(try PythonEnvironment.path()) \
            python-path=${ROOT}/Applications/\(path) \(options)
            WSGIScriptAlias \(mount) ${ROOT}/Applications/\(script) process-group=site \
            application-group=%{GLOBAL}
            WSGIChunkedRequest On
            # The clients keep their connection while they do other things.
            KeepAliveTimeout 300
            <Directory ${ROOT}/Applications>
                Require all granted
            </Directory>
            \(extras)
            """
        let root = try ServerRoot(configuration, mpm: mpm, modules: ["wsgi", "alias", "mime"])
        try PythonEnvironment.copyApplications(to: root)
        try prepare(root)
        try withServer(root) { server in
            let prefix = mount == "/" ? "" : mount
            let client = try PythonEnvironment.runPython([
                "\(root.path)/Applications/check_\(name).py",
                "http://127.0.0.1:\(server.port)\(prefix)",
            ])
            #expect(client.status == 0, "\(client.errors)\n\(server.errorLog)")
        }
    }
}

private let isApache = ServerProgram.underTest.isApache
