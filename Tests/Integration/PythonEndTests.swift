// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// How workers end, and what becomes of the requests that they have.
@Suite("Python workers that end", .enabled(if: hasPython && !underApache))
struct PythonEndTests {
    @Test("by SIGKILL cost the client in them its answer, and no other", arguments: MPM.allCases)
    func killed(mpm: MPM) throws {
        try withObedientApplication("processes=2 threads=1", mpm: mpm) { server in
            try wait(for: "two workers", within: .seconds(30)) { server.workers.count == 2 }
            let held = try server.begin("/app/hold/never")
            try server.waitForBusy(1)
            // The other process answers, and says which one it is.
            let other = try server.worker()
            let victim = try #require(server.workers.first { $0 != other })

            #expect(kill(victim, SIGKILL) == 0)

            #expect(try held.response(within: .seconds(30)).status == 502)
            for _ in 0..<20 { #expect(try server.get("/app/").status == 200) }
            let lines = try server.waitForErrorLog("signal 9 (Killed)", within: .seconds(30))
            #expect(lines[0].contains("it held the requests"))
            try wait(for: "another worker", within: .seconds(30)) { server.workers.count == 2 }
        }
    }

    @Test("while others wait in the queue leave these to the next one")
    func queued() throws {
        try withObedientApplication("processes=1 threads=1") { server in
            let held = try server.begin("/app/hold/never")
            try server.waitForBusy(1)
            let waiting = try (0..<5).map { _ in try server.begin("/app/") }
            let victim = try #require(server.workers.first)

            #expect(kill(victim, SIGKILL) == 0)

            #expect(try held.response(within: .seconds(30)).status == 502)
            for connection in waiting {
                #expect(try connection.response(within: .seconds(30)).status == 200)
            }
        }
    }

    @Test(
        "by themselves are replaced, and their client gets 502",
        arguments: [Case("end", "exit status 3"), Case("crash", "signal 11")])
    func crashed(how: Case) throws {
        try withObedientApplication("processes=1 threads=2") { server in
            #expect(try server.get("/app/\(how.given)").status == 502)

            try server.waitForErrorLog("ended: \(how.expected)", within: .seconds(30))
            #expect(try server.get("/app/").status == 200)
            // It was not given to another worker as well.
            #expect(try server.waitForErrorLog("ended: \(how.expected)").count == 1)
        }
    }

    @Test(
        "for want of memory have that said, as the control group counts it",
        .enabled(if: MemoryGroup.canBeMade, "needs root, and control groups that can be written"))
    func outOfMemory() throws {
        let group = try MemoryGroup(bytes: 192 << 20)
        defer { group.remove() }
        try withObedientApplication("processes=2 threads=1 shutdown-timeout=1") { server in
            try group.add(server.pid)
            // What is started from now on is in the group.
            try server.restart(graceful: false)
            try wait(for: "two workers", within: .seconds(60)) { server.workers.count == 2 }

            #expect(try server.get("/app/fill").status == 502)

            let line = try server.waitForErrorLog("ended: signal 9", within: .seconds(60))[0]
            #expect(line.contains("the kernel killed 1 for want of memory"), "\(line)")
            #expect(try server.get("/app/").status == 200)
        }
    }

    @Test("are not what sys.exit makes of them: it is an exception, answered with 500")
    func systemExit() throws {
        try withObedientApplication("processes=1 threads=1") { server in
            let worker = try server.worker()

            #expect(try server.get("/app/exit").status == 500)
            #expect(try server.worker() == worker)
            try server.waitForErrorLog("SystemExit")
        }
    }

    @Test("for a request that takes too long: it is shown where, and others go on")
    func endlessLoop() throws {
        try withObedientApplication("processes=1 threads=2 request-timeout=1 shutdown-timeout=1") {
            server in
            let worker = try server.worker()
            let endless = try server.begin("/app/loop")

            let status = try endless.response(within: .seconds(60)).status
            #expect(status == 504 || status == 502)
            try server.waitForErrorLog("has exceeded the request timeout", within: .seconds(30))
            try server.waitForErrorLog("while True:", within: .seconds(30))
            try wait(for: "another worker", within: .seconds(60)) {
                try server.worker() != worker
            }
            try wait(for: "end of the first", within: .seconds(60)) {
                !ProcessTable.isRunning(worker)
            }
        }
    }

    @Test("for a deadlock, with the stacks of its threads in the log")
    func deadlock() throws {
        try withObedientApplication("processes=2 threads=1 deadlock-timeout=2") { server in
            let stuck = try server.begin("/app/lock")

            #expect(try stuck.response(within: .seconds(60)).status == 502)
            try server.waitForErrorLog("is in a deadlock", within: .seconds(60))
            try server.waitForErrorLog("most recent call first", within: .seconds(30))
            try server.waitForErrorLog("for deadlock-timeout", within: .seconds(30))
            #expect(try server.get("/app/").status == 200)
        }
    }

    @Test("after maximum-requests are replaced without a request lost", arguments: [1, 2])
    func maximumRequests(processes: Int) throws {
        try withObedientApplication("processes=\(processes) threads=2 maximum-requests=20") {
            server in
            var seen: Set<pid_t> = []
            try wait(for: "three workers, one after another", within: .seconds(60)) {
                for _ in 0..<25 { seen.insert(try server.worker()) }
                return seen.count > 2
            }
            try server.waitForErrorLog("for maximum-requests", within: .seconds(30))
        }
    }

    @Test("with the server are gone with it", arguments: [SIGTERM, SIGWINCH])
    func serverStops(signal: Int32) throws {
        try withObedientApplication("processes=2 threads=1") { server in
            _ = try server.worker()
            try wait(for: "two workers", within: .seconds(30)) { server.workers.count == 2 }
            let workers = server.workers

            try server.signal(signal)
            try server.waitForExit(within: .seconds(60))

            #expect(workers.allSatisfy { !ProcessTable.isRunning($0) })
        }
    }

    @Test("do not outlive a server that is killed")
    func orphaned() throws {
        try withObedientApplication("processes=1 threads=1 shutdown-timeout=1 graceful-timeout=1") {
            server in
            let worker = try server.worker()

            kill(server.pid, SIGKILL)

            try wait(for: "end of the worker", within: .seconds(60)) {
                !ProcessTable.isRunning(worker)
            }
        }
    }
}

extension RunningServer {
    /// The Python processes, by the name that they give themselves.
    var workers: [pid_t] {
        ProcessTable.children(of: pid).filter { ProcessTable.program(of: $0).hasPrefix("(wsgi:") }
    }

    /// Waits until so many requests are in the application, as far as that can be seen from
    /// outside: the log has nothing of a request that runs.
    func waitForBusy(_ count: Int) throws {
        try wait(for: "workers", within: .seconds(30)) { !workers.isEmpty }
        // A request that follows is answered after the first has been taken, for the queue is one.
        if workers.count > count { _ = try worker() }
    }
}
