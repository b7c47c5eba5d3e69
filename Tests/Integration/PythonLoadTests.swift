// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// What clients notice of reloads and of workers that are killed, while there are many requests.
@Suite("Python applications under load", .enabled(if: hasPython && !underApache))
struct PythonLoadTests {
    @Test("lose no request in ten reloads", arguments: PythonInterface.allCases)
    func tenReloads(interface: PythonInterface) throws {
        try withApplication(of: interface, "processes=2 threads=3") { server in
            let load = try Load(server, clients: 8)
            for _ in 0..<10 {
                let reload = try server.beginReload("-q", "site")
                while reload.exit() == nil { try load.round() }
                #expect(reload.exit()?.exitStatus == 0)
                try load.round()
            }
            #expect(Set(load.statuses.keys) == [200])
            try server.waitForErrorLog("has been reloaded", count: 10)
        }
    }

    @Test("lose no request in graceful restarts of the server", arguments: PythonInterface.allCases)
    func restarts(interface: PythonInterface) throws {
        try withApplication(of: interface, "processes=2 threads=3") { server in
            let resumed = "resuming normal operations"
            for count in 2...4 {
                let before = try server.worker()
                try server.signal(SIGUSR1)
                // Old and new fronts answer meanwhile, and old and new workers.
                try wait(for: "restart \(count)", within: .seconds(90)) {
                    let connections = try (0..<6).map { _ in try server.begin("/app/sleep/0.01") }
                    for connection in connections {
                        #expect(try connection.response(within: .seconds(60)).status == 200)
                    }
                    let isDone = try server.waitForErrorLog(resumed).count >= count
                    return try isDone && server.worker() != before
                }
            }
        }
    }

    @Test(
        "lose what a killed worker had, with a complete 502 each",
        arguments: PythonInterface.allCases)
    func killed(interface: PythonInterface) throws {
        let options = "processes=3 threads=2 concurrency=2"
        try withApplication(of: interface, options) { server in
            let load = try Load(server, clients: 6)
            var killed: Set<pid_t> = []
            for _ in 0..<6 {
                for _ in 0..<5 { try load.round() }
                try wait(for: "a worker that was not killed", within: .seconds(60)) {
                    server.workers.contains { !killed.contains($0) }
                }
                let victim = try #require(server.workers.first { !killed.contains($0) })
                try load.round { _ = kill(victim, SIGKILL) }
                killed.insert(victim)
            }
            for _ in 0..<5 { try load.round() }

            #expect(Set(load.statuses.keys).isSubset(of: [200, 502]))
            // Two requests at most are in each.
            #expect(load.statuses[502, default: 0] <= 12)
            let lines = try server.waitForErrorLog(
                "ended: signal 9 (Killed)", count: 6, within: .seconds(30))
            #expect(lines.count == 6)
            #expect(lines.contains { $0.contains(" requests, the last ") })
        }
    }
}

/// Clients that keep their connections, and ask all at once.
final class Load {
    private let server: RunningServer
    private let path: String
    private var clients: [ClientConnection]
    private(set) var statuses: [Int: Int] = [:]
    /// Responses of 503 that do not say when to come again.
    private(set) var withoutRetry = 0

    init(
        _ server: RunningServer, clients count: Int, path: String = "/app/sleep/0.01"
    ) throws {
        self.server = server
        self.path = path
        clients = try (0..<count).map { _ in try server.connect() }
    }

    /// - Parameter meanwhile: done when all have asked and nobody has looked at an answer.
    func round(_ meanwhile: () -> Void = {}) throws {
        for client in clients {
            try client.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        }
        meanwhile()
        for (index, client) in clients.enumerated() {
            // What is incomplete throws.
            let response = try client.response(within: .seconds(60))
            statuses[response.status, default: 0] += 1
            if response.status == 503, response["Retry-After"] != ["1"] { withoutRetry += 1 }
            if response["Connection"] == ["close"] { clients[index] = try server.connect() }
        }
    }
}
