// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import ToolSupport

// The programs' tests run against Apache's own, too: A2_REFERENCE=/usr/sbin swift test.

@Suite("rotatelogs")
struct RotationProgramTests {
    private func run(
        _ arguments: [String], in folder: ScratchFolder, input: String = "one\ntwo\n"
    ) throws -> Programs.Outcome {
        try Programs.run(
            Programs.path("rotatelogs"), arguments, folder: folder.path, input: input)
    }

    @Test("writes what it reads, and ends with its input")
    func copies() throws {
        let folder = try ScratchFolder()
        let outcome = try run(["-t", "log", "86400"], in: folder)
        #expect(outcome == .init(status: 0, output: "", errors: ""))
        #expect(folder.text("log") == "one\ntwo\n")
    }

    @Test("makes folders, a link and an echo")
    func extras() throws {
        let folder = try ScratchFolder()
        let outcome = try run(
            ["-DetL", "current", "--", "a/b/log", "86400"], in: folder)
        #expect(outcome.output == "one\ntwo\n")
        #expect(folder.text("a/b/log") == "one\ntwo\n")
        #expect(folder.text("current") == "one\ntwo\n")
    }

    @Test("opens its file before there is a line with -f, and none without")
    func opens() throws {
        let folder = try ScratchFolder()
        _ = try run(["-t", "late", "60"], in: folder, input: "")
        _ = try run(["-f", "-t", "early", "60"], in: folder, input: "")
        #expect(folder.names() == ["early"])
    }

    @Test("runs a program after opening a file")
    func program() throws {
        let folder = try ScratchFolder()
        try folder.writeScript("after", "echo \"$*\" >>\"$1.opened\"")
        _ = try run(["-t", "-p", "\(folder.path)/after", "log", "60"], in: folder)
        // It is not waited for.
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(10)
        while folder.text("log.opened") != "log\n", clock.now < deadline {}
        #expect(folder.text("log.opened") == "log\n")
    }

    @Test("tells what it does with -v")
    func verbose() throws {
        let folder = try ScratchFolder()
        #expect(
            try run(["-v", "-t", "-L", "l", "log", "60", "5M", "-300"], in: folder).errors == """
                Rotation time interval:                60
                Rotation size interval:           5242880
                Rotation time UTC offset:          -18000
                Rotation based on localtime:           no
                Rotation file date pattern:            no
                Rotation file forced open:             no
                Create parent directories:             no
                Rotation verbose:                     yes
                Rotation create empty logs:            no
                Rotation file name:                   log
                Post-rotation prog:              not used
                File rotation needed, reason: Open a new file
                Opening file log
                Linking log to l

                """)
    }

    @Test(
        "refuses what it does not understand",
        arguments: [
            ("log", "Incorrect number of arguments"),
            ("log 1 2K 3 4", "Incorrect number of arguments"),
            ("log x", "Invalid rotation time parameter"),
            ("log 0", "Invalid rotation time parameter"),
            ("log 0K", "Invalid rotation size parameter"),
            ("log 5B5", "Invalid rotation size parameter"),
            ("log 1K 2K", "Rotation size parameter allowed only once"),
            ("log 1 2 3", "Rotation time parameter allowed only once"),
            ("-l log 60 30", "UTC offset parameter is not valid with -l"),
            ("-n 0 log 5", "Invalid -n argument"),
            ("-n 2 log% 5", "Cannot use -n with % in filename"),
            ("-z log 5", "rotatelogs: illegal option -- z"),
            ("-L", "rotatelogs: option requires an argument -- L"),
        ])
    func refuses(_ arguments: String, _ message: String) throws {
        let folder = try ScratchFolder()
        let outcome = try run(arguments.split(separator: " ").map(String.init), in: folder)
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("\(message)\n"))
        #expect(folder.names().isEmpty)
    }

    @Test("writes what was sent before it is told to end", .enabled(if: Programs.areOurs))
    func termination() throws {
        let folder = try ScratchFolder()
        let input = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Programs.path("rotatelogs"))
        process.arguments = ["-t", "\(folder.path)/log", "86400"]
        process.standardInput = input
        try process.run()
        input.fileHandleForWriting.write(Data("one\n".utf8))
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(10)
        while folder.text("log") != "one\n", clock.now < deadline {}
        input.fileHandleForWriting.write(Data("two\n".utf8))
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 0)
        #expect(folder.text("log") == "one\ntwo\n")
    }

    @Test("ends with status 2 when it cannot open its file")
    func unopenable() throws {
        let folder = try ScratchFolder()
        #expect(
            try run(["-t", "no/log", "60"], in: folder)
                == .init(
                    status: 2, output: "",
                    errors: "Could not open log file 'no/log' (No such file or directory)\n"))
    }
}
