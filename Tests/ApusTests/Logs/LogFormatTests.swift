// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import ApusRuntime
import Testing

@testable import Apus

/// Manual: mod/mod_log_config, Custom Log Formats.
///
/// The messages are those of apache2 -t.
@Suite("LogFormat")
struct LogFormatTests {
    @Test(
        "is refused where it cannot be read",
        arguments: [
            ("%Z", "Unrecognized LogFormat directive %Z"),
            ("%^XX", "Unrecognized LogFormat directive %^"),
            ("%400,x{a}i", "Unrecognized LogFormat directive %x"),
            ("%", "Ran off end of LogFormat parsing args to some directive"),
            ("text %{abc", "Ran off end of LogFormat parsing args to some directive"),
        ])
    func refused(format: String, problem: String) throws {
        let error = #expect(throws: LogFormatError.self) { _ = try LogFormat(format) }
        #expect(error?.problem == problem)
    }

    @Test(
        "reads C's escapes in its text, and ends with a newline",
        arguments: [
            (#"a\tb\nc\\d"#, "a\tb\nc\\d\n"), (#"\x41"#, "\\x41\n"), ("100%%", "100%\n"),
            ("", "\n"), ("ends\\", "ends\\\n"),
        ])
    func text(format: String, expected: String) throws {
        let items = try LogFormat(format).items
        guard items.count == 1, case .text(let text) = items[0].value else {
            Issue.record("\(items)")
            return
        }
        #expect(String(decoding: text, as: UTF8.self) == expected)
    }

    @Test("looks at the original request where httpd does")
    func original() throws {
        let format = try LogFormat("%s%U%T%D%r%u%f%>s%<u")
        let flags = format.items.dropLast().map(\.usesOriginal)
        #expect(flags == [true, true, true, true, true, false, false, false, true])
    }

    @Test("restricts items to statuses, or to all others")
    func statuses() throws {
        let items = try LogFormat("%400,501{User-Agent}i%!200,304s").items
        #expect(items[0].condition?.holds(for: 501) == true)
        #expect(items[0].condition?.holds(for: 200) == false)
        #expect(items[1].condition?.holds(for: 304) == false)
        #expect(items[1].condition?.holds(for: 404) == true)
    }

    @Test("knows whether it tells of host names")
    func names() throws {
        #expect(try LogFormat("%h").tellsNames)
        #expect(try !LogFormat("%a %{c}h").tellsNames)
    }
}

@Suite("Times in the access log")
struct LogClockTests {
    private let time = WallTime(microseconds: 1_316_387_908_004_007)

    @Test(
        "have the forms of %{...}t",
        arguments: [
            ("sec", "1316387908"), ("msec", "1316387908004"), ("usec", "1316387908004007"),
            ("msec_frac", "004"), ("usec_frac", "004007"), ("begin:sec", "1316387908"),
            ("%%", "%"),
        ])
    func forms(argument: String, expected: String) {
        #expect(written(argument, time) == expected)
    }

    @Test("follow the second that they are asked for")
    func seconds() {
        var clock = LogClock()
        var line: [UInt8] = []
        for offset in [0, 995_992, 995_993, 0] as [Int64] {
            let time = WallTime(microseconds: self.time.microseconds + offset)
            clock.append(.strftime("%s "), of: time, to: &line)
        }
        let expected = "1316387908 1316387908 1316387909 1316387908 "
        #expect(String(decoding: line, as: UTF8.self) == expected)
    }

    @Test("are those of the end where it says so")
    func end() {
        #expect(LogTimestamp("end:%T").isAtEnd)
        #expect(LogTimestamp("end").isAtEnd)
        #expect(!LogTimestamp("%T").isAtEnd)
        #expect(!LogTimestamp("ending").isAtEnd)
    }

    private func written(_ argument: String, _ time: WallTime) -> String {
        var clock = LogClock()
        var line: [UInt8] = []
        clock.append(LogTimestamp(argument).form, of: time, to: &line)
        return String(decoding: line, as: UTF8.self)
    }
}

@Suite("Values in a log line")
struct LogValueTests {
    @Test("are escaped so that no client forges a line")
    func escaping() {
        var line: [UInt8] = []
        line.append(
            escaping: [0x61, 0x22, 0x5C, 0x0A, 0x09, 0x08, 0x0B, 0x0D, 0x00, 0x7F, 0xC3].span)
        #expect(text(line) == #"a\"\\\n\t\b\v\r\x00\x7f\xc3"#)
        line = []
        line.append(escaping: "say \"hi\"\\\u{1B}[31m", as: .message)
        #expect(text(line) == #"say "hi"\\\x1b[31m"#)
    }

    @Test(
        "have a cookie by its name, regardless of case",
        arguments: [
            ("a=1; b=2", "b", "2"), ("a=1; B = x y ;c=3", "b", "x y"), ("b=; b=2", "b", "2"),
            ("bb=1; ab=2", "b", "-"), ("b=1=2", "b", "1=2"), ("b", "b", "-"),
        ])
    func cookies(field: String, name: String, expected: String) {
        var fields = Fields()
        fields.append(.cookie, field)
        var line: [UInt8] = []
        line.append(cookie: name.bytes, in: fields)
        #expect(text(line) == expected)
    }

    @Test(
        "have no password of a target",
        arguments: [
            ("GET http://u:secret@host/ HTTP/1.1", "GET http://u:XXXXXXXX@host/ HTTP/1.1"),
            ("GET http://host:80/a@b HTTP/1.1", "GET http://host:80/a@b HTTP/1.1"),
            ("GET /http://u:p@h/ HTTP/1.1", "GET /http://u:p@h/ HTTP/1.1"), ("", "-"),
        ])
    func passwords(given: String, expected: String) {
        var line: [UInt8] = []
        line.append(requestLine: RequestHead(unreadable: given))
        #expect(text(line) == expected)
    }

    @Test("list the values of fields that come more than once")
    func lists() {
        var fields = Fields()
        fields.append(.accept, "a")
        fields.append(.accept, "b\"")
        var line: [UInt8] = []
        line.append(combined: .accept, in: fields)
        line.append(combined: .cookie, in: fields)
        #expect(text(line) == #"a, b\"-"#)
    }

    private func text(_ line: [UInt8]) -> String { String(decoding: line, as: UTF8.self) }
}
