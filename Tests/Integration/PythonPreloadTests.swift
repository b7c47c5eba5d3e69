// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Workers that are forked from a template which has imported the application.
@Suite("Python applications with preload=On", .enabled(if: hasPython && !underApache))
struct PythonPreloadTests {
    @Test(
        "are imported once for all processes, which share what that made", arguments: MPM.allCases)
    func once(mpm: MPM) throws {
        try withPreloadedApplication(mpm: mpm) { server in
            let workers = try server.waitForWorkers()
            let template = try #require(server.templates.first)

            #expect(server.templates.count == 1)
            #expect(server.imports == [template])
            #expect(!workers.contains(template))
            let facts = try server.facts()
            #expect(facts.importer == template)
            // It is there, and no page of it is the worker's own.
            #expect(facts.resident > 48 << 10)
            #expect(facts.own < 24 << 10)
        }
    }

    @Test("have a worker that dies forked again, and say how it died")
    func killedWorker() throws {
        try withPreloadedApplication { server in
            let workers = try server.waitForWorkers()
            let victim = try #require(workers.first)

            #expect(kill(victim, SIGKILL) == 0)

            let lines = try server.waitForErrorLog("ended: signal 9", within: .seconds(60))
            #expect(lines[0].contains("(pid=\(victim))"))
            let after = try server.waitForWorkers(without: [victim])
            #expect(after.isSuperset(of: workers.subtracting([victim])))
            #expect(server.imports.count == 1)
            for _ in 0..<20 { #expect(try server.get("/app/").status == 200) }
        }
    }

    @Test("go on when their template dies, and have workers from the next one")
    func killedTemplate() throws {
        try withPreloadedApplication { server in
            let workers = try server.waitForWorkers()
            let template = try #require(server.templates.first)

            #expect(kill(template, SIGKILL) == 0)

            try wait(for: "another template", within: .seconds(60)) {
                server.imports.count == 2 && server.templates != [template]
                    && server.templates.count == 1
            }
            let next = try #require(server.templates.first)
            #expect(try server.waitForWorkers() == workers)

            let victim = try #require(workers.first)
            #expect(kill(victim, SIGKILL) == 0)

            let after = try server.waitForWorkers(without: [victim])
            let newcomer = try #require(after.subtracting(workers).first)
            #expect(ProcessTable.children(of: next) == [newcomer])
            #expect(server.imports == [template, next])
        }
    }

    @Test("are imported again by a reload, once")
    func reload() throws {
        try withPreloadedApplication { server in
            let workers = try server.waitForWorkers()
            let template = try #require(server.templates.first)

            #expect(try server.reload("site").status == 0)

            _ = try server.waitForWorkers(without: workers)
            try wait(for: "the end of the old processes", within: .seconds(60)) {
                !workers.union([template]).contains(where: ProcessTable.isRunning)
            }
            #expect(server.imports.count == 2)
            #expect(server.templates == [server.imports[1]])

            try server.write("/site/app.wsgi", "raise ValueError('not today')\n")
            let failed = try server.reload("site")
            #expect(failed.status == 1)
            #expect(failed.errors.contains("ValueError: not today"))
            #expect(try server.get("/app/").status == 200)
        }
    }

    @Test("have workers replaced that have served enough")
    func recycling() throws {
        try withPreloadedApplication("maximum-requests=5") { server in
            let workers = try server.waitForWorkers()

            try wait(for: "other workers", within: .seconds(60)) {
                #expect(try server.get("/app/").status == 200)
                return try server.facts().importer == server.imports[0]
                    && !workers.contains(where: ProcessTable.isRunning)
            }
            #expect(server.imports.count == 1)
        }
    }

    @Test("are not taken to hold, each of them, what they share")
    func sharedMemory() throws {
        // Each holds 48 MB and its own; its part is a quarter of these.
        let limit = 44 << 20
        let options = "pss-limit=\(limit)"
        try withPreloadedApplication(options, configuration: statusPage) { server in
            let workers = try server.waitForWorkers()
            let facts = try server.facts()
            #expect(facts.resident << 10 > limit)

            // All of them have been looked at, the template included.
            try wait(for: "their memory", within: .seconds(60)) {
                Int(try server.figure("MemoryKB") ?? "") ?? 0 > facts.resident
            }
            #expect(!server.processLines.contains { $0.replacement != nil })
            #expect(try server.waitForWorkers() == workers)
        }
    }

    @Test("may be of ASGI")
    func asynchronous() throws {
        let script = """
            import os
            IMPORTER = os.getpid()

            async def application(scope, receive, send):
                if scope["type"] != "http":
                    return
                await send({"type": "http.response.start", "status": 200})
                text = b"%d %d" % (IMPORTER, os.getpid())
                await send({"type": "http.response.body", "body": text})

            """
        try withObedientApplication("processes=3 preload=On", script: script) { server in
            let workers = try server.waitForWorkers()
            let template = try #require(server.templates.first)
            for _ in 0..<20 {
                let text = try server.get("/app/").text
                let pids = text.split(separator: " ").compactMap { pid_t($0) }
                try #require(pids.count == 2, "\(text)")
                #expect(pids[0] == template)
                #expect(workers.contains(pids[1]))
            }
        }
    }

    @Test("are imported anew by a hard restart of the server, and nothing is left of before")
    func hardRestart() throws {
        try withPreloadedApplication("graceful-timeout=1 shutdown-timeout=1") { server in
            let before = try server.waitForWorkers().union(server.templates)
            let held = try server.begin("/app/hold/never")
            #expect(held.isSilent(for: .milliseconds(200)))

            try server.restart(graceful: false)

            let after = try server.waitForWorkers(without: before)
            #expect(server.imports.count == 2)
            #expect(server.templates == [server.imports[1]])
            for _ in 0..<10 {
                #expect(try server.facts().importer == server.imports[1])
            }
            try wait(for: "the end of the old processes", within: .seconds(60)) {
                !before.contains(where: ProcessTable.isRunning)
            }
            #expect(after.allSatisfy(ProcessTable.isRunning))
        }
    }

    @Test("serve on through a graceful restart of the server, and end with it")
    func restart() throws {
        try withPreloadedApplication { server in
            let workers = try server.waitForWorkers()
            let template = try #require(server.templates.first)
            let held = try server.begin("/app/hold/go")

            try server.restart(graceful: true)
            for _ in 0..<50 { #expect(try server.get("/app/").status == 200) }
            _ = try server.waitForWorkers(without: workers)
            try server.write("/site/go", "")

            #expect(try held.response(within: .seconds(60)).status == 200)
            try wait(for: "the end of the old processes", within: .seconds(90)) {
                !workers.union([template]).contains(where: ProcessTable.isRunning)
            }
            #expect(server.imports.count == 2)

            let last = try server.waitForWorkers().union(server.templates)
            try server.stop()
            try wait(for: "the end of all processes", within: .seconds(60)) {
                !last.contains(where: ProcessTable.isRunning)
            }
        }
    }
}

/// Says which process has imported it, which one answers, and how much memory that one holds (in
/// kB): all of it, and what is its own alone.
private let preloadedApplication = """
    import os, sys, time

    IMPORTER = os.getpid()
    BALLAST = os.urandom(1 << 20) * 48
    print("imported by %d." % IMPORTER, file=sys.stderr, flush=True)

    def application(environ, start_response):
        words = environ["PATH_INFO"].strip("/").split("/")
        if words[0] == "hold":
            folder = os.path.dirname(environ["SCRIPT_FILENAME"])
            while not os.path.exists(os.path.join(folder, words[1])):
                time.sleep(0.01)
        resident = own = 0
        for line in open("/proc/self/smaps_rollup"):
            name, _, rest = line.partition(":")
            if name == "Rss":
                resident = int(rest.split()[0])
            elif name.startswith("Private_"):
                own += int(rest.split()[0])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"%d %d %d %d" % (IMPORTER, resident, own, os.getpid())]

    """

private func withPreloadedApplication<Result>(
    _ options: String = "", mpm: MPM = .event, configuration: String = "",
    _ body: (RunningServer) throws -> Result
) throws -> Result {
    try withObedientApplication(
        "processes=3 threads=2 preload=On \(options)", mpm: mpm, script: preloadedApplication,
        configuration: configuration, body)
}

extension RunningServer {
    fileprivate var templates: [pid_t] { workers }

    /// Who has imported the application, in that order.
    fileprivate var imports: [pid_t] {
        errorLog.split(separator: "\n").compactMap { line in
            guard let text = line.firstRange(of: "imported by ") else { return nil }
            return pid_t(line[text.upperBound...].prefix { $0.isNumber })
        }
    }

    fileprivate func facts() throws -> (importer: pid_t, resident: Int, own: Int, pid: pid_t) {
        let text = try get("/app/").text
        let numbers = text.split(separator: " ").compactMap { Int($0) }
        try #require(numbers.count == 4, "\(text)")
        return (pid_t(numbers[0]), numbers[1], numbers[2], pid_t(numbers[3]))
    }

    /// Waits until three workers that have said they are ready are running, and none of some.
    fileprivate func waitForWorkers(without gone: Set<pid_t> = []) throws -> Set<pid_t> {
        var running: Set<pid_t> = []
        try wait(for: "three workers", within: .seconds(60)) {
            running = Set(
                errorLog.split(separator: "\n").compactMap { line in
                    guard line.hasSuffix("is ready."),
                        let text = line.firstRange(of: "(pid=")
                    else { return nil }
                    return pid_t(line[text.upperBound...].prefix { $0.isNumber })
                }
            ).filter { !gone.contains($0) && ProcessTable.isRunning($0) }
            return running.count == 3
        }
        return running
    }
}
