// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ToolSupport

@Suite("a2reload")
struct ReloadToolTests {
    @Test("takes names and options")
    func options() throws {
        let options = try ReloadOptions([
            "-q", "-t", "5", "-s", "/run/x.sock", "site", "--", "-odd",
        ])

        #expect(options.isQuiet)
        #expect(options.timeout == 5)
        #expect(options.socket == "/run/x.sock")
        #expect(options.names == ["site", "-odd"])
        #expect(try ReloadOptions(["--help"]).showsHelp)
    }

    @Test(
        "refuses what it does not know",
        arguments: [["-x"], ["-t"], ["-t", "soon"], ["-s"], [""], ["two words"]])
    func refusals(_ arguments: [String]) {
        #expect { try ReloadOptions(arguments) } throws: { ($0 as? ToolFailure)?.status == 2 }
    }

    @Test("reads what the server says")
    func answer() throws {
        let answer = try #require(
            ReloadAnswer("ok a=1\nfailed b=2\n Traceback:\n   line\npartly c=3\n why\nend 1\n"))

        #expect(
            answer.sets == [
                .init(name: "a=1", hasFailed: false),
                .init(name: "b=2", hasFailed: true, text: ["Traceback:", "  line"]),
                .init(name: "c=3", hasFailed: true, isPartly: true, text: ["why"]),
            ])
        #expect(answer.status == 1)
    }

    @Test(
        "does not take half of an answer for a whole one",
        arguments: ["", "ok a\n", " lost\nend 0\n"])
    func half(_ text: String) {
        #expect(ReloadAnswer(text) == nil)
    }

    @Test("finds the socket beside the pid file")
    func socket() {
        let text = "ServerRoot: \"/srv\"\nPidFile: \"/run/apache2/apache2.pid\"\nDefine: X\n"

        #expect(ControlSocketPath.pidFile(in: text) == "/run/apache2/apache2.pid")
        #expect(ControlSocketPath.pidFile(in: "nothing") == nil)
        #expect(ControlSocketPath.path(besidePIDFile: "/run/h.pid") == "/run/h-control.sock")
        #expect(ControlSocketPath.path(besidePIDFile: "/run/h") == "/run/h-control.sock")
    }

    @Test("says that no server answers, with status 3")
    func noServer() throws {
        let outcome = try Programs.run(Programs.path("a2reload"), ["-s", "/nonexistent.sock"])

        #expect(outcome.status == 3)
        #expect(outcome.errors.hasPrefix("/nonexistent.sock: "))
        #expect(
            try Programs.run(Programs.path("a2reload"), ["-h"]).output.hasPrefix("Usage: a2reload"))
    }
}
