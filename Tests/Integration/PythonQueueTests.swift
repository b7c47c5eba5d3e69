// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Requests that wait for a free slot.
@Suite("The queue of a Python application", .enabled(if: hasPython && !underApache))
struct PythonQueueTests {
    @Test(
        "is as long as listen-backlog; beyond, there is 503 with Retry-After at once",
        arguments: PythonInterface.allCases)
    func full(interface: PythonInterface) throws {
        let options = "processes=1 threads=1 concurrency=1 listen-backlog=3"
        try withApplication(of: interface, options, configuration: statusPage) { server in
            _ = try server.worker()
            let held = try server.begin("/app/hold/go")
            try server.waitForBusy(1)
            var waiting: [ClientConnection] = []
            for count in 1...3 {
                waiting.append(try server.begin("/app/"))
                try wait(for: "\(count) requests in the queue") {
                    try server.figure("Queued") == "\(count)"
                }
            }

            for _ in 0..<5 {
                let refused = try server.get("/app/refused")
                #expect(refused.status == 503)
                #expect(refused["Retry-After"] == ["1"])
            }

            try server.write("/site/go", "")
            #expect(try held.response(within: .seconds(60)).status == 200)
            for connection in waiting {
                #expect(try connection.response(within: .seconds(60)).status == 200)
            }
            #expect(try server.get("/app/").status == 200)
            // How long they waited, in microseconds.
            let lines = try server.waitForAccessLog(of: "/app/", count: 5)
            let times = lines.compactMap { Int($0.split(separator: " ")[2]) }
            #expect(times.filter { $0 > 1000 }.count >= 3, "\(lines)")
            try server.waitForErrorLog("listener backlog limit was exceeded", count: 5)
        }
    }

    @Test(
        "answers everybody under load, with 200 or with 503", arguments: PythonInterface.allCases)
    func load(interface: PythonInterface) throws {
        let options = "processes=1 threads=1 concurrency=1 listen-backlog=5"
        try withApplication(of: interface, options) { server in
            let load = try Load(server, clients: 20, path: "/app/sleep/0.02")
            for _ in 0..<10 { try load.round() }
            #expect(Set(load.statuses.keys) == [200, 503])
            #expect(load.withoutRetry == 0)
            // Five in the queue of each round, at least.
            #expect(load.statuses[200, default: 0] >= 50)
        }
    }

    @Test("is left with 504 after queue-timeout", arguments: PythonInterface.allCases)
    func timeout(interface: PythonInterface) throws {
        let options = "processes=1 threads=1 concurrency=1 queue-timeout=1"
        try withApplication(of: interface, options) { server in
            let worker = try server.worker()
            let held = try server.begin("/app/hold/go")
            #expect(held.isSilent(for: .milliseconds(500)))

            #expect(try server.get("/app/tell").status == 504)

            let line = try #require(
                server.waitForAccessLog(lines: 2).first { $0.hasPrefix("504 ") })
            #expect(Int(line.split(separator: " ")[2]) ?? 0 >= 1_000_000, "\(line)")
            try server.waitForErrorLog("Queue timeout expired")
            try server.write("/site/go", "")
            #expect(try held.response(within: .seconds(60)).text == "one \(worker)")
            #expect(try server.get("/app/").status == 200)
            // Nobody waits for it any more, so the application is not called for it.
            #expect(try server.get("/app/tell").status == 200)
            let told = try server.waitForErrorLog("the application is called")
            #expect(told.count == 1)
        }
    }

    @Test("is waited for, where connect-timeout says so")
    func waits() throws {
        let options = "processes=1 threads=1 listen-backlog=1 connect-timeout=60"
        try withApplication(of: .wsgi, options) { server in
            let connections = try (0..<6).map { _ in try server.begin("/app/sleep/0.1") }
            for connection in connections {
                #expect(try connection.response(within: .seconds(60)).status == 200)
            }
        }
    }

    @Test("gives the application the time when the request was put into it")
    func queueStart() throws {
        let options = "processes=1 threads=1"
        try withApplication(of: .wsgi, options, configuration: statusPage) { server in
            _ = try server.worker()
            let held = try server.begin("/app/hold/go")
            try server.waitForBusy(1)
            // It is put there when its content has come.
            let waiting = try server.connect()
            try waiting.send(
                "POST /app/queue HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + "Content-Length: 4\r\n\r\n")
            #expect(waiting.isSilent(for: .milliseconds(1000)))
            let before = microseconds()
            try waiting.send("text")
            try wait(for: "it in the queue") { try server.figure("Queued") == "1" }
            let after = microseconds()
            #expect(waiting.isSilent(for: .milliseconds(1500)))
            try server.write("/site/go", "")
            #expect(try held.response(within: .seconds(60)).status == 200)

            let text = try waiting.response(within: .seconds(60)).text
            let times = text.split(separator: " ").compactMap { Int($0) }
            try #require(times.count == 3, "\(text)")
            let (received, queued, called) = (times[0], times[1], times[2])
            #expect(received < before, "\(before) \(text)")
            #expect(before <= queued && queued <= after, "\(before) \(after) \(text)")
            #expect(called - queued >= 1_500_000)
            // The access log tells the same.
            let line = try server.waitForAccessLog(of: "/app/queue")[0]
            let time = Int(line.split(separator: " ")[2]) ?? 0
            #expect(time >= 1_500_000 && time <= called - queued, "\(line) \(text)")
        }
    }

    private func microseconds() -> Int {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
    }
}

extension RunningServer {
    /// Waits until the access log of `withApplication` has so many lines of a path.
    fileprivate func waitForAccessLog(of path: String, count: Int = 1) throws -> [String] {
        var lines: [String] = []
        try wait(for: "\(count) lines of \(path)") {
            lines = accessLog().filter { $0.hasSuffix(" \(path)") }
            return lines.count >= count
        }
        return lines
    }
}
