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

    @Test("for graceful-timeout end with what they hold")
    func graceful() throws {
        let options = "processes=1 threads=2 graceful-timeout=1 shutdown-timeout=1"
        try withApplication(of: .wsgi, options) { server in
            let worker = try server.worker()
            let held = try server.begin("/app/hold/never")
            #expect(try server.worker() == worker)

            #expect(try server.reload("-q", "site").status == 0)

            #expect(try held.response(within: .seconds(60)).status == 502)
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
            try server.waitForErrorLog("for memory-limit", count: 2)
            // One after the other: the second is only begun with when the first has gone.
            let lines = server.errorLog.split(separator: "\n").compactMap { line in
                line.contains("is to be replaced: memory-limit")
                    ? "begin" : line.contains("for memory-limit") ? "end" : nil
            }
            #expect(lines == ["begin", "end", "begin", "end"])
        }
    }

    @Test(
        "after a time, or without requests",
        arguments: [
            Case("restart-interval=1", "for restart-interval"),
            Case("inactivity-timeout=1", "for inactivity-timeout"),
        ])
    func time(how: Case) throws {
        try withApplication(of: .wsgi, "processes=1 threads=1 \(how.given)") { server in
            let worker = try server.worker()
            try server.waitForErrorLog(how.expected, within: .seconds(60))
            #expect(!ProcessTable.isRunning(worker))
            #expect(try server.get("/app/").status == 200)
        }
    }

    @Test("when they do not start in time, with the stacks of their threads in the log")
    func startup() throws {
        let script = "import time\ntime.sleep(3600)\n"
        try withObedientApplication("processes=1 threads=1 startup-timeout=1", script: script) {
            server in
            try server.waitForErrorLog("did not become ready within its startup timeout")
            try server.waitForErrorLog("most recent call first")
            try server.waitForErrorLog("for startup-timeout", within: .seconds(60))
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
        let status = "<Location /status>\nSetHandler server-status\n</Location>"
        try withObedientApplication("processes=1 threads=1", configuration: status) { server in
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
        }
    }
}
