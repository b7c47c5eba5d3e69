// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Whether there is a Python that the children of a server can run; else tests of applications
/// are left out.
let hasPython = unsafe access("/usr/bin/python3", X_OK) == 0

/// An application that does what its path says.
let obedientApplication = """
    import os, sys, time, threading

    VERSION = "one"

    def application(environ, start_response):
        words = environ["PATH_INFO"].strip("/").split("/")
        body = "%s %d" % (VERSION, os.getpid())
        if words[0] == "sleep":
            time.sleep(float(words[1]))
        elif words[0] == "hold":
            # Until there is the file.
            while not os.path.exists(words_path(environ, words[1])):
                time.sleep(0.01)
        elif words[0] == "exit":
            sys.exit(3)
        elif words[0] == "end":
            os._exit(3)
        elif words[0] == "crash":
            import ctypes
            ctypes.string_at(0)
        elif words[0] == "loop":
            while True:
                pass
        elif words[0] == "lock":
            import ctypes
            # Sleeps with the GIL held.
            ctypes.PyDLL(None).sleep(3600)
        elif words[0] == "fill":
            # More than it may have, page by page.
            ballast = [os.urandom(1 << 20) for _ in range(1024)]
        elif words[0] == "print":
            print("on standard output")
            print("on standard error", file=sys.stderr)
            environ["wsgi.errors"].write("on wsgi.errors\\n")
            import logging
            logging.warning("logged\\nin two lines")
        elif words[0] == "self":
            import resource
            mask = os.umask(0)
            os.umask(mask)
            body = repr({
                "uid": os.getuid(), "gid": os.getgid(), "groups": sorted(os.getgroups()),
                "umask": mask, "cwd": os.getcwd(), "nice": os.nice(0),
                "policy": os.sched_getscheduler(0),
                "cpu": resource.getrlimit(resource.RLIMIT_CPU)[0],
                "data": resource.getrlimit(resource.RLIMIT_DATA)[0],
                "space": resource.getrlimit(resource.RLIMIT_AS)[0],
                "lang": os.environ.get("LANG"), "home": os.environ.get("HOME"),
                "python": sys.prefix, "path": [p for p in sys.path if "extra" in p],
                "isolated": "PYTHONHOME" in os.environ})
        elif words[0] == "descriptors":
            import subprocess
            code = "import os; print(sorted(int(f) for f in os.listdir('/proc/self/fd')))"
            body = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True,
                close_fds=False).stdout
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body.encode()]

    def words_path(environ, name):
        return os.path.join(os.path.dirname(environ["SCRIPT_FILENAME"]), name)

    """

/// The page of mod_status, for `RunningServer.figure`.
let statusPage = "<Location /status>\nSetHandler server-status\n</Location>"

/// A server with an application at `/app`.
///
/// - Parameters:
///   - options: of its `WSGIDaemonProcess`.
///   - configuration: further directives.
func withObedientApplication<Result>(
    _ options: String, mpm: MPM = .event, script: String = obedientApplication,
    configuration: String = "", environment: [String: String] = [:],
    _ body: (RunningServer) throws -> Result
) throws -> Result {
    let directives = """
        WSGIDaemonProcess site \(options)
        WSGIScriptAlias /app ${ROOT}/site/app.wsgi process-group=site application-group=%{GLOBAL}
        LogLevel info
        \(configuration)
        """
    return try withServer(
        directives, mpm: mpm, modules: ["wsgi"], files: ["/site/app.wsgi": script],
        environment: environment, body)
}

extension RunningServer {
    /// Starts a request, and leaves it where it is.
    func begin(_ path: String) throws -> ClientConnection {
        let connection = try connect()
        try connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return connection
    }

    /// The number of the process that answers.
    func worker(_ path: String = "/app/") throws -> pid_t {
        let text = try get(path).text
        return try #require(text.split(separator: " ").last.flatMap { pid_t($0) }, "\(text)")
    }

    /// What the status page says of the application, where the configuration has `statusPage`.
    func figure(_ name: String) throws -> String? {
        let lines = try get("/status?auto").text.split(separator: "\n")
        return lines.first { $0.hasPrefix("WSGI0\(name): ") }.map {
            String($0.dropFirst(name.utf8.count + 7))
        }
    }

    /// Waits until so many requests are in the application.
    func waitForBusy(_ count: Int) throws {
        try wait(for: "\(count) busy slots") { try figure("BusySlots") == "\(count)" }
    }

    /// What the error log says of the application's processes, in its order.
    var processLines: [ProcessLine] { errorLog.split(separator: "\n").compactMap(ProcessLine.init) }

    /// Changes the application, whose file gets a newer time than it had.
    func writeApplication(_ text: String, age: Int = 0) throws {
        try write("/site/app.wsgi", text)
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        var times = [now, now]
        unsafe utimensat(AT_FDCWD, "\(path)/site/app.wsgi", &times, 0)
    }

    var newVersion: String { obedientApplication.replacing("\"one\"", with: "\"two\"") }

    /// Waits until an answer begins so.
    func waitForVersion(_ version: String) throws {
        try wait(for: "version \(version)", within: .seconds(30)) {
            try get("/app/").text.hasPrefix("\(version) ")
        }
    }
}

/// A line of the error log about one of the processes.
struct ProcessLine {
    let pid: pid_t
    let text: String

    init?(_ line: Substring) {
        guard let start = line.firstRange(of: "mod_wsgi (pid="),
            let end = line.firstRange(of: "): Process of "),
            let pid = pid_t(line[start.upperBound..<end.lowerBound])
        else { return nil }
        self.pid = pid
        text = String(line[end.upperBound...])
    }

    var isReady: Bool { text.hasSuffix("is ready.") }
    /// Why it is to be replaced.
    var replacement: String? { part(after: "is to be replaced: ").map { String($0.dropLast()) } }
    /// How it ended.
    var end: String? { part(after: "ended: ") }
    /// How many requests it had had at its end.
    var served: Int? {
        part(after: ", after ").flatMap { Int($0.prefix { $0.isNumber }) }
    }

    private func part(after words: String) -> String? {
        text.firstRange(of: words).map { String(text[$0.upperBound...]) }
    }
}
