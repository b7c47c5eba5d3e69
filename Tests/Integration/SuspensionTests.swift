// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// The handler of Tests/test_suspension, at /wait.
private func withSuspension(
    _ settings: String = "", mpm: MPM = .event, _ body: (RunningServer) throws -> Void
) throws {
    let configuration = """
        LoadModule test_suspension_module modules/test_suspension.so
        LogFormat "%>s %B %r" short
        CustomLog logs/access_log short
        <Location /wait>
            SetHandler suspend
        </Location>
        \(settings)
        """
    try withServer(configuration, mpm: mpm, files: ["page.txt": "hello"], body)
}

private func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n" }

@Suite("Suspended requests", .enabled(if: !underApache))
struct SuspensionTests {
    @Test(
        "are answered when they are resumed, however often they are suspended",
        arguments: MPM.allCases)
    func ends(mpm: MPM) throws {
        try withSuspension(mpm: mpm) { server in
            let connection = try server.connect()
            for _ in 1...2 {
                for (query, status, text) in [
                    ("1,done", 200, "suspended 1"), ("3,done", 200, "suspended 3"),
                    ("now,done", 200, "suspended 1"), ("2,read", 200, "suspended 2"),
                    ("1,refuse", 403, nil), ("2,refuse-late", 409, nil),
                ] as [(String, Int, String?)] {
                    let response = try connection.request(get("/wait?\(query)"))
                    #expect(response.status == status, "\(query)")
                    if let text { #expect(response.text == text) }
                }
                #expect(try connection.request(get("/page.txt")).text == "hello")
            }
        }
    }

    @Test("have content, which is read after they are resumed", arguments: ["2,read", "2,done"])
    func content(query: String) throws {
        try withSuspension { server in
            let connection = try server.connect()
            for _ in 1...2 {
                try connection.send(
                    "POST /wait?\(query) HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nfour")
                #expect(connection.isSilent(for: .milliseconds(query == "2,read" ? 200 : 0)))
                try connection.send("more" + get("/page.txt"))
                let text = try connection.response().text
                #expect(text == "suspended 2" + (query == "2,read" ? "fourmore" : ""))
                #expect(try connection.response().text == "hello")
            }
        }
    }

    @Test("hold up those that were sent behind them, and no others")
    func pipeline() throws {
        try withSuspension { server in
            let connection = try server.connect()
            let targets = [
                "/wait?5,done", "/page.txt", "/wait?now,done", "/wait?1,done", "/page.txt",
            ]
            try connection.send(targets.map(get).joined())
            #expect(try server.connect().request(get("/page.txt")).text == "hello")
            let texts = try targets.map { _ in try connection.response().text }
            #expect(texts == ["suspended 5", "hello", "suspended 1", "suspended 1", "hello"])
        }
    }

    @Test("are not suspended where others wait for the handler: as the page of an error")
    func errorPage() throws {
        try withSuspension("ErrorDocument 403 /wait?1,done") { server in
            let connection = try server.connect()
            let response = try connection.request(get("/wait?1,refuse"))
            #expect(response.status == 403)
            #expect(response.text == "suspended 0")
            #expect(try connection.request(get("/page.txt")).text == "hello")
        }
    }

    @Test("are not idle: neither KeepAliveTimeout nor Timeout ends them", arguments: MPM.allCases)
    func timeouts(mpm: MPM) throws {
        try withSuspension("KeepAliveTimeout 50ms\nTimeout 1", mpm: mpm) { server in
            let connection = try server.connect()
            #expect(try connection.request(get("/wait?80,done")).text == "suspended 80")
            #expect(try connection.readToEnd() == [])
        }
    }

    @Test("whose client has left are logged, and harm nobody")
    func left() throws {
        try withSuspension { server in
            let connection = try server.connect()
            try connection.send(get("/wait?5,done"))
            connection.abort()
            #expect(try server.connect().request(get("/wait?1,done")).text == "suspended 1")
            let lines = try server.waitForAccessLog(lines: 2)
            #expect(lines.contains { $0.hasSuffix("GET /wait?5,done HTTP/1.1") })
        }
    }

    @Test("are waited for when the server restarts gracefully")
    func restart() throws {
        try withSuspension { server in
            let connection = try server.connect()
            try connection.send(get("/wait?40,done"))
            try server.restart(graceful: true)
            let response = try connection.response()
            #expect(response.text == "suspended 40")
            #expect(try server.connect().request(get("/page.txt")).text == "hello")
        }
    }
}
