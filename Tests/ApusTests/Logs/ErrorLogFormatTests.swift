// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Glibc
import Testing

@testable import Apus

/// Manual: mod/core ErrorLogFormat.
///
/// The lines are those that apache2 writes.
@Suite("ErrorLogFormat")
struct ErrorLogFormatTests {
    private func line(_ format: String, _ level: LogLevel = .info) throws -> String? {
        let entry = LogEntry(
            level: level, module: "core", number: "AH00128", message: "gone \"x\"\n",
            error: level == .error ? SystemError(code: ENOENT, call: "open") : nil,
            source: LogSource("Apus/File.swift", 12), hostname: "localhost")
        return try ErrorLogFormat(format).line(for: entry).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test(
        "leaves out fields with nothing to say",
        arguments: [
            ("%t|%l|%a| x%%y %M %{Referer}i", #" x%y AH00128: gone "x"\n"#),
            ("[%m] [client %a] %M", #"[core] [client AH00128: gone "x"\n"#),
            (#"[%m] [client\ %a] %M"#, #"[core] AH00128: gone "x"\n"#),
            ("[%-m:%-L] %M", #"[core:-] AH00128: gone "x"\n"#),
            ("%M% ,\\ referer\\ %{Referer}i end", #"AH00128: gone "x"\n end"#),
            ("%v %7F: %E: %M", #"localhost AH00128: gone "x"\n"#),
        ])
    func fields(format: String, expected: String) throws {
        #expect(try line(format) == expected)
    }

    @Test("tells the place in the code from debug on, and the system's error where there is one")
    func levels() throws {
        #expect(try line("%7F: %l", .debug) == "File.swift(12): debug")
        #expect(try line("%7F: %l", .info) == " info")
        #expect(try line("%E: %M", .error) == #"(2)No such file or directory: AH00128: gone "x"\n"#)
    }

    @Test("writes no line where a required item has nothing to say")
    func required() throws {
        #expect(try line("UA:'%+{User-Agent}i' %M") == nil)
        #expect(try line("%+m") == "core")
    }

    @Test(
        "is refused where it cannot be read",
        arguments: [
            ("%Z", "Unrecognized error log format directive %Z"),
            ("%{a", "Ran off end of error log format parsing args to some directive"),
        ])
    func refused(format: String, problem: String) {
        let error = #expect(throws: LogFormatError.self) { _ = try ErrorLogFormat(format) }
        #expect(error?.problem == problem)
    }
}
