// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_wsgi

@Suite("A control message")
struct ControlMessageTests {
    @Test("comes out as it went in")
    func roundTrip() {
        var message = ControlMessage("start", ["set": "1", "python-path": "/a"])
        message.add("python-path", "/b c")
        message.add("lang", nil as String?)
        message.add("graceful-timeout", .milliseconds(1500))
        message.add("empty", "")

        let read = ControlMessage(encoded: message.encoded)

        #expect(read == message)
        #expect(read?.values(of: "python-path") == ["/a", "/b c"])
        #expect(read?["graceful-timeout"] == "1.5")
        #expect(read?["empty"] == "")
        #expect(read?["lang"] == nil)
    }

    @Test("that is none is refused", arguments: ["", "\0a\0b", "ready\0key"])
    func nonsense(_ text: String) {
        #expect(ControlMessage(encoded: Array(text.utf8)) == nil)
    }
}

@Suite("What workers write")
struct OutputLinesTests {
    private func lines(_ parts: String..., seconds: Int64 = 0) -> [OutputLines.Line] {
        var output = OutputLines()
        var lines: [OutputLines.Line] = []
        for part in parts { lines += output.take(Array(part.utf8).span, now: seconds) }
        return lines + output.end(now: seconds)
    }

    @Test("is told in whole lines, with the request where there is one")
    func whole() {
        #expect(
            lines("one\r\ntw", "o\n\n\u{1E}1a-2b.3\u{1F}three\n\u{1E}z=z\u{1F}four\nfi", "ve") == [
                .init(request: nil, text: "one"), .init(request: nil, text: "two"),
                .init(request: "1a-2b.3", text: "three"),
                .init(request: nil, text: "\u{1E}z=z\u{1F}four"), .init(request: nil, text: "five"),
            ])
    }

    @Test("is cut where a line has no end")
    func long() {
        let lines = lines(String(repeating: "x", count: 20000))

        #expect(lines.map(\.text.utf8.count) == [8192, 8192, 3616])
    }

    @Test("is left out beyond so much in a second, and counted")
    func tooMuch() {
        var output = OutputLines()
        let line = String(repeating: "x", count: 1023) + "\n"
        var count = 0
        for _ in 0..<3000 { count += output.take(Array(line.utf8).span, now: 5).count }
        let later = output.take(Array("again\n".utf8).span, now: 2_000_000_000)

        #expect(count == OutputLines.rateLimit / 1023)
        #expect(
            later.map(\.text) == [
                "\(3000 - count) lines have been left out, for there were too many.", "again",
            ])
    }
}

@Suite("The choice of an interpreter")
struct InterpreterTests {
    private func find(_ choice: InterpreterChoice, _ programs: String...) throws -> [String] {
        try choice.find(in: "/usr/local/bin:rel:/usr/bin") { programs.contains($0) }
    }

    @Test("is a virtual environment, a program, or python3 in PATH")
    func choices() throws {
        #expect(
            try find(InterpreterChoice(home: "/v", program: "x"), "/v/bin/python3")
                == ["/v/bin/python3"])
        #expect(
            try find(InterpreterChoice(home: "/v", program: nil), "/v/bin/python")
                == ["/v/bin/python"])
        #expect(
            try find(
                InterpreterChoice(home: nil, program: nil), "rel/python3", "/usr/bin/python3",
                "/usr/local/bin/python3") == ["/usr/local/bin/python3", "/usr/bin/python3"])
        #expect(
            try find(InterpreterChoice(home: nil, program: "/opt/python"), "/opt/python")
                == ["/opt/python"])
    }

    @Test("that is not there is told")
    func missing() {
        #expect(throws: InterpreterError(path: "/v", reason: "there is no bin/python3 in it")) {
            try find(InterpreterChoice(home: "/v", program: nil))
        }
    }

    @Test("is refused where it cannot work")
    func refused() throws {
        let good = try Interpreter(path: "/p", answer: "3.11.2\ncpython\ncpython-311-x\n1\n/q\n")
        #expect(good.path == "/q")
        #expect(good.version == "3.11.2")
        for answer in [
            "", "hello\n", "2.7.18\ncpython\n\n1\n", "3.7.0\ncpython\n\n1\n",
            "3.10.1\npypy\n\n1\n", "3.13.0\ncpython\n\n0\n",
        ] {
            #expect(throws: InterpreterError.self) { try Interpreter(path: "/p", answer: answer) }
        }
    }
}

@Suite("What is handed on over a restart")
struct InheritedSetsTests {
    @Test("comes out as it went in")
    func roundTrip() {
        var sets = InheritedSets()
        let name = SetName(processGroup: "a b", applicationGroup: "größe|/app")
        sets.generations = [
            InheritedGeneration(
                name: name, processes: 1, slots: 3, queue: SequencedPair(sending: 5, reading: 6),
                doors: [SequencedPair(sending: 7, reading: 8)], board: 9,
                scripts: [
                    ScriptName(path: "/a b.wsgi", callable: "app"),
                    ScriptName(path: "/i", callable: ""),
                ],
                identity: 4)
        ]
        sets.workers = [
            InheritedWorker(name: name, pid: 77, place: 0, control: 10, output: 11),
            // Forked by a template, so no child of the server.
            InheritedWorker(name: name, pid: 78, place: 1, control: 13, output: 14, handle: 15),
        ]
        sets.fronts = 12

        #expect(InheritedSets(encoded: sets.state.bytes) == sets)
        #expect(sets.state.processes == [77])
        #expect(Set(sets.state.descriptors) == Set(5...15))
    }

    @Test("by another release is left alone")
    func otherVersion() {
        let bytes = ControlMessage("sets", ["version": "99"]).encoded
        #expect(InheritedSets(encoded: bytes) == nil)
    }
}

@Suite("The kernel's figures")
struct SystemFiguresTests {
    @Test("are read from its files")
    func files() {
        let rollup = "5581-7ffd ---p 00000000 00:00 0 [rollup]\nRss:  9000 kB\nPss:     7421 kB\n"
        #expect(SystemFigures.proportionalMemory(rollup: rollup) == 7421 * 1024)
        #expect(SystemFigures.outOfMemoryKills(events: "low 0\noom 5\noom_kill 3\n") == 3)
        #expect(SystemFigures.unifiedGroup("1:cpu:/x\n0::/user.slice\n") == "/user.slice")
        #expect(SystemFigures.unifiedGroup("1:cpu:/x\n") == nil)
        #expect(
            SystemFigures.memoryEvents("5:cpu,memory:/a\n0::/b\n") == [
                "/sys/fs/cgroup/b/memory.events", "/sys/fs/cgroup/memory/a/memory.oom_control",
            ])
        #expect(SystemFigures.memoryEvents("0::/\n") == ["/sys/fs/cgroup/memory.events"])
    }
}
