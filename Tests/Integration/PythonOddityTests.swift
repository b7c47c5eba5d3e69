// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// What applications do to their process, and what others feel of it.
@Suite("Python: oddities of applications", .enabled(if: hasPython && !underApache))
struct PythonOddityTests {
    @Test("a deep recursion works on the smallest stack, and on the usual one")
    func recursion() throws {
        for options in ["stack-size=524288", ""] {
            try withObedientApplication("processes=1 threads=1 \(options)", script: oddApplication)
            { server in
                let usual = try server.get("/app/recursion/900").text
                #expect(usual == "RecursionError False")
                let deep = try server.get("/app/recursion/5000").text
                #expect(deep == "RecursionError True")
            }
        }
    }

    @Test("a stack that overflows costs its process alone")
    func overflow() throws {
        try withObedientApplication("processes=1 threads=1", script: oddApplication) { server in
            #expect(try server.get("/app/overflow").status == 502)
            try server.waitForErrorLog("ended: signal 11", within: .seconds(60))
            #expect(try server.get("/app/").text == "well")
        }
    }

    @Test("clients that keep their connections hold no thread")
    func keptConnections() throws {
        try withObedientApplication("processes=1 threads=1", script: oddApplication) { server in
            let connections = try (0..<50).map { _ in try server.connect() }
            for _ in 0..<3 {
                for connection in connections {
                    #expect(try connection.get("/app/").text == "well")
                }
            }
        }
    }

    @Test("10 MB on standard output stop nothing, and what is left out is counted")
    func flood() throws {
        try withObedientApplication("processes=1 threads=1", script: oddApplication) { server in
            #expect(try server.get("/app/flood").text == "well")
            #expect(try server.get("/app/").text == "well")
            try server.waitForErrorLog("line 0 ")
            try server.waitForErrorLog("lines have been left out")
            // Each of them is there, or has been counted.
            var left = 0
            try wait(for: "all lines: \(left) are missing") {
                let log = server.errorLog.split(separator: "\n")
                let notices = log.filter {
                    $0.hasSuffix(" lines have been left out, for there were too many.")
                }
                let told = notices.compactMap { line in
                    line.firstRange(of: "process='site'").flatMap { place in
                        line[place.upperBound...].split(separator: " ").compactMap { Int($0) }.first
                    }
                }
                left = 100_000 - told.reduce(0, +) - log.count { $0.contains(": line ") }
                return left == 0
            }
        }
    }

    @Test("a handler for a signal of the application's own runs, whatever its threads do")
    func signals() throws {
        try withObedientApplication("processes=1 threads=2", script: oddApplication) { server in
            #expect(try server.get("/app/").text == "well")
            let worker = try #require(server.workers.first)
            let held = try server.begin("/app/wait/go")
            for signal in [SIGTERM, SIGUSR1] {
                #expect(kill(worker, signal) == 0)
                try wait(for: "the handler of signal \(signal)") {
                    try server.get("/app/signals").text.contains("<\(signal)>")
                }
            }
            try server.write("/site/go", "")
            #expect(try held.response().text == "well")
            #expect(server.workers == [worker])
        }
    }

    @Test("many small blocks are not a packet each")
    func smallBlocks() throws {
        try withObedientApplication("processes=1 threads=1", script: oddApplication) { server in
            let connection = try server.begin("/app/blocks/go")
            try wait(for: "the request in the application") {
                server.root.folder.exists("logs/begun")
            }
            // The worker is done before the server looks at what it has sent.
            let children = server.children
            for child in children { #expect(kill(child, SIGSTOP) == 0) }
            try server.write("/site/go", "")
            try wait(for: "all blocks") { server.root.folder.exists("logs/done") }
            for child in children { #expect(kill(child, SIGCONT) == 0) }

            let all = String(decoding: try connection.readToEnd(), as: UTF8.self)
            let chunks = all.split(separator: "\r\n").filter { line in
                line.count < 6 && line.allSatisfy(\.isHexDigit)
            }
            let start = try #require(all.firstRange(of: "\r\n\r\n")).upperBound
            let content = all[start...].count { $0 == "x" }
            #expect(content == 10_000)
            #expect(chunks.count < 20)
        }
    }
}

private let oddApplication = """
    import os, signal, sys, time

    seen = []
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, lambda number, frame: seen.append('<%d>' % number))

    def depth(n):
        return 0 if n == 0 else 1 + depth(n - 1)

    def wait_for(environ, name):
        path = os.path.join(os.path.dirname(environ['SCRIPT_FILENAME']), name)
        while not os.path.exists(path):
            time.sleep(0.01)

    def blocks(environ, name):
        logs = os.path.join(environ['DOCUMENT_ROOT'], '../logs')
        open(os.path.join(logs, 'begun'), 'w').close()
        wait_for(environ, name)
        for _ in range(100):
            yield b'x' * 100
        open(os.path.join(logs, 'done'), 'w').close()

    def application(environ, start_response):
        words = environ['PATH_INFO'].strip('/').split('/')
        body = 'well'
        start_response('200 OK', [('Content-Type', 'text/plain')])
        if words[0] == 'recursion':
            failed = False
            try:
                depth(int(words[1]))
            except RecursionError:
                failed = True
            body = 'RecursionError %s' % failed
        elif words[0] == 'overflow':
            import ctypes
            # Runs through the C stack, as a limit set too high lets an application do.
            sys.setrecursionlimit(1 << 30)
            class Item:
                def __repr__(self):
                    return repr([self])
            repr(Item())
        elif words[0] == 'flood':
            for number in range(100000):
                print('line', number, 'x' * 90)
            sys.stdout.flush()
        elif words[0] == 'wait':
            wait_for(environ, words[1])
        elif words[0] == 'signals':
            body = ''.join(seen)
        elif words[0] == 'blocks':
            return blocks(environ, words[1])
        return [body.encode()]

    """
