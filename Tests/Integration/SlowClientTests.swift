// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Clients that take their time cost others nothing, as long as there is a worker.
@Suite("Slow clients")
struct SlowClientTests {
    struct Size: Sendable, CustomTestStringConvertible {
        let processes: Int
        let threads: Int

        var testDescription: String { "\(processes) processes with \(threads) threads" }

        var directives: String {
            """
            StartServers \(processes)
            ServerLimit \(processes)
            ThreadsPerChild \(threads)
            MaxRequestWorkers \(processes * threads)
            MinSpareThreads 1
            MaxSpareThreads 100

            """
        }
    }

    private static let sizes = [
        Size(processes: 1, threads: 4), Size(processes: 2, threads: 2),
        Size(processes: 4, threads: 1),
    ]

    // Under worker Apache's thread also waits until the client has closed, at most two seconds, so
    // there are few of these requests. Under event, a process of Apache's that has no thread left
    // may yet take a connection, which then waits there.
    @Test(
        "that send content leave ordinary requests the worker that is left",
        arguments: underApache ? [MPM.worker] : [.event, .worker], Self.sizes)
    func content(mpm: MPM, size: Size) throws {
        let configuration = size.directives + "ScriptAlias /cgi ${ROOT}/cgi-bin"
        let files = ["page.txt": "hello"]
        try withServer(configuration, mpm: mpm, modules: ["cgi"], files: files) { server in
            let script = "#!/bin/sh\ntouch ../logs/running.$$\ncat > /dev/null\necho; echo done"
            try server.write("/cgi-bin/read", script, mode: 0o755)
            let slow = try (1...3).map { number in
                let connection = try server.connect()
                try connection.send(
                    "POST /cgi/read HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
                try wait(for: "script \(number)") {
                    server.root.folder.names("logs").count { $0.hasPrefix("running.") } == number
                }
                return connection
            }
            for _ in 1...2 { try expectAnswers(server, connections: 4) }
            for connection in slow {
                try connection.send("def")
                #expect(try connection.response().text == "done\n")
            }
        }
    }

    /// Several at once: none may be taken by who has no worker for it.
    private func expectAnswers(_ server: RunningServer, connections: Int) throws {
        let clients = try (1...connections).map { _ in try server.connect() }
        for client in clients {
            try client.send("GET /page.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        for client in clients { #expect(try client.response().text == "hello") }
    }

    /// Apache lets these wait, tried with three readers and two threads.
    @Test("that read a file need no worker under event", .enabled(if: !underApache))
    func readers() throws {
        let configuration =
            Size(processes: 1, threads: 2).directives + "CustomLog logs/access_log %B"
        try withServer(configuration, files: ["page.txt": "hello", "large.bin": ""]) { server in
            let size = 64 << 20
            #expect(unsafe truncate("\(server.path)/htdocs/large.bin", off_t(size)) == 0)
            let readers = try (1...4).map { _ in
                let connection = try server.connect()
                try connection.send(
                    "GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                _ = try connection.read(atLeast: 1000)
                return connection
            }
            for _ in 1...10 { try expectAnswers(server, connections: 1) }
            #expect(try readers[0].readToEnd(within: .seconds(60)).count > size / 2)
            try wait(for: "the log of the download") {
                server.accessLog().contains("\(size)")
            }
        }
    }
}

/// What is left of a server whose parent was killed.
@Suite("A killed parent", .enabled(if: !underApache))
struct KilledParentTests {
    @Test(
        "leaves the address to the next server, and the downloads their time",
        arguments: MPM.allCases, [false, true])
    func address(mpm: MPM, hasRestarted: Bool) throws {
        let root = try ServerRoot(
            "StartServers 2", mpm: mpm, files: ["page.txt": "hello", "large.bin": ""])
        let size = 64 << 20
        #expect(unsafe truncate("\(root.path)/htdocs/large.bin", off_t(size)) == 0)
        try withServer(root) { server in
            let download = try server.connect()
            try download.send("GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let begin = try download.read(atLeast: 1000).count
            if hasRestarted { try server.restart(graceful: true) }
            let children = server.children
            kill(server.pid, SIGKILL)
            #expect(try server.waitForExit().signal == SIGKILL)
            try wait(for: "closed port") { (try? server.connect()) == nil }
            try withServer(root) { next in
                #expect(try next.get("/page.txt").text == "hello")
                let rest = try download.readToEnd(within: .seconds(60)).count
                #expect(begin + rest > size)
                try wait(for: "end of the old children") {
                    !children.contains(where: ProcessTable.isRunning)
                }
            }
        }
    }
}
