// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// What is left in workers of the server's own processes that end before their requests do.
@Suite("Python: the server's own processes", .enabled(if: hasPython && !underApache))
struct PythonFrontTests {
    @Test(
        "that are killed leave no worker busy, and no place in the queue taken",
        arguments: PythonInterface.allCases, MPM.allCases)
    func killed(interface: PythonInterface, mpm: MPM) throws {
        let options = "processes=1 threads=1 concurrency=1 listen-backlog=2"
        try withApplication(of: interface, options, mpm: mpm, configuration: statusPage) { server in
            let worker = try server.worker()
            for file in ["one", "two"] {
                let held = try server.begin("/app/hold/\(file)")
                try server.waitForBusy(1)
                let waiting = try (0..<2).map { _ in try server.begin("/app/") }
                try wait(for: "two in the queue") { try server.figure("Queued") == "2" }

                let fronts = server.children
                for front in fronts { #expect(kill(front, SIGKILL) == 0) }
                try wait(for: "their ends") { !fronts.contains(where: ProcessTable.isRunning) }
                try server.write("/site/\(file)", "")

                try wait(for: "an answer", within: .seconds(60)) {
                    (try? server.get("/app/").status) == 200
                }
                try wait(for: "an empty queue") { try server.figure("Queued") == "0" }
                try server.waitForBusy(0)
                for connection in waiting + [held] { _ = try? connection.readToEnd() }
            }
            #expect(try server.worker() == worker)
        }
    }
}
