// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// What bounds the time of requests to Python applications, by both interfaces.
@Suite("Deadlines of Python requests", .enabled(if: hasPython && !underApache))
struct PythonDeadlineTests {
    @Test(
        "give 504, tell where the request is, and replace its worker once the others have ended",
        arguments: PythonInterface.allCases)
    func requestTimeout(interface: PythonInterface) throws {
        try withApplication(of: interface, "processes=1 threads=4 request-timeout=8") { server in
            let worker = try server.worker()
            let late = try server.begin("/app/hold/never")
            // The other one begins later, and has so much more time.
            #expect(late.isSilent(for: .seconds(4)))
            let other = try server.begin("/app/hold/go")

            #expect(try late.response(within: .seconds(60)).status == 504)

            let name = try #require(
                server.waitForAccessLog(lines: 2).first { $0.hasPrefix("504 ") }?
                    .split(separator: " ").dropFirst().first)
            let whose = "pid=\(worker), process='site', request=\(name)): "
            try server.waitForErrorLog(whose, within: .seconds(30))
            #expect(
                server.errorLog.split(separator: "\n").contains {
                    $0.contains(whose) && $0.contains("in hold_until")
                })
            // Another one serves, while the other request goes on in the first.
            try wait(for: "another worker", within: .seconds(60)) {
                try server.worker() != worker
            }
            try server.write("/site/go", "")
            let answer = try other.response(within: .seconds(60))
            #expect(answer.status == 200)
            #expect(answer.text == "one \(worker)")
            try server.waitForErrorLog("for request-timeout", within: .seconds(60))
            #expect(!ProcessTable.isRunning(worker))
        }
    }

    @Test("hold for a coroutine too that keeps the event loop from running")
    func heldLoop() throws {
        let options = "processes=1 request-timeout=1 graceful-timeout=1 shutdown-timeout=1"
        try withApplication(of: .asgi, options) { server in
            let worker = try server.worker()

            let late = try server.begin("/app/block")

            #expect(try late.response(within: .seconds(60)).status == 504)
            let line = try server.waitForErrorLog("time.sleep(3600)", within: .seconds(30))[0]
            #expect(line.contains("pid=\(worker), process='site', request="))
            try wait(for: "another worker", within: .seconds(60)) {
                try server.worker() != worker
            }
            try wait(for: "end of the first", within: .seconds(60)) {
                !ProcessTable.isRunning(worker)
            }
        }
    }

    @Test(
        "hold too for a request that keeps the interpreter's lock, so that nothing else can run",
        arguments: PythonInterface.allCases)
    func heldLock(interface: PythonInterface) throws {
        let options =
            "processes=2 threads=1 request-timeout=2 graceful-timeout=1 shutdown-timeout=1"
        try withApplication(of: interface, options, configuration: statusPage) { server in
            try server.waitForErrorLog("is ready.", count: 2)
            let workers = server.workers
            let late = try server.begin("/app/lock")

            #expect(try late.response(within: .seconds(60)).status == 504)

            try server.waitForErrorLog("in lock", within: .seconds(30))
            try server.waitForErrorLog(", for request-timeout", within: .seconds(60))
            let ends = server.processLines.filter { $0.end != nil }
            #expect(ends.count == 1)
            #expect(workers.contains(ends[0].pid) && !ProcessTable.isRunning(ends[0].pid))
            #expect(workers.filter(ProcessTable.isRunning).count == 1)
            for _ in 0..<10 { #expect(try server.get("/app/").status == 200) }
            #expect(try server.figure("Ended request-timeout") == "1")
        }
    }

    @Test(
        "end the request alone with interrupt-timeout, if it can be interrupted",
        arguments: PythonInterface.allCases)
    func interruptTimeout(interface: PythonInterface) throws {
        let options = "processes=1 threads=2 request-timeout=1 interrupt-timeout=30"
        try withApplication(of: interface, options) { server in
            let worker = try server.worker()

            #expect(try server.get("/app/hold/never").status == 504)

            try server.waitForErrorLog(
                interface == .wsgi ? "was interrupted" : "the request is cancelled")
            #expect(try server.worker() == worker)
            #expect(!server.errorLog.contains("is to be replaced"))
        }
    }

    @Test(
        "replace the worker where the request cannot be interrupted",
        arguments: PythonInterface.allCases)
    func cannotBeInterrupted(interface: PythonInterface) throws {
        let options = """
            processes=1 threads=2 request-timeout=1 interrupt-timeout=1 graceful-timeout=1 \
            shutdown-timeout=1
            """
        try withApplication(of: interface, options) { server in
            let worker = try server.worker()

            #expect(try server.get("/app/stubborn").status == 504)

            try server.waitForErrorLog("could not be interrupted", within: .seconds(60))
            try wait(for: "another worker", within: .seconds(60)) {
                try server.worker() != worker
            }
            try wait(for: "end of the first", within: .seconds(90)) {
                !ProcessTable.isRunning(worker)
            }
        }
    }

    @Test("of silence are those of socket-timeout", arguments: PythonInterface.allCases)
    func socketTimeout(interface: PythonInterface) throws {
        try withApplication(of: interface, "processes=1 threads=2 socket-timeout=1") { server in
            let worker = try server.worker()

            #expect(try server.get("/app/hold/go").status == 504)

            try server.waitForErrorLog("Timeout when reading response headers")
            #expect(try server.worker() == worker)
        }
    }
}

/// A server with an application of either interface at `/app`, which does what its path says, and
/// an access log of status, request in the error log, time in the queue, and path.
func withApplication<Result>(
    of interface: PythonInterface, _ options: String, mpm: MPM = .event, configuration: String = "",
    _ body: (RunningServer) throws -> Result
) throws -> Result {
    try withObedientApplication(
        options, mpm: mpm, script: interface == .wsgi ? waitingApplication : awaitingApplication,
        configuration: """
            LogFormat "%>s %{wsgi-request}n %{queue-time}n %U" times
            CustomLog logs/access_log times
            MaxKeepAliveRequests 0
            KeepAliveTimeout 300
            \(configuration)
            """, body)
}

private let locking = """
    def lock():
        # Waits for itself, with the interpreter's lock held; no signal interrupts that.
        mutex = ctypes.create_string_buffer(64)
        library = ctypes.PyDLL(None)
        for _ in range(2):
            library.pthread_mutex_lock(mutex)
    """

private let waitingApplication = """
    import ctypes, os, time

    def hold_until(path):
        while not os.path.exists(path):
            time.sleep(0.01)

    \(locking)

    def pieces(path):
        yield b"beginning"
        hold_until(path)
        os._exit(3)

    def application(environ, start_response):
        words = environ["PATH_INFO"].strip("/").split("/")
        body = "one %d" % os.getpid()
        if words[0] == "hold":
            hold_until(os.path.join(os.path.dirname(environ["SCRIPT_FILENAME"]), words[1]))
        elif words[0] == "sleep":
            time.sleep(float(words[1]))
        elif words[0] == "stubborn":
            time.sleep(3600)
        elif words[0] == "queue":
            body = "%s %s %d" % (
                environ["mod_wsgi.request_start"], environ["mod_wsgi.queue_start"],
                time.time() * 1000000)
        elif words[0] == "tell":
            print("the application is called")
        elif words[0] == "read":
            print("the application reads")
            body = "%d" % len(environ["wsgi.input"].read())
        elif words[0] == "lock":
            lock()
        elif words[0] == "break":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return pieces(os.path.join(os.path.dirname(environ["SCRIPT_FILENAME"]), words[1]))
        elif words[0] == "grow":
            global ballast
            ballast = os.urandom(1 << 20) * int(words[1])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body.encode()]

    """

private let awaitingApplication = """
    import asyncio, ctypes, os, time

    \(locking)

    async def hold_until(path):
        while not os.path.exists(path):
            await asyncio.sleep(0.01)

    async def stay():
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                pass

    async def application(scope, receive, send):
        if scope["type"] != "http":
            return
        words = scope["path"].strip("/").split("/")[1:] or [""]
        body = "one %d" % os.getpid()
        if words[0] == "hold":
            await hold_until(os.path.join(os.path.dirname(__file__), words[1]))
        elif words[0] == "sleep":
            await asyncio.sleep(float(words[1]))
        elif words[0] == "stubborn":
            await stay()
        elif words[0] == "block":
            time.sleep(3600)
        elif words[0] == "lock":
            lock()
        elif words[0] == "tell":
            print("the application is called")
        elif words[0] == "read":
            print("the application reads")
            while (await receive()).get("more_body"):
                pass
        elif words[0] == "break":
            await send({"type": "http.response.start", "status": 200})
            piece = {"type": "http.response.body", "body": b"beginning", "more_body": True}
            await send(piece)
            await hold_until(os.path.join(os.path.dirname(__file__), words[1]))
            os._exit(3)
        elif words[0] == "grow":
            global ballast
            ballast = os.urandom(1 << 20) * int(words[1])
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})

    """
