// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Workers that are replaced for what the options of their group say.
@Suite("Python workers that are replaced", .enabled(if: hasPython && !underApache))
struct PythonRecyclingTests {
    @Test(
        "for SIGUSR1 have the time of eviction-timeout for what they hold",
        arguments: PythonInterface.allCases)
    func eviction(interface: PythonInterface) throws {
        let options = "processes=1 threads=2 graceful-timeout=1 eviction-timeout=120"
        try withApplication(of: interface, options) { server in
            let worker = try server.worker()
            let held = try server.begin("/app/hold/go")
            #expect(try server.worker() == worker)

            #expect(kill(worker, SIGUSR1) == 0)

            try wait(for: "another worker", within: .seconds(60)) {
                try server.worker() != worker
            }
            #expect(held.isSilent(for: .seconds(3)))
            try server.write("/site/go", "")
            #expect(try held.response(within: .seconds(60)).text == "one \(worker)")
            try server.waitForErrorLog("for eviction", within: .seconds(60))
        }
    }

    @Test(
        "wait no longer than graceful-timeout, or eviction-timeout, for what they hold",
        arguments: PythonInterface.allCases,
        ["graceful-timeout=1", "graceful-timeout=120 eviction-timeout=1"])
    func graceful(interface: PythonInterface, timeouts: String) throws {
        let options = "processes=1 threads=2 shutdown-timeout=1 \(timeouts)"
        try withApplication(of: interface, options) { server in
            let worker = try server.worker()
            let held = try server.begin("/app/hold/never")
            #expect(try server.worker() == worker)

            #expect(try server.reload("-q", "site").status == 0)

            // A thread ends with its process; a coroutine is cancelled.
            let status = try held.response(within: .seconds(60)).status
            #expect(status == (interface == .wsgi ? 502 : 503))
            try wait(for: "end of the first", within: .seconds(60)) {
                !ProcessTable.isRunning(worker)
            }
        }
    }

    @Test("for their memory, with their part of what is shared, are replaced one at a time")
    func memory() throws {
        try withApplication(of: .wsgi, "processes=2 threads=1 pss-limit=60000000") { server in
            // Both grow, whoever answers.
            var grown: Set<pid_t> = []
            try wait(for: "both workers to grow", within: .seconds(60)) {
                grown.insert(try server.worker("/app/grow/80"))
                return grown.count == 2
            }
            try wait(for: "their successors", within: .seconds(90)) {
                let status = try server.get("/app/").status
                #expect(status == 200)
                return !grown.contains(where: ProcessTable.isRunning)
            }
            try server.waitForErrorLog(", for memory-limit", count: 2)
            // One after the other: the second is only begun with when the first has gone.
            let lines = server.processLines.compactMap { line in
                line.replacement == "memory-limit" ? "begin" : line.end != nil ? "end" : nil
            }
            #expect(lines == ["begin", "end", "begin", "end"])
        }
    }

    @Test(
        "after a time, or without requests; what they hold is finished",
        arguments: PythonInterface.allCases,
        [
            Case("restart-interval=1", "restart-interval"),
            Case("inactivity-timeout=1", "inactivity-timeout"),
        ])
    func time(interface: PythonInterface, how: Case) throws {
        let options = "processes=1 threads=2 \(how.given)"
        try withApplication(of: interface, options, configuration: statusPage) { server in
            let held = try server.begin("/app/hold/go")
            try wait(for: "an answer beside it") { try server.get("/app/").status == 200 }
            #expect(held.isSilent(for: .seconds(4)))
            let meanwhile = server.processLines.filter { $0.replacement != nil }.map(\.pid)
            try server.write("/site/go", "")

            let text = try held.response(within: .seconds(60)).text
            let worker = try #require(text.split(separator: " ").last.flatMap { pid_t($0) })
            #expect(text == "one \(worker)")
            // A process with a request is not without requests. (One that waited long for the
            // first may have been replaced before.)
            #expect(meanwhile.contains(worker) == (how.expected == "restart-interval"))
            try wait(for: "the end of \(worker)", within: .seconds(60)) {
                server.processLines.contains {
                    $0.pid == worker
                        && $0.end?.contains("exit status 0, for \(how.expected)") == true
                }
            }
            #expect(!ProcessTable.isRunning(worker))
            #expect(try server.get("/app/").status == 200)
            #expect(Int(try server.figure("Ended \(how.expected)") ?? "") ?? 0 > 0)
        }
    }

    @Test(
        "are replaced one at a time, their successor first, and no request is lost",
        arguments: PythonInterface.allCases)
    func oneAtATime(interface: PythonInterface) throws {
        try withApplication(of: interface, "processes=3 threads=2 restart-interval=2") { server in
            let load = try Load(server, clients: 4)
            try wait(for: "six that have been replaced", within: .seconds(120)) {
                try load.round()
                return server.processLines.count { $0.end != nil } >= 6
            }

            #expect(Set(load.statuses.keys) == [200])
            var replaced: pid_t?
            var hasSuccessor = false
            for line in server.processLines {
                if line.replacement != nil {
                    #expect(replaced == nil, "\(line.text)")
                    (replaced, hasSuccessor) = (line.pid, false)
                } else if line.isReady {
                    hasSuccessor = true
                } else if line.end != nil {
                    #expect(line.pid == replaced && hasSuccessor, "\(line.text)")
                    replaced = nil
                }
            }
        }
    }

    @Test("when they do not start in time, with the stacks of their threads in the log")
    func startup() throws {
        let script = "import time\ndef connect():\n    time.sleep(3600)\nconnect()\n"
        try expectLateStart(script, at: "in connect")
    }

    @Test("when an application of ASGI does not start in time")
    func lifespan() throws {
        let script = """
            import asyncio

            async def application(scope, receive, send):
                assert scope["type"] == "lifespan"
                await receive()
                await asyncio.sleep(3600)
            """
        try expectLateStart(script, at: "most recent call first")
    }

    private func expectLateStart(_ script: String, at place: String) throws {
        // The one that is mended at the end has to start within it.
        let options = "processes=1 threads=1 startup-timeout=4 connect-timeout=1 socket-timeout=1"
        try withObedientApplication(options, script: script, configuration: statusPage) { server in
            try server.waitForErrorLog("did not become ready within its startup timeout")
            try server.waitForErrorLog(place)
            try server.waitForErrorLog(", for startup-timeout", within: .seconds(60))
            let first = try #require(server.processLines.first { $0.end != nil })
            #expect(!ProcessTable.isRunning(first.pid))
            // It is tried again, and meanwhile clients hear of it.
            try wait(for: "another one", within: .seconds(60)) { server.workers != [] }
            let status = try server.get("/app/").status
            #expect(status == 500 || status == 503)
            #expect(Int(try server.figure("Ended startup-timeout") ?? "") ?? 0 > 0)

            try server.writeApplication(server.newVersion)
            try server.waitForVersion("two")
        }
    }

    @Test("end after shutdown-timeout, whatever they do at their end")
    func shutdown() throws {
        let script =
            "import atexit, time\natexit.register(time.sleep, 3600)\n" + obedientApplication
        try withObedientApplication("processes=1 threads=1 shutdown-timeout=1", script: script) {
            server in
            let worker = try server.worker()
            try server.stop(within: .seconds(60))
            #expect(!ProcessTable.isRunning(worker))
            #expect(server.errorLog.contains("Shutdown timeout expired"))
        }
    }

    @Test("are counted by cause on the status page")
    func counted() throws {
        try withObedientApplication("processes=1 threads=1", configuration: statusPage) { server in
            #expect(try server.get("/app/end").status == 502)
            #expect(try server.get("/app/").status == 200)
            #expect(try server.reload("-q", "site").status == 0)
            try wait(for: "the end of the old worker", within: .seconds(60)) {
                let text = try server.get("/status?auto").text
                return text.contains("WSGI0Ended crash: 1\n")
                    && text.contains("WSGI0Ended reload: 1\n")
                    && text.contains("WSGI0Reloads: 1\n")
            }
            #expect(try server.get("/status").text.contains("crash: 1, reload: 1"))
            try server.write("/site/app.wsgi", "raise ValueError('not today')\n")
            #expect(try server.reload("-q", "site").status == 1)
            #expect(try server.figure("FailedReloads") == "1")
            #expect(try server.figure("Reloads") == "1")
            #expect(try server.get("/status").text.contains("<td>1 (1 failed)</td>"))
        }
    }
}
