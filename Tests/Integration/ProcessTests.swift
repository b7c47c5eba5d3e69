// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// The MPMs; Compatibility lines 47–54; manual: stopping, mod/mpm_common.
@Suite("Processes")
struct ProcessTests {
    @Test("serve, each MPM with the children it is told to start", arguments: MPM.allCases)
    func start(mpm: MPM) throws {
        let configuration = """
            StartServers 3
            <IfModule mpm_prefork_module>
                MinSpareServers 1
                MaxSpareServers 20
            </IfModule>
            <IfModule !mpm_prefork_module>
                ThreadsPerChild 5
                MaxRequestWorkers 15
                MinSpareThreads 1
                MaxSpareThreads 15
            </IfModule>
            """
        try withServer(configuration, mpm: mpm, files: ["page.txt": "hello"]) { server in
            try wait(for: "three children") { server.children.count == 3 }
            #expect(try server.get("/page.txt").text == "hello")
        }
    }

    @Test("write and remove the pid file", arguments: MPM.allCases)
    func pidFile(mpm: MPM) throws {
        try withServer(mpm: mpm) { server throws in
            #expect(server.root.folder.read("logs/httpd.pid") == "\(server.pid)\n")
            #expect(try server.stop().exitStatus == 0)
            #expect(!server.root.folder.exists("logs/httpd.pid"))
            #expect(server.errorLog.contains("caught SIGTERM, shutting down"))
        }
    }

    @Test("do not start without a pid file")
    func noPIDFile() throws {
        let root = try ServerRoot("")
        let result = try runServer(
            ["-DFOREGROUND", "-c", "PidFile /nonexistent/pid"], on: root)
        #expect(result.status == 1)
        let log = root.folder.read("logs/error_log")
        #expect(log.contains("could not log pid to file /nonexistent/pid"))
    }

    @Test(
        "that die are replaced, and a fault is logged", arguments: MPM.allCases, [SIGKILL, SIGSEGV])
    func replacement(mpm: MPM, signal: Int32) throws {
        try withServer("StartServers 2", mpm: mpm, files: ["page.txt": "hello"]) { server in
            try wait(for: "children") { server.children.count >= 2 }
            let victim = server.children[0]
            kill(victim, signal)
            // Whoever kills with KILL knows of it, so that is not logged.
            if signal == SIGSEGV {
                let lines = try server.waitForErrorLog("AH00052: child pid \(victim) exit signal ")
                #expect(lines.first?.contains("Segmentation fault (11)") == true)
            }
            try wait(for: "replacement") { server.children.filter { $0 != victim }.count >= 2 }
            #expect(try server.get("/page.txt").text == "hello")
        }
    }

    @Test("are all new after a graceful restart, under the same parent", arguments: MPM.allCases)
    func gracefulRestart(mpm: MPM) throws {
        try withServer("Header set X one", mpm: mpm, files: ["page.txt": ""]) { server in
            let before = server.children
            try server.root.configure("Header set X two")
            try server.restart(graceful: true)
            try wait(for: "new configuration") { try server.get("/page.txt")["X"] == ["two"] }
            try wait(for: "end of the old children") {
                Set(server.children).isDisjoint(with: before)
            }
            #expect(server.root.folder.read("logs/httpd.pid") == "\(server.pid)\n")
            let messages: [MPM: String] = [
                .prefork: "AH00171: Graceful restart requested, doing restart",
                .worker: "AH00297: SIGUSR1 received.  Doing graceful restart",
                .event: "AH00493: SIGUSR1 received.  Doing graceful restart",
            ]
            #expect(server.errorLog.contains(messages[mpm]!))
        }
    }

    @Test("are all new after a restart", arguments: MPM.allCases)
    func restart(mpm: MPM) throws {
        try withServer("Header set X one", mpm: mpm, files: ["page.txt": ""]) { server in
            let before = server.children
            try server.root.configure("Header set X two")
            try server.restart(graceful: false)
            try wait(for: "new configuration") { try server.get("/page.txt")["X"] == ["two"] }
            #expect(Set(server.children).isDisjoint(with: before))
            #expect(server.errorLog.contains("SIGHUP received.  Attempting to restart"))
        }
    }

    @Test("lose no request over graceful restarts", arguments: MPM.allCases)
    func noneLost(mpm: MPM) throws {
        try withServer("MaxKeepAliveRequests 0", mpm: mpm, files: ["page.txt": "hello"]) { server in
            var lost: [String] = []
            for _ in 1...3 {
                let generation = server.errorLog.split(separator: "resuming normal operations")
                    .count
                try server.signal(SIGUSR1)
                for _ in 1...50 {
                    do {
                        let response = try server.get("/page.txt")
                        if response.text != "hello" { lost.append("\(response)") }
                    } catch { lost.append("\(error)") }
                }
                try server.waitForErrorLog("resuming normal operations", count: generation)
            }
            // Apache may lose some; it did not in the runs that this was written with.
            withKnownIssue(isIntermittent: true) {
                #expect(lost == [])
            } when: {
                underApache
            }
        }
    }

    @Test(
        "finish a slow request over a graceful restart and a graceful stop",
        arguments: MPM.allCases, [SIGUSR1, SIGWINCH])
    func slowRequest(mpm: MPM, signal: Int32) throws {
        let script =
            "#!/bin/sh\necho; echo begin; until test -e ../logs/go-on || ! test -d ../logs; do sleep 0.02; done; echo end"
        try withServer("ScriptAlias /cgi ${ROOT}/cgi-bin", mpm: mpm, modules: ["cgi"]) { server in
            try server.write("/cgi-bin/slow", script, mode: 0o755)
            let connection = try server.connect()
            try connection.send("GET /cgi/slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let begin = try connection.read(atLeast: 1)
            try server.signal(signal)
            if signal == SIGUSR1 {
                try server.waitForErrorLog("resuming normal operations", count: 2)
            } else {
                try wait(for: "closed listener") { (try? server.connect()) == nil }
            }
            try server.write("/logs/go-on", "")
            let text = String(decoding: try begin + connection.readToEnd(), as: UTF8.self)
            #expect(text.contains("begin\n"))
            #expect(text.contains("end\n"))
            if signal == SIGWINCH { #expect(try server.waitForExit().exitStatus == 0) }
        }
    }

    @Test("leave after GracefulShutdownTimeout whatever still runs", arguments: MPM.allCases)
    func gracefulShutdownTimeout(mpm: MPM) throws {
        try withServer("GracefulShutdownTimeout 1\nKeepAliveTimeout 60", mpm: mpm) { server in
            let connection = try server.connect()
            try connection.send("GET / HTTP/1.1\r\n")
            try server.signal(SIGWINCH)
            #expect(try server.waitForExit().exitStatus == 0)
        }
    }

    /// Apache stops over a broken configuration; ours says why and goes on as it was.
    @Test(
        "go on over a restart with a broken configuration", .enabled(if: !underApache),
        arguments: [SIGUSR1, SIGHUP])
    func brokenConfiguration(signal: Int32) throws {
        try withServer(files: ["page.txt": "hello"]) { server in
            try server.root.configure("Nonsense")
            try server.signal(signal)
            try server.waitForErrorLog("Invalid command 'Nonsense'")
            #expect(try server.get("/page.txt").text == "hello")
            try server.root.configure("")
            try server.restart(graceful: true)
            #expect(try server.get("/page.txt").text == "hello")
        }
    }

    @Test("refuse a broken configuration at -k graceful, and go on")
    func brokenControl() throws {
        try withServer(files: ["page.txt": "hello"]) { server in
            try server.waitForErrorLog("resuming normal operations")
            try server.root.configure("Nonsense")
            let result = try runServer(["-k", "graceful"], on: server.root)
            #expect(result.status == 1)
            #expect(result.messages.last?.hasPrefix("Invalid command 'Nonsense'") == true)
            #expect(try server.get("/page.txt").text == "hello")
        }
    }

    @Test("are renewed after MaxConnectionsPerChild", arguments: MPM.allCases)
    func maxConnectionsPerChild(mpm: MPM) throws {
        let configuration = "StartServers 1\nMaxConnectionsPerChild 5\nKeepAlive Off"
        try withServer(configuration, mpm: mpm, files: ["page.txt": "hello"]) { server in
            try wait(for: "children") { !server.children.isEmpty }
            let before = Set(server.children)
            try wait(for: "renewed children") {
                for _ in 1...10 { _ = try? server.get("/page.txt") }
                return Set(server.children).isDisjoint(with: before)
            }
            #expect(try server.get("/page.txt").text == "hello")
        }
    }

    @Test(
        "serve no more at a time than MaxRequestWorkers, and say so once", arguments: MPM.allCases)
    func maxRequestWorkers(mpm: MPM) throws {
        let configuration = """
            ScriptAlias /cgi ${ROOT}/cgi-bin
            <IfModule mpm_prefork_module>
                StartServers 2
            </IfModule>
            <IfModule !mpm_prefork_module>
                StartServers 1
                ServerLimit 1
                ThreadsPerChild 2
            </IfModule>
            MaxRequestWorkers 2
            """
        let script =
            "#!/bin/sh\ntouch ../logs/running.$$; until test -e ../logs/go-on || ! test -d ../logs; do sleep 0.02; done; echo; echo done"
        try withServer(configuration, mpm: mpm, modules: ["cgi"]) { server in
            try server.write("/cgi-bin/wait", script, mode: 0o755)
            let connections = try (1...3).map { _ in try server.connect() }
            for connection in connections {
                try connection.send(
                    "GET /cgi/wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            }
            try wait(for: "two scripts") { running(server) == 2 }
            try server.waitForErrorLog(
                "server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting"
            )
            #expect(running(server) == 2)
            try server.write("/logs/go-on", "")
            for connection in connections { #expect(try connection.response().text == "done\n") }
        }
    }

    @Test("run as the user of the configuration", .enabled(if: geteuid() == 0))
    func user() throws {
        try withServer("ScriptAlias /cgi ${ROOT}/cgi-bin", modules: ["cgi"]) { server in
            try server.write("/cgi-bin/id", "#!/bin/sh\necho; id -u", mode: 0o755)
            let text = try server.get("/cgi/id").text
            #expect(Int(text.dropLast()) ?? 0 > 0)
        }
    }

    @Test(
        "correct bounds that make no sense, and warn",
        arguments: [
            Case("event ThreadsPerChild 100000", "AH00507"),
            Case("event ThreadsPerChild 0", "AH00509"),
            Case("event MaxRequestWorkers 1", "AH00511"),
            Case("event MaxRequestWorkers 26", "AH00513"),
            Case("event MaxRequestWorkers 5000", "AH00515"),
            Case("event StartServers 0", "AH00517"),
            Case("event MinSpareThreads 0", "AH00519"),
        ])
    func bounds(bound: Case) throws {
        let words = bound.given.split(separator: " ", maxSplits: 1)
        let mpm = MPM(rawValue: String(words[0]))!
        try withServer(String(words[1]), mpm: mpm, files: ["page.txt": "hello"]) { server in
            let response = try server.get("/page.txt")
            #expect(response.text == "hello")
            #expect((server.errorLog + server.output).contains("\(bound.expected): "))
        }
    }

    @Test("stay as many when nobody asks for anything", arguments: MPM.allCases)
    func idle(mpm: MPM) throws {
        try withServer("StartServers 2", mpm: mpm) { server in
            try wait(for: "children") { server.children.count >= 2 }
            for child in server.children { #expect(ProcessTable.threads(of: child) < 150) }
        }
    }

    private func running(_ server: RunningServer) -> Int {
        server.root.folder.names("logs").filter { $0.hasPrefix("running.") }.count
    }
}
