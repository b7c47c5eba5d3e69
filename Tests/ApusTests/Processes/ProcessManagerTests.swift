// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Foundation
import Testing

@Suite("The parent", .serialized)
struct ProcessManagerTests {
    @Test("starts as many children as it is told")
    func start() throws {
        let probe = try RunningProbe(["start": "3", "min": "3"])
        try waitUntil("there are 3") { probe.children.count == 3 }
        #expect(try probe.children.contains(probe.ask().pid))
        #expect(probe.log.contains("[notice] AH00163: probe configured -- resuming normal"))
        #expect(probe.file("pid") == "\(probe.pid)\n")
    }

    @Test("replaces a child that crashes, and logs the signal and the request")
    func crash() throws {
        // No other child may answer, as one would that is started because this one is busy.
        let probe = try RunningProbe(["start": "1", "limit": "1"])
        let client = try probe.connect()
        let first = try client.ask("/")
        #expect(throws: (any Error).self) { try client.ask("/crash") }

        let second = try probe.ask()

        #expect(second.pid != first.pid)
        #expect(second.slot == first.slot)
        #expect(probe.log.contains("child pid \(first.pid) exit signal Aborted (6)"))
        #expect(probe.log.contains("child pid \(first.pid) was serving \"/crash\" for client"))
    }

    @Test("replaces a child after MaxConnectionsPerChild connections")
    func maximumConnections() throws {
        let probe = try RunningProbe(["start": "1", "maxperchild": "3"])
        let pids = try (0..<7).map { _ in try probe.ask().pid }
        for pid in Set(pids) { #expect(pids.count { $0 == pid } <= 3) }
    }

    @Test("never has more children than MaxRequestWorkers")
    func limit() throws {
        let probe = try RunningProbe(["start": "1", "min": "2", "limit": "2"])
        let holders = try (0..<2).map { _ in try probe.connect() }
        for holder in holders { _ = try holder.ask("/") }
        let waiting = try probe.connect()
        try waiting.send("/\n")
        try waitUntil("the limit is told") { probe.log.contains("AH00161") }

        #expect(probe.children.count == 2)
        #expect(!waiting.isReadable)
        _ = holders
    }

    @Test("retires idle children, one by one")
    func retirement() throws {
        let probe = try RunningProbe(["start": "4", "min": "1", "max": "2"])
        // There are two for a moment too while they start.
        var most = 0
        try waitUntil("two are left") {
            most = max(most, probe.children.count)
            return most > 2 && probe.children.count == 2
        }
        let answering = try probe.ask().pid
        #expect(probe.children.contains(answering))
    }

    @Test("starts more when too few are idle")
    func spares() throws {
        let probe = try RunningProbe(["start": "1", "min": "3"])
        try waitUntil("there are 3") { probe.children.count >= 3 }
    }

    @Test("ends with all children when it is told to, and takes its pid file along")
    func stop() throws {
        let probe = try RunningProbe()
        let child = try probe.ask().pid
        probe.signal(SIGTERM)

        #expect(try probe.exitStatus() == .exited(status: 0))
        #expect(!isRunning(child))
        #expect(probe.file("pid").isEmpty)
        #expect(probe.log.contains("AH00169: caught SIGTERM, shutting down"))
    }

    @Test("ends when a child says that none will ever work")
    func fatal() throws {
        let probe = try RunningProbe(["start": "1"])
        let client = try probe.connect()
        try client.send("/exit/15\n")
        #expect(try probe.exitStatus() == .exited(status: 1))
        #expect(probe.log.contains("AH00050: Child"))
    }

    @Test("can serve by itself, until it is interrupted")
    func alone() throws {
        let probe = try RunningProbe(["alone": "1"])
        #expect(try probe.ask().pid == probe.pid)
        #expect(probe.children.isEmpty)
        probe.signal(SIGINT)
        _ = try probe.exitStatus()
    }

    @Test("is missed by its children, who then leave")
    func orphans() throws {
        let probe = try RunningProbe(["start": "2"])
        try waitUntil("there are 2") { probe.children.count == 2 }
        let children = probe.children
        probe.signal(SIGKILL)
        try waitUntil("they are gone") { !children.contains(where: isRunning) }
    }
}

@Suite("A graceful stop", .serialized)
struct GracefulStopTests {
    @Test("refuses new connections, and finishes what has begun")
    func finishes() throws {
        let probe = try RunningProbe()
        let held = try probe.connect()
        _ = try held.ask("/")
        try held.send("/hold\n")
        probe.signal(SIGWINCH)
        try waitUntil("it is told") {
            probe.log.contains("AH00170: caught SIGWINCH, shutting down gracefully")
        }
        try waitUntil("nobody listens") { (try? probe.connect()) == nil }

        try held.send("x")
        _ = try held.answer()

        #expect(try probe.exitStatus() == .exited(status: 0))
        #expect(probe.file("pid").isEmpty)
    }

    @Test("takes no longer than GracefulShutdownTimeout")
    func timeout() throws {
        let probe = try RunningProbe(["graceful-timeout": "1"])
        let held = try probe.connect()
        _ = try held.ask("/")
        try held.send("/hold\n")
        probe.signal(SIGWINCH)
        #expect(try probe.exitStatus() == .exited(status: 0))
    }
}

@Suite("A restart", .serialized)
struct RestartTests {
    @Test("that is graceful keeps the process and finishes requests under way")
    func graceful() throws {
        let probe = try RunningProbe(["start": "2"])
        let held = try probe.connect()
        let child = try held.ask("/").pid
        try held.send("/hold\n")
        probe.signal(SIGUSR1)
        try waitUntil("there is a new generation") { try probe.ask().generation == 1 }

        #expect(isRunning(child))
        try held.send("x")
        #expect(try held.answer().pid == child)
        try waitUntil("the old child has gone") { !isRunning(child) }

        #expect(!probe.hasEnded)
        #expect(probe.file("pid") == "\(probe.pid)\n")
        #expect(try probe.ask().generation == 1)
        // A second one, to be told to the image that took over.
        probe.signal(SIGUSR1)
        try waitUntil("there is another generation") { try probe.ask().generation == 2 }
    }

    @Test("counts the children of before against the limit")
    func limit() throws {
        let probe = try RunningProbe(["start": "2", "min": "1", "limit": "2"])
        let held = try (0..<2).map { _ in try probe.connect() }
        for client in held { _ = try client.ask("/") }
        for client in held { try client.send("/hold\n") }
        probe.signal(SIGUSR1)
        try waitUntil("it has restarted") { probe.log.contains("AH00171") }
        let waiting = try probe.connect()
        try waiting.send("/\n")
        #expect(probe.children.count == 2)

        try held[0].send("x")
        #expect(try waiting.answer().generation == 1)
        #expect(probe.children.count <= 2)
    }

    @Test("with a broken configuration leaves the server as it is, and says why")
    func broken() throws {
        let probe = try RunningProbe()
        try Data().write(to: probe.directory.appending(path: "broken"))
        for signal in [SIGUSR1, SIGHUP] {
            let before = probe.log
            probe.signal(signal)
            try waitUntil("it has been told") {
                probe.log.dropFirst(before.count).contains("the server goes on as it was")
            }
        }
        #expect(probe.log.contains("[error] Invalid command 'Broken'"))
        #expect(try probe.ask().generation == 0)
    }

    @Test("that is not graceful ends the old children and keeps the sockets")
    func hard() throws {
        let probe = try RunningProbe()
        let child = try probe.ask().pid
        probe.signal(SIGHUP)
        // Such a restart may cut a connection.
        try waitUntil("there is a new generation") { (try? probe.ask())?.generation == 1 }
        #expect(!isRunning(child))
        #expect(!probe.hasEnded)
    }

    @Test("is done even when it is told while the server starts")
    func early() throws {
        let probe = try RunningProbe(["pause": "DIR/pause"])
        // Its socket is open, and it has no handlers yet.
        probe.signal(SIGUSR1)
        try Data().write(to: probe.directory.appending(path: "pause"))
        try waitUntil("there is a new generation") { try probe.ask().generation == 1 }
    }

    @Test("of ten under load loses no request")
    func load() throws {
        let probe = try RunningProbe(["start": "4", "min": "2", "limit": "16", "max": "16"])
        let load = ProbeLoad(probe, clients: 4)
        for generation in 1...10 {
            probe.signal(SIGUSR1)
            try waitUntil("generation \(generation) serves") {
                try probe.ask().generation == generation
            }
        }
        let result = try load.finish()
        #expect(result.failed == 0)
        #expect(result.answered > 100)
    }
}

/// Whether a process is there and not merely waiting to be noticed as ended.
func isRunning(_ pid: Int32) -> Bool {
    let status = try? String(
        contentsOf: URL(fileURLWithPath: "/proc/\(pid)/stat"), encoding: .utf8)
    guard let state = status?.split(separator: ")").last?.first(where: { $0 != " " }) else {
        return false
    }
    return state != "Z" && state != "X"
}
