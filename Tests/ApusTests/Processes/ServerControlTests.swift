// SPDX-License-Identifier: Apache-2.0

import Apus
import Foundation
import Testing

@Suite("httpd -k")
struct ServerControlTests {
    @Test(
        "without a pid file",
        arguments: [
            (.start, .startServer(nil)), (.stop, .exit(0, "httpd (no pid file) not running")),
            (.restart, .startServer("httpd not running, trying to start")),
            (.graceful, .startServer("httpd not running, trying to start")),
            (.gracefulStop, .exit(0, "httpd (no pid file) not running")),
        ] as [(ServerControl, ServerControl.Outcome)])
    func missing(control: ServerControl, expected: ServerControl.Outcome) {
        #expect(control.perform(PIDFile(path: "/nonexistent/pid")) == expected)
    }

    @Test("with the pid of nobody")
    func stale() throws {
        let outcome = try withPIDFile("4194305\n") { ServerControl.stop.perform($0) }
        #expect(outcome == .exit(0, "httpd (pid 4194305?) not running"))
    }

    @Test("does not start a second server")
    func running() throws {
        let parent = getppid()
        let outcome = try withPIDFile("\(parent)\n") { ServerControl.start.perform($0) }
        #expect(outcome == .exit(0, "httpd (pid \(parent)) already running"))
    }

    @Test("does not go by a pid file that holds no number")
    func corrupt() throws {
        let outcome = try withPIDFile("x") { ServerControl.stop.perform($0) }
        guard case .fail(let messages) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(messages.map(\.number) == ["AH00058", "AH00059"])
    }

    private func withPIDFile<Result>(
        _ content: String, _ body: (PIDFile) throws -> Result
    ) throws -> Result {
        let path = "\(NSTemporaryDirectory())/apus-pid-\(UUID().uuidString)"
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(PIDFile(path: path))
    }
}
