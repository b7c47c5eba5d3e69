// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// New versions of an application, and restarts of the server around it.
@Suite("Python applications that change", .enabled(if: hasPython && !underApache))
struct PythonReloadTests {
    @Test("are loaded anew when their script is newer", arguments: MPM.allCases)
    func script(mpm: MPM) throws {
        try withObedientApplication("processes=1 threads=2", mpm: mpm) { server in
            #expect(try server.get("/app/").text.hasPrefix("one "))

            try server.writeApplication(server.newVersion)

            try server.waitForVersion("two")
            try server.waitForErrorLog("has been reloaded")
        }
    }

    @Test("go on as they were when the new version cannot be imported")
    func broken() throws {
        try withObedientApplication("processes=1 threads=1") { server in
            let worker = try server.worker()
            try server.writeApplication("raise ValueError('not today')\n")
            for _ in 0..<5 { #expect(try server.get("/app/").text.hasPrefix("one ")) }

            try server.waitForErrorLog("could not be reloaded", within: .seconds(30))
            try server.waitForErrorLog("ValueError: not today", within: .seconds(30))
            #expect(try server.worker() == worker)

            try server.writeApplication(server.newVersion)
            try server.waitForVersion("two")
        }
    }

    @Test(
        "are switched to when they have been imported, and the old ones drain",
        arguments: PythonInterface.allCases)
    func slowImport(interface: PythonInterface) throws {
        let options = "processes=2 threads=2"
        try withApplication(of: interface, options, configuration: statusPage) { server in
            try server.waitForErrorLog("is ready.", count: 2)
            let old = server.workers
            let held = try server.begin("/app/hold/end")
            try server.waitForBusy(1)
            let script = server.root.folder.read("site/app.wsgi")
            let waits = """

                import sys
                print("the import begins", file=sys.stderr)
                while not os.path.exists(os.path.join(os.path.dirname(__file__), "import")):
                    time.sleep(0.01)

                """
            try server.write(
                "/site/app.wsgi", script.replacing("\"one %d\"", with: "\"two %d\"") + waits)

            let command = try server.beginReload("site")
            try server.waitForErrorLog("the import begins", count: 2)
            for _ in 0..<20 { #expect(try server.get("/app/").text.hasPrefix("one ")) }
            #expect(command.exit() == nil)
            try server.write("/site/import", "")
            #expect(try command.waitForExit(within: .seconds(60)).exitStatus == 0)

            for _ in 0..<20 { #expect(try server.get("/app/").text.hasPrefix("two ")) }
            #expect(held.isSilent(for: .seconds(2)))
            try server.write("/site/end", "")
            let text = try held.response(within: .seconds(60)).text
            #expect(old.map { "one \($0)" }.contains(text))
            try wait(for: "the end of the old ones", within: .seconds(60)) {
                !old.contains(where: ProcessTable.isRunning)
            }
            try server.waitForErrorLog("ended: exit status 0, for reload", count: 2)
            #expect(server.processLines.count { $0.end != nil } == 2)
        }
    }

    @Test(
        "are given what a client sends whose request began before",
        arguments: PythonInterface.allCases)
    func slowUpload(interface: PythonInterface) throws {
        let options = "processes=1 threads=2"
        try withApplication(of: interface, options, configuration: statusPage) { server in
            let worker = try server.worker()
            let upload = try server.connect()
            try upload.send(
                "POST /app/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + "Content-Length: 4\r\n\r\n")
            #expect(try server.worker() == worker)
            #expect(try server.reload("-q", "site").status == 0)
            try server.waitForErrorLog("ended: exit status 0, for reload")

            try upload.send("text")
            let text = try upload.response(within: .seconds(30)).text
            #expect(text.hasPrefix("one "), "\(text)")
        }
    }

    @Test("are given what a client sends whose request began before a restart of the server")
    func slowUploadAtRestart() throws {
        try withApplication(of: .wsgi, "processes=1 threads=2") { server in
            let worker = try server.worker()
            let upload = try server.connect()
            try upload.send(
                "POST /app/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + "Content-Length: 4\r\n\r\n")
            #expect(try server.worker() == worker)
            try server.restart(graceful: true)
            // They are kept for so long for what has begun.
            try server.waitForErrorLog("ended: exit status 0, for reload", within: .seconds(90))

            try upload.send("text")
            let text = try upload.response(within: .seconds(30)).text
            #expect(text.hasPrefix("one ") && text != "one \(worker)", "\(text)")
        }
    }

    @Test("are given what waits for room in the ones of before")
    func waitingForRoom() throws {
        let options = "processes=1 concurrency=1 graceful-timeout=120"
        try withApplication(of: .asgi, options, configuration: statusPage) { server in
            let worker = try server.worker()
            let held = try server.begin("/app/hold/go")
            try server.waitForBusy(1)
            let waiting = try (0..<3).map { _ in try server.begin("/app/") }
            try wait(for: "three in the queue") { try server.figure("Queued") == "3" }

            #expect(try server.reload("-q", "site").status == 0)

            for connection in waiting {
                let text = try connection.response(within: .seconds(30)).text
                #expect(text.hasPrefix("one ") && text != "one \(worker)", "\(text)")
            }
            #expect(try server.figure("Queued") == "0")
            try server.write("/site/go", "")
            #expect(try held.response(within: .seconds(60)).text == "one \(worker)")
        }
    }

    @Test("finish what old ones have, even if the server is restarted meanwhile")
    func restartWhileDraining() throws {
        let options = "processes=1 threads=2"
        try withApplication(of: .wsgi, options, configuration: statusPage) { server in
            let worker = try server.worker()
            let held = try server.begin("/app/hold/go")
            try server.waitForBusy(1)
            #expect(try server.reload("-q", "site").status == 0)
            #expect(try server.worker() != worker)

            try server.restart(graceful: true)
            #expect(held.isSilent(for: .seconds(2)))
            try server.write("/site/go", "")

            #expect(try held.response(within: .seconds(60)).text == "one \(worker)")
            try wait(for: "the end of the old one", within: .seconds(60)) {
                !ProcessTable.isRunning(worker)
            }
        }
    }

    @Test("go on as they were when the new version of an ASGI application does not start up")
    func failedStartup() throws {
        try withObedientApplication("processes=1", script: startingVersion) { server in
            let worker = try server.worker()
            try server.write(
                "/site/app.wsgi", startingVersion.replacing("complete", with: "failed"))

            let failed = try server.reload("site")

            #expect(failed.status == 1)
            #expect(failed.errors.contains("startup of the ASGI application"))
            #expect(failed.errors.contains("no database"), "\(failed.errors)")
            #expect(try server.worker() == worker)
            try server.write(
                "/site/app.wsgi", startingVersion.replacing("\"one\"", with: "\"two\""))
            #expect(try server.reload("-q", "site").status == 0)
            try server.waitForVersion("two")
        }
    }

    @Test("under load lose no request, by script or by command")
    func underLoad() throws {
        try withObedientApplication(
            "processes=2 threads=3",
            configuration: "MaxKeepAliveRequests 0\nKeepAliveTimeout 300"
        ) {
            server in
            let clients = try (0..<4).map { _ in try server.connect() }
            var answers: [String: Int] = [:]
            for round in 0..<400 {
                if round == 100 { try server.writeApplication(server.newVersion) }
                if round == 200 { #expect(try server.reload("-q", "site").status == 0) }
                for client in clients {
                    try client.send("GET /app/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
                }
                for client in clients {
                    let response = try client.response(within: .seconds(60))
                    let version = response.text.split(separator: " ").first.map(String.init) ?? ""
                    answers["\(response.status) \(version)", default: 0] += 1
                }
            }
            #expect(Set(answers.keys) == ["200 one", "200 two"])
            #expect(answers.values.reduce(0, +) == 1600)
        }
    }

    @Test("are loaded anew by a2reload, which tells why when they cannot be")
    func command() throws {
        try withObedientApplication("processes=1 threads=1") { server in
            let worker = try server.worker()

            let done = try server.reload("site")
            #expect(done.status == 0)
            #expect(done.output == "Reloaded process-group=site application-group=.\n")
            try wait(for: "another worker") { try server.worker() != worker }

            try server.write("/site/app.wsgi", "raise ValueError('not today')\n")
            let failed = try server.reload("site")
            #expect(failed.status == 1)
            #expect(failed.errors.contains("could not be reloaded"))
            #expect(failed.errors.contains("ValueError: not today"))
            #expect(try server.get("/app/").text.hasPrefix("one "))

            let unknown = try server.reload("other")
            #expect(unknown.status == 1)
            #expect(unknown.errors == "ERROR: no application is called other\n")
            #expect(try server.reload("-x").status == 2)
            let socket = "\(server.path)/logs/httpd-control.sock"
            var status = stat()
            #expect(unsafe stat(socket, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            try server.stop()
            #expect(unsafe access(socket, F_OK) != 0)
        }
    }

    @Test(
        "go on as they were where the new version ends, or hangs, while it is imported",
        arguments: [
            Case("import time; time.sleep(3600)", "not become ready within the startup timeout"),
            Case("import os; os._exit(4)", "ended before it was ready: exit status 4"),
            Case("import ctypes; ctypes.string_at(0)", "ended before it was ready: signal 11"),
            Case("import not_here", "No module named 'not_here'"),
        ], ["Off", "On"])
    func failedImport(script: Case, preload: String) throws {
        // The limit is for the one that hangs; others start when they can.
        let limit = script.given.contains("sleep") ? 5 : 60
        let options = "processes=2 threads=1 startup-timeout=\(limit) preload=\(preload)"
        try withObedientApplication(options, configuration: statusPage) { server in
            try server.waitForErrorLog("is ready.", count: 2)
            let workers = Set([try server.worker(), try server.worker()])
            try server.write("/site/app.wsgi", script.given + "\n")

            let failed = try server.reload("site")

            #expect(failed.status == 1)
            #expect(failed.errors.contains(script.expected), "\(failed.errors)")
            #expect(failed.errors.contains("could not be reloaded"))
            for _ in 0..<10 { #expect(try server.get("/app/").text.hasPrefix("one ")) }
            #expect(workers.allSatisfy(ProcessTable.isRunning))
            #expect(try server.figure("FailedReloads") == "1")
            // Nothing is left of it.
            try wait(for: "the end of what was started", within: .seconds(60)) {
                try server.figure("Processes") == "2"
            }
            try server.writeApplication(server.newVersion)
            try server.waitForVersion("two")
        }
    }

    @Test(
        "are taken over when their readiness path answers well", arguments: PythonInterface.allCases
    )
    func readiness(interface: PythonInterface) throws {
        let good = interface == .wsgi ? obedientApplication : awaitingVersion
        let script =
            interface == .wsgi
            ? good.replacing(
                "body = \"%s %d\"",
                with: "if words[0] == 'ready':\n        start_response('503 Not Yet', [])\n"
                    + "        return [b'']\n    body = \"%s %d\"")
            : good.replacing(
                "\"status\": 200", with: "\"status\": 503 if scope['path'] == '/ready' else 200")
        let options = "processes=1 threads=1 readiness-path=/ready"
        try withObedientApplication(options, script: good) { server in
            let worker = try server.worker()
            try server.write("/site/app.wsgi", script)

            let refused = try server.reload("site")
            #expect(refused.status == 1)
            #expect(refused.errors.contains("The readiness path /ready gave the status 503."))
            #expect(try server.worker() == worker)

            try server.write("/site/app.wsgi", good.replacing("\"one\"", with: "\"two\""))
            #expect(try server.reload("site").status == 0)
            try server.waitForVersion("two")
        }
    }

    @Test("serve on through a graceful restart of the server", arguments: MPM.allCases)
    func gracefulRestart(mpm: MPM) throws {
        try withObedientApplication("processes=1 threads=2", mpm: mpm) { server in
            let worker = try server.worker()
            let held = try server.begin("/app/hold/go")
            // The same worker answers beside it.
            #expect(try server.worker() == worker)
            try server.writeApplication(server.newVersion)

            try server.restart(graceful: true)
            for _ in 0..<50 { #expect(try server.get("/app/").status == 200) }
            try server.waitForVersion("two")
            try server.write("/site/go", "")

            #expect(try held.response(within: .seconds(60)).text == "one \(worker)")
            try wait(for: "end of the old worker", within: .seconds(90)) {
                !ProcessTable.isRunning(worker)
            }
        }
    }

    @Test("go on through a graceful restart that finds them broken", arguments: [1, 2])
    func brokenAtRestart(processes: Int) throws {
        try withObedientApplication("processes=\(processes) threads=2") { server in
            try server.waitForErrorLog("is ready.", count: processes)
            try server.writeApplication("raise ValueError('not today')\n")

            try server.restart(graceful: true)
            try server.waitForErrorLog("could not be reloaded", within: .seconds(60))
            try server.waitForErrorLog("ValueError: not today", within: .seconds(30))
            for _ in 0..<20 { #expect(try server.get("/app/").text.hasPrefix("one ")) }

            try server.writeApplication(server.newVersion)
            try server.waitForVersion("two")
        }
    }

    @Test(
        "have what the configuration says after a graceful restart, and finish what they have",
        arguments: PythonInterface.allCases)
    func configuration(interface: PythonInterface) throws {
        let options = "processes=1 threads=2"
        try withApplication(of: interface, options, configuration: statusPage) { server in
            let old = try server.worker()
            let held = try server.begin("/app/hold/go")
            #expect(try server.worker() == old)
            let alias = "WSGIScriptAlias /%s ${ROOT}/site/app.wsgi application-group=%{GLOBAL}"
            try server.root.configure(
                """
                WSGIDaemonProcess site processes=3 threads=1
                WSGIDaemonProcess other processes=1 threads=1
                \(alias.replacing("%s", with: "app")) process-group=site
                \(alias.replacing("%s", with: "other")) process-group=other
                LogLevel info
                \(statusPage)
                """)

            try server.restart(graceful: true)

            try wait(for: "three workers of the first", within: .seconds(60)) {
                try server.figure("ReadyProcesses") == "3"
            }
            let other = try server.worker("/other/")
            #expect(held.isSilent(for: .seconds(1)))
            try server.root.configure(
                """
                WSGIDaemonProcess other processes=1 threads=1
                \(alias.replacing("%s", with: "other")) process-group=other
                LogLevel info
                """)
            try server.restart(graceful: true)

            // There is no first group any more, but for what began before: with the last child of
            // before the restart that still accepts.
            try wait(for: "nothing at the first", within: .seconds(60)) {
                try server.get("/app/").status == 404
            }
            try wait(for: "another worker of the other", within: .seconds(60)) {
                try server.worker("/other/") != other
            }
            try server.write("/site/go", "")
            #expect(try held.response(within: .seconds(60)).text == "one \(old)")
            try wait(for: "one worker, of the other", within: .seconds(60)) {
                server.workers == [try server.worker("/other/")]
            }
        }
    }

    @Test("are started afresh by a hard restart")
    func hardRestart() throws {
        try withObedientApplication("processes=1 threads=1 shutdown-timeout=1 graceful-timeout=1") {
            server in
            let worker = try server.worker()
            try server.writeApplication(server.newVersion)

            try server.restart(graceful: false)

            try server.waitForVersion("two")
            try wait(for: "end of the old worker", within: .seconds(60)) {
                !ProcessTable.isRunning(worker)
            }
        }
    }

    @Test(
        "that share an application group with one that cannot be imported are served",
        arguments: PythonInterface.allCases, ["", " preload=On"])
    func brokenNeighbour(interface: PythonInterface, preload: String) throws {
        let good = interface == .wsgi ? obedientApplication : awaitingVersion
        let configuration = """
            WSGIDaemonProcess site processes=2 threads=1\(preload)
            WSGIScriptAlias /app ${ROOT}/site/app.wsgi process-group=site application-group=%{GLOBAL}
            WSGIScriptAlias /bad ${ROOT}/site/bad.wsgi process-group=site application-group=%{GLOBAL}
            """
        let files = ["/site/app.wsgi": good, "/site/bad.wsgi": "import not_here\n"]
        try withServer(configuration, modules: ["wsgi"], files: files) { server in
            try server.waitForErrorLog("not_here", within: .seconds(60))
            for _ in 0..<3 {
                #expect(try server.get("/bad/").status == 500)
                #expect(try server.get("/app/").text.hasPrefix("one "))
            }
            // The command tells of it, and renews the other one.
            let before = try server.worker()
            let partly = try server.reload("site")
            #expect(partly.status == 1)
            #expect(partly.errors.contains("No module named 'not_here'"))
            #expect(partly.errors.contains("has been reloaded, but"))
            #expect(try server.worker() != before)
            // So does a restart of the server, which has to know that from the image before.
            try server.write("/site/app.wsgi", good.replacing("\"one\"", with: "\"two\""))
            try server.restart(graceful: true)
            try server.waitForVersion("two")
            #expect(try server.get("/bad/").status == 500)
            // What works now is not given up for what does not.
            try server.write("/site/app.wsgi", "import not_there\n")
            let failed = try server.reload("site")
            #expect(failed.status == 1)
            #expect(failed.errors.contains("the version of before goes on"))
            #expect(try server.get("/app/").text.hasPrefix("two "))
            try server.write("/site/app.wsgi", good)
            try server.write("/site/bad.wsgi", good.replacing("\"one\"", with: "\"mended\""))
            #expect(try server.reload("site").status == 0)
            #expect(try server.get("/bad/").text.hasPrefix("mended "))
            #expect(try server.get("/app/").text.hasPrefix("one "))
        }
    }

    @Test("that cannot be imported at first answer 500, and serve when they can")
    func brokenAtFirst() throws {
        try withObedientApplication(
            "processes=1 threads=1 connect-timeout=1", script: "import nothing_of_this_name\n"
        ) { server in
            try server.waitForErrorLog("nothing_of_this_name", within: .seconds(30))
            #expect(try server.get("/app/").status == 500)

            try server.writeApplication(server.newVersion)

            try wait(for: "the version that works", within: .seconds(60)) {
                try server.get("/app/").status == 200
            }
        }
    }
}

extension RunningServer {
    /// Runs a2reload, told where the server listens.
    func reload(_ arguments: String...) throws -> Finished {
        try run(
            ServerProgram.sibling("a2reload"), reloadArguments + arguments, within: .seconds(120))
    }

    /// Starts a2reload, and leaves it to itself.
    func beginReload(_ arguments: String...) throws -> Subprocess {
        try Subprocess(ServerProgram.sibling("a2reload"), reloadArguments + arguments)
    }

    private var reloadArguments: [String] {
        ["-s", "\(path)/logs/httpd-control.sock", "-t", "120"]
    }
}

private let startingVersion = """
    import os

    VERSION = "one"

    async def application(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete", "message": "no database"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200})
        body = "%s %d" % (VERSION, os.getpid())
        await send({"type": "http.response.body", "body": body.encode()})
    """

private let awaitingVersion = """
    import os

    VERSION = "one"

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200})
        body = "%s %d" % (VERSION, os.getpid())
        await send({"type": "http.response.body", "body": body.encode()})
    """
