// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Foundation
import Testing

@Suite("A service of the parent", .serialized)
struct ParentServiceTests {
    @Test("starts before there are children, and once")
    func start() throws {
        let probe = try RunningProbe(["service": "exec sleep 1000"])
        _ = try probe.ask()
        let lines = probe.log.split(separator: "\n")
        #expect(lines.first?.contains("service: started") == true)
        #expect(lines.count { $0.contains("service: started") } == 1)
    }

    @Test("is told of a descriptor that a child writes to")
    func descriptors() throws {
        let probe = try RunningProbe(["service": "exec sleep 1000"])
        for word in ["one", "two"] {
            _ = try probe.ask("/service/\(word)")
            try waitUntil("it is read") { probe.log.contains("service: read '\(word)'") }
        }
    }

    @Test("is called at the times it asked for, in their order")
    func timers() throws {
        let probe = try RunningProbe(["service": "exec sleep 1000"])
        try waitUntil("the last has fired") { probe.log.contains("service: a timer has fired") }
        let nearer = try #require(probe.log.range(of: "service: a nearer one too"))
        let other = try #require(probe.log.range(of: "service: a timer has fired"))
        #expect(nearer.lowerBound < other.lowerBound)
        #expect(!probe.log.contains("service: cancelled"))
    }

    @Test("is told how its program ended")
    func ends() throws {
        let probe = try RunningProbe(["service": "exit 3"])
        try waitUntil("it is told") { probe.log.contains("ended: exited(status: 3)") }

        let other = try RunningProbe(["service": "exec sleep 1000"])
        kill(try program(of: other), SIGKILL)
        try waitUntil("it is told") { other.log.contains("ended: signaled(9, dumpedCore: false)") }
        #expect(try other.ask().generation == 0)
    }

    @Test("is told why its program could not be started")
    func failure() throws {
        let probe = try RunningProbe(["service-file": "/nowhere/at/all"])
        try waitUntil("it is told") {
            probe.log.contains("cannot start: execve: No such file or directory")
        }
    }

    @Test("of which there is none is no part of the server")
    func none() throws {
        let probe = try RunningProbe(["service": "exec sleep 1000", "service-unless": "/"])
        _ = try probe.ask()
        #expect(!probe.log.contains("service:"))
    }
}

@Suite("A service of the parent, at a restart,", .serialized)
struct ParentServiceRestartTests {
    @Test("hands on its program and its descriptors", arguments: [SIGUSR1, SIGHUP])
    func handsOn(signal: Int32) throws {
        let probe = try RunningProbe(["service": "exec sleep 1000"])
        let program = try program(of: probe)
        for generation in 1...2 {
            probe.signal(signal)
            // A child that is told to stop leaves its clients at once.
            try waitUntil("there is a new generation") {
                (try? probe.ask())?.generation == generation
            }
        }
        let how = signal == SIGUSR1 ? "gracefully" : "hard"
        #expect(probe.log.contains("service: inherited '\(how) from \(probe.pid)'"))
        #expect(isRunning(program))
        _ = try probe.ask("/service/more")
        try waitUntil("it is read") { probe.log.contains("service: read 'more'") }

        kill(program, SIGKILL)
        try waitUntil("it is told") { probe.log.contains("service: \(program) ended: signaled(9") }
    }

    @Test("goes on when the configuration is broken")
    func broken() throws {
        let probe = try RunningProbe(["service": "exec sleep 1000"])
        let program = try program(of: probe)
        try Data().write(to: probe.directory.appending(path: "broken"))
        probe.signal(SIGUSR1)
        try waitUntil("it has been told") { probe.log.contains("the server goes on as it was") }
        _ = try probe.ask("/service/more")
        try waitUntil("it is read") { probe.log.contains("service: read 'more'") }
        #expect(isRunning(program))
    }

    @Test(
        "loses a program that it does not hand on, or that is not taken",
        arguments: ["service-forgets", "service-refuses"])
    func forgets(setting: String) throws {
        let probe = try RunningProbe(["service": "exec sleep 1000", setting: "1"])
        let program = try program(of: probe)
        probe.signal(SIGUSR1)
        try waitUntil("there is a new generation") { try probe.ask().generation == 1 }
        try waitUntil("it is gone") { !isRunning(program) }
    }

    @Test("that is there no more leaves nothing behind")
    func gone() throws {
        let probe = try RunningProbe([
            "service": "exec sleep 1000", "service-unless": "DIR/gone",
        ])
        let program = try program(of: probe)
        // With the first child, the parent has made what it needs itself.
        _ = try probe.ask()
        let pipes = try descriptors(of: probe)
        try Data().write(to: probe.directory.appending(path: "gone"))
        probe.signal(SIGUSR1)
        try waitUntil("there is a new generation") { try probe.ask().generation == 1 }
        try waitUntil("it is gone") { !isRunning(program) }
        #expect(!probe.log.contains("inherited"))
        try waitUntil("its pipe is closed") { try descriptors(of: probe) == pipes - 2 }
    }

    /// How many pipes the parent has open.
    private func descriptors(of probe: RunningProbe) throws -> Int {
        let directory = "/proc/\(probe.pid)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: directory).count { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)"))?
                .hasPrefix("pipe:") == true
        }
    }
}

@Suite("A service of the parent, when the server ends,", .serialized)
struct ParentServiceStopTests {
    @Test("ends its program before the server leaves")
    func stop() throws {
        let probe = try RunningProbe(["service": "exec sleep 1000"])
        let program = try program(of: probe)
        probe.signal(SIGTERM)
        #expect(try probe.exitStatus() == .exited(status: 0))
        #expect(!isRunning(program))
        #expect(probe.log.contains("service: told to stop"))
        #expect(probe.log.contains("service: \(program) ended: signaled(15"))
    }

    @Test("has a program killed that does not end in time")
    func stubborn() throws {
        let probe = try RunningProbe([
            "service": "trap '' TERM; echo ready; while :; do sleep 1; done",
            "service-timeout": "1",
        ])
        let program = try program(of: probe)
        try waitUntil("it does not listen") { probe.log.contains("service: read 'ready") }
        probe.signal(SIGTERM)
        #expect(try probe.exitStatus() == .exited(status: 0))
        #expect(!isRunning(program))
        #expect(probe.log.contains("AH00046: child process \(program) still did not exit"))
    }

    @Test("gracefully is told after the children have finished")
    func graceful() throws {
        let probe = try RunningProbe(["service": "exec sleep 1000"])
        let program = try program(of: probe)
        let held = try probe.connect()
        _ = try held.ask("/")
        try held.send("/hold\n")
        probe.signal(SIGWINCH)
        try waitUntil("the others have gone") { probe.children.count == 2 }
        #expect(!probe.log.contains("service: told to stop"))
        #expect(isRunning(program))

        try held.send("x")
        _ = try held.answer()
        #expect(try probe.exitStatus() == .exited(status: 0))
        #expect(probe.log.contains("service: told to stop"))
        #expect(!isRunning(program))
    }
}

/// The process id of the service's program, once it is started.
private func program(of probe: RunningProbe) throws -> Int32 {
    let mark = "service: started "
    try waitUntil("it is started") { probe.log.contains(mark) }
    let line = try #require(probe.log.split(separator: "\n").first { $0.contains(mark) })
    return try #require(line.split(separator: " ").last.flatMap { Int32($0) })
}
