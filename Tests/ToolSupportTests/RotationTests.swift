// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import ToolSupport

/// A clock that stands until it is set.
private final class FakeClock {
    var seconds = 0
    init(_ seconds: Int) { self.seconds = seconds }
}

/// Runs a log through given moments.
///
/// - Parameter writes: when, and what then comes.
/// - Returns: the files afterwards, in order of their names.
private func rotate(
    _ arguments: String, _ writes: [(Int, String)], before: [String: String] = [:],
    zone: RotationClock.Zone? = nil
) throws -> [String: String] {
    let folder = try ScratchFolder()
    for (name, text) in before { try folder.write(name, text) }
    var words = arguments.split(separator: " ").map(String.init)
    let name = try #require(words.firstIndex { $0.hasPrefix("log") })
    words[name] = "\(folder.path)/\(words[name])"
    let options = try RotationOptions(words)
    let clock = FakeClock(writes.first?.0 ?? 0)
    var rotator = LogRotator(
        options, clock: RotationClock(zone ?? options.zone, source: { clock.seconds }),
        environment: Environment(), Console())
    for (moment, text) in writes {
        clock.seconds = moment
        try rotator.take(Array(text.utf8).span)
    }
    let isComplete = rotator.finish()
    #expect(isComplete)
    var files: [String: String] = [:]
    for name in folder.names() { files[name] = folder.text(name) }
    return files
}

@Suite("A rotated log")
struct RotationTests {
    @Test("begins a file at each multiple of its interval, if there is something for it")
    func interval() throws {
        #expect(
            try rotate("log 60", [(119, "a\n"), (120, "b\n"), (150, "c\n"), (999, "d\n")])
                == [
                    "log.0000000060": "a\n", "log.0000000120": "b\nc\n", "log.0000000960": "d\n",
                ])
    }

    @Test("goes by the offset that is given")
    func offset() throws {
        #expect(try rotate("log 3600 -30", [(5400, "a\n")]) == ["log.0000003600": "a\n"])
        #expect(try rotate("log.%H:%M 86400 90", [(86400, "a\n")]) == ["log.00:00": "a\n"])
    }

    @Test("names its files by the time at which their interval begins")
    func pattern() throws {
        #expect(
            try rotate(
                "log.%Y-%m-%d_%H%M%S 86400", [(1_000_000_000, "a\n"), (1_000_080_000, "b\n")])
                == ["log.2001-09-09_000000": "a\n", "log.2001-09-10_000000": "b\n"])
    }

    @Test("begins a file with the first line after its size is exceeded")
    func size() throws {
        #expect(
            try rotate("log 8B", [(1, "12345\n67\n89\n"), (2, "ab\n"), (3, "c\n")])
                == ["log.0000000001": "12345\n67\n89\n", "log.0000000002": "ab\nc\n"])
    }

    @Test("keeps to whichever limit comes first")
    func both() throws {
        #expect(
            try rotate("log 60 4B", [(61, "12345\n"), (62, "a\n"), (121, "b\n")])
                == ["log.0000000060": "12345\n", "log.0000000062": "a\n", "log.0000000120": "b\n"])
    }

    @Test("never tears a line, however its bytes come")
    func lines() throws {
        #expect(
            try rotate("log 60", [(119, "half"), (121, " a line\nb\n")])
                == ["log.0000000060": "half a line\n", "log.0000000120": "b\n"])
        #expect(
            try rotate("-n 3 log 4B", [(1, "123456"), (1, "789\nab"), (1, "c\n")])
                == ["log": "123456789\n", "log.1": "abc\n"])
    }

    @Test("keeps every line of a long stream in order")
    func stream() throws {
        let text = (1...5000).map { "line \($0)\n" }.joined()
        var writes: [(Int, String)] = []
        var rest = text[...]
        while !rest.isEmpty {
            writes.append((1, String(rest.prefix(777))))
            rest = rest.dropFirst(777)
        }
        let files = try rotate("-n 1000 log 100B", writes)
        let ordered = files.sorted { Int($0.key.dropFirst(4)) ?? 0 < Int($1.key.dropFirst(4)) ?? 0 }
        #expect(files.count > 400)
        #expect(ordered.map(\.value).joined() == text)
        #expect(files.values.allSatisfy { $0.hasSuffix("\n") && $0.utf8.count <= 110 })
    }

    @Test("uses a number of files in turn")
    func numbered() throws {
        #expect(
            try rotate(
                "-n 2 log 1", [(1, "a\n"), (2, "b\n"), (3, "c\n")], before: ["log": "old\n"])
                == ["log": "c\n", "log.1": "b\n"])
        #expect(
            try rotate("-n 2 log 1", [(1, "a\n")], before: ["log": "old\n"])
                == ["log": "old\na\n"])
    }

    @Test("goes on at once from a file that is full already")
    func fullFile() throws {
        #expect(
            try rotate("-n 3 log 4B", [(1, "a\n")], before: ["log": "12345\n"])
                == ["log": "12345\n", "log.1": "a\n"])
    }

    @Test("is emptied instead of followed by another with -t")
    func truncated() throws {
        #expect(
            try rotate("-t log 60", [(1, "a\n"), (61, "b\n")], before: ["log": "old\n"])
                == ["log": "b\n"])
    }

    @Test("empties all files but the first with -T")
    func truncatedLater() throws {
        #expect(
            try rotate(
                "-T log.%d 86400", [(0, "a\n"), (86400, "b\n")],
                before: ["log.01": "old\n", "log.02": "old\n"])
                == ["log.01": "old\na\n", "log.02": "b\n"])
    }

    @Test("grows on when its name does not change with its size")
    func sameName() throws {
        #expect(
            try rotate("log.%Y 4B", [(1, "12345\nabc\n"), (2, "d\n")])
                == ["log.1970": "12345\nabc\nd\n"])
    }

    @Test("stays in its file when the next one cannot be opened")
    func unopenable() throws {
        let folder = try ScratchFolder()
        try folder.write("00/f")
        let clock = FakeClock(0)
        var rotator = LogRotator(
            try RotationOptions(["\(folder.path)/%H/f", "3600"]),
            clock: RotationClock(.offset(seconds: 0), source: { clock.seconds }),
            environment: Environment(), Console())
        try rotator.take(Array("a\n".utf8).span)
        clock.seconds = 3600
        try rotator.take(Array("b\n".utf8).span)
        try folder.makeFolder("01")
        clock.seconds = 3611
        try rotator.take(Array("c\n".utf8).span)
        let isComplete = rotator.finish()
        #expect(isComplete)
        #expect(folder.text("00/f") == "a\nb\n")
        #expect(folder.text("01/f") == "c\n")
    }

    @Test("ends with status 2 when not even a first file can be opened")
    func noFile() {
        #expect {
            try rotate("lognone/x/y 60", [(1, "a\n")])
        } throws: { ($0 as? ToolFailure)?.status == 2 }
    }

    @Test("has a file for every interval with -c")
    func emptyFiles() throws {
        let folder = try ScratchFolder()
        let clock = FakeClock(90)
        var rotator = LogRotator(
            try RotationOptions(["-c", "\(folder.path)/log", "60"]),
            clock: RotationClock(.offset(seconds: 0), source: { clock.seconds }),
            environment: Environment(), Console())
        try rotator.rotateIfDue()
        let seconds30 = rotator.secondsUntilDue
        #expect(seconds30 == 30)
        clock.seconds = 120
        let seconds0 = rotator.secondsUntilDue
        #expect(seconds0 == 0)
        try rotator.rotateIfDue()
        let isComplete = rotator.finish()
        #expect(isComplete)
        #expect(folder.names() == ["log.0000000060", "log.0000000120"])
    }
}

@Suite("Lines that a full disk holds up")
struct BacklogTests {
    @Test("are written when there is room again, with the number of those that are lost")
    func recovery() throws {
        let folder = try ScratchFolder()
        var backlog = LogBacklog()
        let full = try LogFile("/dev/full", truncating: false)
        backlog.add(Array("a\nb\n".utf8).span)
        let fault = backlog.write(to: full)
        #expect(fault?.code == ENOSPC)
        let long = String(repeating: "x", count: LogBacklog.maximumBytes) + "\n"
        backlog.add(Array((long + "c\n").utf8).span)

        let file = try LogFile("\(folder.path)/log", truncating: false)
        let none = backlog.write(to: file)
        #expect(none == nil)
        #expect(backlog.isEmpty)
        #expect(
            folder.text("log") == "a\nb\nrotatelogs: 2 log lines lost: no room on the disk\n")
    }
}
