// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Slow clients and long content: what they may cost.
@Suite("Python: slow clients", .serialized, .enabled(if: hasPython && !underApache))
struct PythonMemoryTests {
    /// Beyond what the server and the kernel may keep of one response.
    private static let length = 100 << 20
    private static let bound = 40 << 20

    @Test("of a file of 100 MB hold no thread and no memory", arguments: MPM.allCases)
    func file(mpm: MPM) throws {
        try withObedientApplication(
            "processes=1 threads=1", mpm: mpm, script: longApplication
        ) { server in
            let before = try server.memory()
            let slow = try server.begin("/app/file")
            try slow.wait(for: "Content-Length: \(Self.length)\r\n")

            // The only thread is free.
            for _ in 0..<20 { #expect(try server.get("/app/").status == 200) }
            #expect(try server.memory() - before < Self.bound)
            try slow.discard(atLeast: Self.length - (1 << 20))
            #expect(try server.memory() - before < Self.bound)
        }
    }

    @Test("of a response that is buffered hold no thread")
    func buffered() throws {
        try withObedientApplication(
            "processes=1 threads=1 response-buffer-size=\(128 << 20)", script: longApplication
        ) { server in
            let slow = try server.begin("/app/blocks")
            try slow.wait(for: "Content-Length: \(Self.length)\r\n")

            // Answered after the thread is done with the first, whose client still takes nothing.
            #expect(try server.get("/app/").status == 200)
            try slow.discard(atLeast: Self.length - (1 << 20))
        }
    }

    @Test("of a long response hold no more memory than response-buffer-size")
    func bounded() throws {
        try withObedientApplication(
            "processes=1 threads=2 response-buffer-size=\(4 << 20)", script: longApplication
        ) { server in
            let before = try server.memory()
            let slow = try server.begin("/app/blocks")
            try slow.wait(for: "Content-Length: \(Self.length)\r\n")
            // The application cannot get further until the client takes what there is.
            try server.waitUntilStill { try server.get("/app/progress").text }
            #expect(try server.memory() - before < Self.bound)
            #expect(try Int(server.get("/app/progress").text) ?? .max < Self.bound)

            try slow.discard(atLeast: Self.length - (1 << 20))
            #expect(try server.memory() - before < Self.bound)
        }
    }

    @Test("of ASGI, 200 MB down, hold no more memory than the credit")
    func asynchronousDown() throws {
        let length = 200 << 20
        try withObedientApplication("processes=1", script: longASGIApplication) { server in
            let before = try server.memory()
            let slow = try server.begin("/app/down/\(length)")
            try slow.wait(for: "Content-Length: \(length)\r\n")
            try server.waitUntilStill { try server.get("/app/progress").text }
            #expect(try Int(server.get("/app/progress").text) ?? .max < Self.bound)
            #expect(try server.memory() - before < Self.bound)

            try slow.discard(atLeast: length - (1 << 20))
            #expect(try server.memory() - before < Self.bound)
        }
    }

    @Test("of ASGI, 200 MB up, hold no more memory than the credit")
    func asynchronousUp() throws {
        let length = 200 << 20
        try withObedientApplication("processes=1", script: longASGIApplication) { server in
            let before = try server.memory()
            let upload = try server.connect()
            try upload.send(
                "POST /app/up HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\n\r\n")
            // The application reads nothing yet, so soon nothing is taken from the client either.
            let block = [UInt8](repeating: 0x78, count: 1 << 20)
            let first = upload.sendWhatIsTaken(block, atMost: length)
            #expect(first < Self.bound)
            #expect(try server.memory() - before < Self.bound)

            try server.write("/site/go", "")
            var rest = length - first
            while rest > 0 {
                try upload.send(Array(block.prefix(rest)))
                rest -= min(rest, block.count)
            }
            let response = try upload.response(to: "POST", within: .seconds(120))
            #expect(response.text == "\(length)")
            #expect(try server.memory() - before < Self.bound)
        }
    }
}

extension RunningServer {
    /// The memory of the server's processes and its workers, in bytes.
    fileprivate func memory() throws -> Int {
        ([pid] + children + workers).reduce(0) { $0 + ProcessTable.memory(of: $1) }
    }

    /// Waits until an answer, which tells how far something is, is the same for a second.
    fileprivate func waitUntilStill(_ answer: () throws -> String) throws {
        var last = try answer()
        var since = ContinuousClock.now
        try wait(for: "standstill", within: .seconds(120)) {
            let next = try answer()
            if next != last { (last, since) = (next, .now) }
            return ContinuousClock.now - since > .seconds(1)
        }
    }
}

/// Gives long content, and tells how much of it it has given.
private let longApplication = """
    import os, tempfile

    LENGTH = 100 << 20
    given = 0
    folder = tempfile.TemporaryFile()
    folder.truncate(LENGTH)

    def blocks():
        global given
        block = b'x' * 65536
        for _ in range(LENGTH // len(block)):
            given += len(block)
            yield block

    def application(environ, start_response):
        path = environ['PATH_INFO'][1:]
        fields = [('Content-Type', 'text/plain')]
        if path in ('file', 'blocks'):
            fields += [('Content-Length', str(LENGTH))]
        start_response('200 OK', fields)
        if path == 'file':
            file = os.fdopen(os.dup(folder.fileno()), 'rb')
            file.seek(0)
            return environ['wsgi.file_wrapper'](file)
        if path == 'blocks':
            return blocks()
        return [b'%d' % given]

    """

private let longASGIApplication = """
    import asyncio, os

    given = 0

    async def application(scope, receive, send):
        global given
        if scope['type'] != 'http':
            return
        words = scope['path'].split('/')[2:]
        fields = [(b'content-type', b'text/plain')]
        start = {'type': 'http.response.start', 'status': 200, 'headers': fields}
        if words[0] == 'down':
            length = int(words[1])
            fields += [(b'content-length', words[1].encode())]
            await send(start)
            while given < length:
                block = b'x' * min(65536, length - given)
                given += len(block)
                await send({'type': 'http.response.body', 'body': block, 'more_body': True})
            await send({'type': 'http.response.body'})
            return
        count = given
        if words[0] == 'up':
            folder = os.path.dirname(__file__)
            while not os.path.exists(os.path.join(folder, 'go')):
                await asyncio.sleep(0.01)
            more = True
            count = 0
            while more:
                message = await receive()
                count += len(message.get('body', b''))
                more = message.get('more_body', False)
        await send(start)
        await send({'type': 'http.response.body', 'body': b'%d' % count})

    """
