// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Manual: logs (piped logs), programs/rotatelogs.
@Suite("Piped logs")
struct PipedLogTests {
    @Test("get every line", arguments: ["|", "||", "|$"])
    func lines(prefix: String) throws {
        let program =
            prefix == "|$"
            ? "cat >> ${ROOT}/logs/piped" : "/bin/sh -c 'exec cat >> ${ROOT}/logs/piped'"
        try withServer("CustomLog \"\(prefix)\(program)\" \"%U\"") { server in
            _ = try (server.get("/one"), server.get("/two"))
            let lines = try server.waitForAccessLog("piped", lines: 2)
            #expect(lines.sorted() == ["/one", "/two"])
        }
    }

    @Test("lose no line over a graceful restart")
    func restart() throws {
        try withServer("CustomLog \"|/bin/sh -c 'exec cat >> ${ROOT}/logs/piped'\" \"%U\"") {
            server in
            _ = try server.get("/before")
            try server.waitForAccessLog("piped")
            try server.restart(graceful: true)
            _ = try server.get("/after")
            // Seen with Apache in two of nine runs; probably an old child wrote to a program that
            // was already ended.
            let bound: Duration = underApache ? .seconds(5) : .seconds(45)
            try withKnownIssue(isIntermittent: true) {
                let lines = try server.waitForAccessLog("piped", lines: 2, within: bound)
                #expect(lines == ["/before", "/after"])
            } when: {
                underApache
            }
        }
    }

    @Test("start their program again when it ends")
    func restarted() throws {
        let program = "/bin/sh -c 'echo $$ >> ${ROOT}/logs/pids; exec cat >> ${ROOT}/logs/piped'"
        try withServer("CustomLog \"|\(program)\" \"%U\"") { server in
            let first = Int32(try server.waitForAccessLog("pids").last ?? "") ?? 0
            #expect(first > 0)
            kill(first, SIGKILL)
            try server.waitForAccessLog("pids", lines: 2)
            try wait(for: "a line through the new program") {
                _ = try server.get("/again")
                return server.accessLog("piped").contains("/again")
            }
        }
    }

    @Test("end with the server")
    func end() throws {
        let program = "/bin/sh -c 'echo $$ > ${ROOT}/logs/pids; exec cat >> ${ROOT}/logs/piped'"
        try withServer("CustomLog \"|\(program)\" \"%U\"") { server in
            let pid = Int32(try server.waitForAccessLog("pids").last ?? "") ?? 0
            _ = try server.get("/last")
            try server.waitForAccessLog("piped")
            try server.stop()
            try wait(for: "end of the program") { !ProcessTable.isRunning(pid) }
            #expect(server.accessLog("piped") == ["/last"])
        }
    }

    @Test("serve for the error log too")
    func errorLog() throws {
        let configuration = """
            ErrorLog "|/bin/sh -c 'exec cat >> ${ROOT}/logs/piped'"
            <Location />
                Require all denied
            </Location>
            """
        try withServer(configuration) { server in
            _ = try server.get("/secret")
            try wait(for: "the error") {
                server.accessLog("piped").contains { $0.contains("AH01630: client denied") }
            }
        }
    }

    @Test("are written by rotatelogs, whole lines, in files of the size asked for")
    func rotation() throws {
        let configuration =
            "CustomLog \"|\(rotatelogs) -n 5 ${ROOT}/logs/rotated 10K\" \"%U \(String(repeating: "x", count: 500))\""
        try withServer(configuration) { server in
            _ = try server.curl("/[1-60]", "--parallel", "-o", "/dev/null")
            var lines: [Substring] = []
            try wait(for: "60 lines in rotated files") {
                lines = server.root.folder.names("logs").filter { $0.hasPrefix("rotated") }
                    .flatMap { server.root.folder.read("logs/\($0)").split(separator: "\n") }
                return lines.count == 60
            }
            #expect(
                lines.allSatisfy { $0.hasPrefix("/") && $0.hasSuffix("xx") && $0.utf8.count < 510 })
            #expect(server.root.folder.names("logs").filter { $0.hasPrefix("rotated") }.count > 1)
        }
    }

    @Test("are written by rotatelogs into files named by the time")
    func strftime() throws {
        try withServer("CustomLog \"|\(rotatelogs) ${ROOT}/logs/at-%Y 86400\" \"%U\"") { server in
            _ = try server.get("/one")
            try wait(for: "a file named by the year") {
                server.root.folder.names("logs").contains {
                    $0.wholeMatch(of: /at-20\d\d/) != nil && server.accessLog($0) == ["/one"]
                }
            }
        }
    }
}

private var rotatelogs: String {
    underApache ? "/usr/bin/rotatelogs" : ServerProgram.sibling("rotatelogs")
}
