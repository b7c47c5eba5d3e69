// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// How workers end, and what becomes of the requests that they have.
@Suite("Python workers that end", .enabled(if: hasPython && !underApache))
struct PythonEndTests {
    @Test("by SIGKILL cost the client in them its answer, and no other", arguments: MPM.allCases)
    func killed(mpm: MPM) throws {
        try withObedientApplication(
            "processes=2 threads=1", mpm: mpm, configuration: statusPage
        ) { server in
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
        try withObedientApplication("processes=1 threads=1", configuration: statusPage) { server in
            let held = try server.begin("/app/hold/never")
            try server.waitForBusy(1)
            let waiting = try (0..<5).map { _ in try server.begin("/app/") }
            try wait(for: "the others in the queue") { try server.figure("Queued") == "5" }
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
        // What has gone wrong is in the log of everybody, not only of who wants to know more.
        let configuration = "LogLevel warn\n\(statusPage)"
        try withObedientApplication("processes=1 threads=2", configuration: configuration) {
            server in
            for _ in 0..<3 { #expect(try server.get("/app/").status == 200) }
            // A worker counts a request when its answer is on its way.
            try wait(for: "three requests") { try server.figure("Requests") == "3" }
            #expect(try server.get("/app/\(how.given)").status == 502)

            let end = try server.waitForErrorLog("ended: \(how.expected)", within: .seconds(30))[0]
            #expect(end.contains(", after 3 requests, the last "), "\(end)")
            #expect(try server.get("/app/").status == 200)
            // It was not given to another worker as well.
            #expect(server.processLines.count { $0.end != nil } == 1)
            #expect(try server.figure("Ended crash") == "1")
        }
    }

    @Test(
        "in the middle of a response end its connection, which is no complete one",
        arguments: PythonInterface.allCases)
    func partial(interface: PythonInterface) throws {
        try withApplication(of: interface, "processes=1 threads=1") { server in
            let client = try server.begin("/app/break/go")
            try client.wait(for: "beginning")
            try server.write("/site/go", "")

            let rest = String(decoding: try client.readToEnd(), as: UTF8.self)
            #expect(!rest.contains("0\r\n\r\n"), "\(rest)")
            try server.waitForErrorLog("ended: exit status 3", within: .seconds(30))
            try server.waitForErrorLog("that answered the request ended (request=")
            #expect(try server.get("/app/").status == 200)
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

    @Test(
        "while a client still sends are answered for with 502 as well",
        arguments: PythonInterface.allCases)
    func uploading(interface: PythonInterface) throws {
        try withApplication(of: interface, "processes=1 threads=1", configuration: statusPage) {
            server in
            let worker = try server.worker()
            let upload = try server.connect()
            try upload.send(
                "POST /app/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
                    + String(repeating: "x", count: 100_000))
            try server.waitForErrorLog("the application reads")

            #expect(kill(worker, SIGKILL) == 0)

            let response = try upload.response(to: "POST", within: .seconds(30))
            #expect(response.status == 502)
            // What it still sends is not the next request.
            if response["Connection"] != ["close"] {
                try upload.send(String(repeating: "x", count: 900_000))
                #expect(try upload.get("/app/").status == 200)
            }
            #expect(try server.get("/app/").status == 200)
        }
    }

    @Test("for a request that takes too long: it is shown where, and others go on")
    func endlessLoop() throws {
        let options = "processes=2 threads=1 request-timeout=1 shutdown-timeout=1"
        let log = "LogFormat \"%>s %{wsgi-request}n\" names\nCustomLog logs/access_log names"
        try withObedientApplication(options, configuration: log) { server in
            try server.waitForErrorLog("is ready.", count: 2)

            let status = try server.begin("/app/loop").response(within: .seconds(60)).status
            #expect(status == 504)

            let name = try #require(server.waitForAccessLog().first?.split(separator: " ").last)
            let told = try server.waitForErrorLog("request=\(name)): ", count: 3)
            #expect(told.contains { $0.contains("has exceeded the request timeout of 1.0") })
            #expect(told.contains { $0.contains("in application") }, "\(told)")
            try server.waitForErrorLog(", for request-timeout", within: .seconds(60))
            // It, and no other.
            let ends = server.processLines.filter { $0.end != nil }
            #expect(ends.count == 1)
            #expect(told[0].contains("(pid=\(ends[0].pid), "), "\(told)")
            #expect(!ProcessTable.isRunning(ends[0].pid))
            let first = server.processLines.filter(\.isReady).map(\.pid).prefix(2)
            #expect(first.count { ProcessTable.isRunning($0) } == 1)
            #expect(try server.get("/app/").status == 200)
        }
    }

    @Test(
        "for a deadlock, with the stacks of its threads in the log",
        arguments: PythonInterface.allCases)
    func deadlock(interface: PythonInterface) throws {
        let options = "processes=2 threads=1 deadlock-timeout=2"
        try withApplication(of: interface, options, configuration: statusPage) { server in
            try server.waitForErrorLog("is ready.", count: 2)
            let stuck = try server.begin("/app/lock")
            // The other one answers meanwhile.
            try server.waitForBusy(1)
            #expect(try server.get("/app/").status == 200)

            #expect(try stuck.response(within: .seconds(60)).status == 502)

            let line = try server.waitForErrorLog("is in a deadlock", within: .seconds(60))[0]
            try server.waitForErrorLog("most recent call first", within: .seconds(30))
            try server.waitForErrorLog("in lock", within: .seconds(30))
            try server.waitForErrorLog(", for deadlock-timeout", within: .seconds(30))
            let ends = server.processLines.filter { $0.end != nil }
            #expect(ends.count == 1)
            #expect(line.contains("(pid=\(ends[0].pid))"))
            #expect(try server.figure("Ended deadlock-timeout") == "1")
            #expect(try server.get("/app/").status == 200)
        }
    }

    @Test(
        "are not taken to be in a deadlock because a request is long",
        arguments: PythonInterface.allCases)
    func noDeadlock(interface: PythonInterface) throws {
        try withApplication(of: interface, "processes=1 threads=2 deadlock-timeout=1") { server in
            let worker = try server.worker()
            let long = try server.begin("/app/sleep/5")

            #expect(try long.response(within: .seconds(60)).text == "one \(worker)")
            #expect(!server.errorLog.contains("deadlock"))
        }
    }

    @Test(
        "after maximum-requests are replaced without a request lost",
        arguments: PythonInterface.allCases, [1, 2])
    func maximumRequests(interface: PythonInterface, processes: Int) throws {
        let options = "processes=\(processes) threads=2 maximum-requests=20"
        try withApplication(of: interface, options) { server in
            let load = try Load(server, clients: 4, path: "/app/")
            try wait(for: "three that have been replaced", within: .seconds(90)) {
                try load.round()
                return server.processLines.count { $0.end != nil } >= 3
            }

            #expect(Set(load.statuses.keys) == [200])
            let lines = server.processLines
            for line in lines where line.end != nil {
                #expect(line.text.contains("exit status 0, for maximum-requests"), "\(line.text)")
                // Of several up to a tenth less, so that not all end at once.
                #expect(line.served ?? 0 >= (processes == 1 ? 20 : 18), "\(line.text)")
            }
        }
    }

    @Test(
        "live longer than maximum-requests by maximum-requests-jitter",
        arguments: PythonInterface.allCases)
    func jitter(interface: PythonInterface) throws {
        let options = "processes=1 threads=1 maximum-requests=5 maximum-requests-jitter=1000000"
        try withApplication(of: interface, options) { server in
            let worker = try server.worker()
            for _ in 0..<40 { _ = try server.worker() }

            // What it asks for now comes after what it has asked for.
            #expect(kill(worker, SIGUSR1) == 0)
            try wait(for: "its wish") { server.processLines.contains { $0.replacement != nil } }
            let wishes = server.processLines.compactMap(\.replacement)
            #expect(wishes == ["eviction"])
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
}
