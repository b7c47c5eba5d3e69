// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_status; Compatibility line 93.
@Suite("Server status")
struct StatusTests {
    @Test("has its keys in the order that programs read", arguments: MPM.allCases)
    func automatic(mpm: MPM) throws {
        let response = try status(mpm, "?auto")
        let lines = response.text.split(separator: "\n").map(String.init)
        let keys = lines.dropFirst().map { String($0.prefix { $0 != ":" }) }
        let asynchronous = [
            "Processes", "Stopping", "ConnsTotal", "ConnsAsyncWaitIO", "ConnsAsyncWriting",
            "ConnsAsyncKeepAlive",
            "ConnsAsyncClosing",
        ]
        #expect(response["Content-Type"] == ["text/plain; charset=ISO-8859-1"])
        #expect(lines.first == "localhost")
        #expect(
            keys == [
                "ServerVersion", "ServerMPM", "Server Built", "CurrentTime", "RestartTime",
                "ParentServerConfigGeneration", "ParentServerMPMGeneration", "ServerUptimeSeconds",
                "ServerUptime", "Load1", "Load5", "Load15", "Total Accesses", "Total kBytes",
                "Total Duration", "CPUUser", "CPUSystem", "CPUChildrenUser", "CPUChildrenSystem",
                "CPULoad", "Uptime", "ReqPerSec", "BytesPerSec", "BytesPerReq", "DurationPerReq",
                "BusyWorkers", "GracefulWorkers", "IdleWorkers",
            ].filter { keys.contains($0) || !untilCounted.contains($0) }
                + (mpm == .event ? asynchronous : []) + ["Scoreboard"])
        #expect(lines.contains("ServerMPM: \(mpm)"))
        let board = lines.last { $0.hasPrefix("Scoreboard: ") } ?? ""
        #expect(board.dropFirst(12).allSatisfy { "_SRWKDCLGI.".contains($0) })
        #expect(board.contains("W"))
    }

    @Test("counts requests and workers")
    func counts() throws {
        try withServer(location, files: ["page.txt": "x"]) { server in
            for _ in 1...5 { _ = try server.get("/page.txt") }
            try wait(for: "five counted requests") {
                let text = try server.get("/server-status?auto").text
                let accesses = text.split(separator: "\n").first {
                    $0.hasPrefix("Total Accesses: ")
                }
                return Int(accesses?.dropFirst(16) ?? "") ?? 0 >= 5
            }
        }
    }

    @Test("is a page for people otherwise")
    func page() throws {
        let response = try status(.event, "")
        #expect(response["Content-Type"] == ["text/html; charset=ISO-8859-1"])
        #expect(
            response.text.contains("<h1>Apache Server Status for localhost (via 127.0.0.1)</h1>")
                || !underApache)
        #expect(response.text.contains("Server Version: "))
        #expect(response.text.contains("Server MPM: event"))
        #expect(response.text.contains("Scoreboard Key:"))
    }

    @Test("refreshes as often as asked for")
    func refresh() throws {
        let response = try status(.event, "?refresh=7")
        #expect(response["Refresh"] == ["7"])
    }

    @Test(
        "shows requests only where ExtendedStatus is on",
        arguments: [Case("On", "yes"), Case("Off", "no")])
    func extended(setting: Case) throws {
        let response = try withServer("\(location)\nExtendedStatus \(setting.given)") {
            try $0.get("/server-status")
        }
        #expect(
            response.text.contains("GET /server-status HTTP/1.1") == (setting.expected == "yes"))
    }
}

/// What is left out while there is nothing to divide by.
private let untilCounted: Set = [
    "CPULoad", "ReqPerSec", "BytesPerSec", "BytesPerReq", "DurationPerReq",
]

private let location = "<Location /server-status>\nSetHandler server-status\n</Location>"

private func status(_ mpm: MPM, _ query: String) throws -> RawResponse {
    try withServer(location, mpm: mpm) { try $0.get("/server-status\(query)") }
}
