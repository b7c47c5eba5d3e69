// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Design, section 2: a child has its loops, and threads for code that blocks once there is any.
@Suite("Threads", .enabled(if: !underApache))
struct ThreadTests {
    @Test("are the loops alone where only files are served", arguments: MPM.allCases)
    func files(mpm: MPM) throws {
        let configuration = """
            StartServers 1
            ServerLimit 1
            <IfModule !mpm_prefork_module>
                ThreadsPerChild 5
                MaxRequestWorkers 5
            </IfModule>
            <IfModule mpm_prefork_module>
                MaxRequestWorkers 1
            </IfModule>
            """
        try withServer(configuration, mpm: mpm, files: ["page.txt": "hello"]) { server in
            for _ in 1...20 { #expect(try server.get("/page.txt").text == "hello") }
            let child = try #require(server.children.first)
            try expect(threads(mpm), of: child)
        }
    }

    @Test("are as many loops as LoopsPerChild says")
    func loops() throws {
        let configuration = "StartServers 1\nServerLimit 1\nLoopsPerChild 4"
        try withServer(configuration, mpm: .event, files: ["page.txt": "hello"]) { server in
            for _ in 1...20 { #expect(try server.get("/page.txt").text == "hello") }
            let child = try #require(server.children.first)
            try expect(4 + 1, of: child)
        }
    }

    /// A loop more for each child would only take turns with the others.
    @Test("are a loop for each processor, divided among the children")
    func share() throws {
        let configuration = "StartServers 1024\nServerLimit 1\nMaxSpareThreads 1024"
        try withServer(configuration, mpm: .event, files: ["page.txt": "hello"]) { server in
            #expect(try server.get("/page.txt").text == "hello")
            let child = try #require(server.children.first)
            try expect(1 + 1, of: child)
        }
    }

    /// Some loops may be starting still while the first ones serve.
    private func expect(_ count: Int, of child: pid_t) throws {
        try wait(for: "\(count) threads, not \(ProcessTable.threads(of: child))") {
            ProcessTable.threads(of: child) >= count
        }
        #expect(ProcessTable.threads(of: child) == count)
    }

    /// The loops, and with several of them the thread that was forked, which only waits.
    private func threads(_ mpm: MPM) -> Int {
        switch mpm {
        case .prefork: 1
        case .worker: 5 + 1
        case .event: min(5, sysconf(Int32(_SC_NPROCESSORS_ONLN))) + 1
        }
    }
}
