// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// What a server goes through while it has connections; manual: stopping.
@Suite("Restarts")
struct RestartTests {
    /// Apache closes connections that idle, and a request that is on its way to one is lost.
    @Test(
        "leave idle connections their time, and close them with the next response",
        .enabled(if: !underApache), arguments: MPM.allCases)
    func idleConnection(mpm: MPM) throws {
        let configuration = "KeepAliveTimeout 30"
        try withServer(configuration, mpm: mpm, files: ["page.txt": "hello"]) { server in
            let connection = try server.connect()
            let request = "GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n"
            #expect(try connection.request(request)["Connection"] == [])
            let before = Set(server.children)
            try server.restart(graceful: true)
            try wait(for: "children of the new generation") {
                server.children.contains { !before.contains($0) }
            }
            let last = try connection.request(request)
            #expect(last.text == "hello")
            #expect(last["Connection"] == ["close"])
            #expect(try connection.readToEnd() == [])
            connection.abort()
            try wait(for: "end of the old children") {
                Set(server.children).isDisjoint(with: before)
            }
        }
    }

    @Test("close idle connections when their time is over", arguments: MPM.allCases)
    func idleTimeout(mpm: MPM) throws {
        try withServer("KeepAliveTimeout 1", mpm: mpm, files: ["page.txt": "hello"]) { server in
            let connection = try server.connect()
            let request = "GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n"
            #expect(try connection.request(request).text == "hello")
            #expect(try connection.readToEnd() == [])
        }
    }

    /// Apache stops then; ours says why and goes on as it was.
    @Test("are not done when an address is taken", .enabled(if: !underApache))
    func takenAddress() throws {
        try withServer(files: ["page.txt": "one"]) { other in
            try withServer(files: ["page.txt": "hello"]) { server in
                try server.root.configure("Listen 127.0.0.1:\(other.port)")
                try server.signal(SIGUSR1)
                try server.waitForErrorLog(
                    "(98)Address already in use: AH00072: make_sock: could not bind to address "
                        + "127.0.0.1:\(other.port)")
                try server.waitForErrorLog("not restarting")
                #expect(try server.get("/page.txt").text == "hello")
                try server.root.configure("Listen 127.0.0.1:\(server.secondPort)")
                try server.restart(graceful: true)
                let response = try server.connect(port: server.secondPort)
                    .request("GET /page.txt HTTP/1.0\r\n\r\n")
                #expect(response.text == "hello")
            }
        }
    }

    @Test("end listening on addresses that are no longer named", arguments: MPM.allCases)
    func closedAddress(mpm: MPM) throws {
        let configuration = "Listen 127.0.0.1:${PORT2}"
        try withServer(configuration, mpm: mpm, files: ["page.txt": "hello"]) { server in
            let response = try server.connect(port: server.secondPort)
                .request("GET /page.txt HTTP/1.0\r\n\r\n")
            #expect(response.text == "hello")
            try server.root.configure("")
            try server.restart(graceful: true)
            try wait(for: "closed port") {
                (try? server.connect(port: server.secondPort)) == nil
            }
            #expect(try server.get("/page.txt").text == "hello")
            #expect(!server.errorLog.contains("AH00451"))
        }
    }

    @Test("serve in one process with -X", .enabled(if: !underApache), arguments: MPM.allCases)
    func alone(mpm: MPM) throws {
        try withServer(mpm: mpm, files: ["page.txt": "hello"], arguments: ["-X"]) { server throws in
            #expect(try server.get("/page.txt").text == "hello")
            #expect(server.children == [])
            kill(server.pid, SIGTERM)
            #expect(try server.waitForExit().exitStatus == 0)
        }
    }
}

/// How many requests are served at once, and what is said of one that brings its child down.
@Suite("Requests in progress")
struct RequestsInProgressTests {
    private static let script = """
        #!/bin/sh
        touch ../logs/running.$$
        ls ../logs | grep -c '^running' >> ../logs/counts
        until test -e ../logs/go-on || ! test -d ../logs; do sleep 0.02; done
        rm ../logs/running.$$
        echo; echo done
        """

    @Test("wait for a worker, and get one each", arguments: MPM.allCases)
    func turns(mpm: MPM) throws {
        let configuration = """
            ScriptAlias /cgi ${ROOT}/cgi-bin
            StartServers 1
            <IfModule mpm_prefork_module>
                StartServers 2
            </IfModule>
            <IfModule !mpm_prefork_module>
                ServerLimit 1
                ThreadsPerChild 2
            </IfModule>
            MaxRequestWorkers 2
            """
        try withServer(configuration, mpm: mpm, modules: ["cgi"]) { server in
            try server.write("/cgi-bin/wait", Self.script, mode: 0o755)
            let connections = try (1...8).map { _ in try server.connect() }
            for connection in connections {
                try connection.send(
                    "GET /cgi/wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            }
            try wait(for: "two scripts") {
                server.root.folder.read("logs/counts").split(separator: "\n").count == 2
            }
            try server.write("/logs/go-on", "")
            for connection in connections { #expect(try connection.response().text == "done\n") }
            let counts = server.root.folder.read("logs/counts").split(separator: "\n")
            #expect(counts.count == 8)
            #expect(counts.allSatisfy { $0 == "1" || $0 == "2" })
        }
    }

    @Test(
        "are named when their child dies of a fault", .enabled(if: !underApache),
        arguments: MPM.allCases)
    func fault(mpm: MPM) throws {
        try withServer("ScriptAlias /cgi ${ROOT}/cgi-bin", mpm: mpm, modules: ["cgi"]) { server in
            try server.write("/cgi-bin/wait", Self.script, mode: 0o755)
            let connection = try server.connect()
            try connection.send("GET /cgi/wait?fault HTTP/1.1\r\nHost: a\r\n\r\n")
            try wait(for: "script") {
                server.root.folder.names("logs").contains { $0.hasPrefix("running.") }
            }
            for child in server.children { kill(child, SIGSEGV) }
            let lines = try server.waitForErrorLog("was serving")
            #expect(lines.count == 1)
            #expect(lines[0].contains("was serving \"GET /cgi/wait?fault HTTP/1.1\""))
            try server.write("/logs/go-on", "")
        }
    }
}
