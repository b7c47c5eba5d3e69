// SPDX-License-Identifier: Apache-2.0

import Apus
import ApusRuntime
import Foundation
import Testing

@Suite("A piped log", .serialized)
struct OtherChildrenTests {
    @Test("has every line when the server has ended")
    func complete() throws {
        let probe = try RunningProbe(["piped": "|$cat >> DIR/piped"])
        for number in 0..<20 { _ = try probe.ask("/\(number)") }
        let directory = probe.directory
        probe.signal(SIGTERM)
        _ = try probe.exitStatus()

        let lines = try String(contentsOf: directory.appending(path: "piped"), encoding: .utf8)
            .split(separator: "\n")
        #expect(lines.count == 20)
    }

    @Test("is started again when it dies, and loses nothing written meanwhile")
    func restarted() throws {
        let probe = try RunningProbe([
            "start": "1", "piped": "|/bin/sh -c 'echo $$ >>DIR/pids; exec cat >>DIR/piped'",
        ])
        try waitUntil("it runs") { !probe.file("pids").isEmpty }
        _ = try probe.ask("/one")
        try waitUntil("the line is there") { probe.file("piped").contains("/one") }
        let program = try #require(Int32(probe.file("pids").dropLast()))
        kill(program, SIGKILL)
        try waitUntil("it is dead") { !isRunning(program) }
        _ = try probe.ask("/two")

        try waitUntil("the next line is there") { probe.file("piped").contains("/two") }
        #expect(probe.log.contains("failed unexpectedly"))
    }

    @Test("gets the lines of old children after a graceful restart")
    func restart() throws {
        let probe = try RunningProbe(["piped": "|$cat >> DIR/piped"])
        let held = try probe.connect()
        _ = try held.ask("/before")
        try held.send("/hold\n")
        probe.signal(SIGUSR1)
        try waitUntil("there is a new generation") { try probe.ask().generation == 1 }
        try held.send("x")
        _ = try held.answer()
        try waitUntil("the line is there") { probe.file("piped").contains("/hold") }
    }

    @Test(
        "is a command for the shell, or the words of one",
        arguments: [
            ("|$ a b", ["/bin/sh", "-c", "a b"]), ("||bin/x 'a b'", ["bin/x", "a b"]),
            ("|bin/x a", ["bin/x", "a"]),
        ])
    func commands(text: String, words: [String]) throws {
        #expect(try ProgramImage(pipedCommand: text).arguments == words)
    }
}
