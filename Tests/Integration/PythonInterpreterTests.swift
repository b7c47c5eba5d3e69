// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// Interpreters of several versions, which an Apache with mod_wsgi cannot have.
@Suite("Python: interpreters", .enabled(if: hasPython && !underApache))
struct PythonInterpreterTests {
    @Test("of several versions serve virtual hosts of one server at once")
    func versions() throws {
        let interpreters = Self.oneOfEach()
        guard interpreters.count > 1 else {
            try Test.cancel("there is one version of Python only: \(interpreters)")
        }
        let hosts = interpreters.map { interpreter in
            """
            <VirtualHost *>
                ServerName python\(interpreter.minor).example
                WSGIDaemonProcess python\(interpreter.minor) processes=1 threads=2 \
            python-home=${ROOT}/python\(interpreter.minor)
                WSGIScriptAlias / ${ROOT}/app.wsgi process-group=python\(interpreter.minor) \
            application-group=%{GLOBAL}
            </VirtualHost>
            """
        }
        let root = try ServerRoot(
            hosts.joined(separator: "\n"), modules: ["wsgi"],
            files: ["/app.wsgi": versionApplication])
        for interpreter in interpreters {
            try interpreter.makeHome("\(root.path)/python\(interpreter.minor)")
        }
        try withServer(root) { server in
            for _ in 0..<5 {
                for interpreter in interpreters {
                    let response = try server.get(
                        "/", host: "python\(interpreter.minor).example")
                    #expect(
                        response.text
                            == "\(interpreter.version) \(root.path)/python\(interpreter.minor)")
                }
            }
        }
    }

    @Test(
        "are found in PATH where the users of workers may start them", .enabled(if: geteuid() == 0))
    func searchPath() throws {
        let root = try ServerRoot(
            "WSGIScriptAlias / ${ROOT}/app.wsgi", modules: ["wsgi"],
            files: ["/app.wsgi": versionApplication])
        // As the home of root is, where its version manager keeps them.
        let locked = "\(root.path)/locked"
        try root.write("/locked/python3", "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n")
        _ = try run("/bin/chmod", ["755", "\(locked)/python3"])
        _ = try run("/bin/chmod", ["700", locked])
        try withServer(root, environment: ["PATH": "\(locked):/usr/bin:/bin"]) { server in
            let status = try server.get("/").status
            #expect(status == 200)
        }

        let result = try runServer(on: root, environment: ["PATH": locked])

        #expect(result.status == 1)
        #expect(result.messages.contains("The Python interpreter \(locked)/python3 cannot be used"))
        #expect(result.errors.contains("Permission denied, for "))
        #expect(
            result.errors.contains("test.conf:") && result.errors.contains("whom its processes"))
    }

    @Test(
        "need write nothing, and know nothing of the server's environment",
        .enabled(if: geteuid() == 0))
    func readOnly() throws {
        let root = try ServerRoot(
            """
            WSGIDaemonProcess site processes=1 threads=1 python-home=${ROOT}/venv home=${ROOT}/site \
            python-path=${ROOT}/site
            WSGIScriptAlias /app ${ROOT}/site/app.wsgi process-group=site application-group=%{GLOBAL}
            """, modules: ["wsgi"],
            files: ["/site/app.wsgi": cautiousApplication, "/site/own.py": "VALUE = 'own'\n"])
        let made = try run(
            "/usr/bin/python3", ["-m", "venv", "--without-pip", "\(root.path)/venv"],
            within: .seconds(120))
        guard made.status == 0 else { try Test.cancel("no venv: \(made.errors)") }
        // What is root's, workers cannot write; and this makes it plain.
        _ = try run("/bin/chmod", ["-R", "a-w", "\(root.path)/site", "\(root.path)/venv"])
        let poison = [
            "PYTHONHOME": "/nonexistent", "PYTHONPATH": "\(root.path)/poison",
            "PYTHONSTARTUP": "/nonexistent", "PYTHONOPTIMIZE": "2", "HOME": "/nonexistent",
        ]
        try root.write("/poison/os.py", "raise SystemExit('poisoned')\n")
        try withServer(root, environment: poison) { server in
            let response = try server.get("/app/")
            #expect(response.text == "own \(root.path)/venv 0 False")
            #expect(!root.folder.exists("site/__pycache__"))
        }
    }

    /// The system's interpreter, and the oldest and the newest besides it.
    private static func oneOfEach() -> [PythonInterpreter] {
        let all = PythonInterpreter.all
        guard let system = all.first(where: { $0.path == "/usr/bin/python3" }) ?? all.first else {
            return []
        }
        let others = all.filter { $0.minor != system.minor }.sorted { $0.minor < $1.minor }
        guard let oldest = others.first, let newest = others.last else { return [system] }
        return oldest.minor == newest.minor ? [system, oldest] : [system, oldest, newest]
    }
}

/// Says what it runs on, once it has loaded some extensions of that version.
private let versionApplication = """
    import sys, _socket, _struct, _json, zlib, hashlib, decimal

    def application(environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])
        hashlib.sha256(zlib.compress(b'x')).digest()
        return [('%d.%d.%d %s' % (sys.version_info[:3] + (sys.prefix,))).encode()]

    """

private let cautiousApplication = """
    import os, sys, own

    def application(environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])
        writable = os.access(os.path.dirname(environ['SCRIPT_FILENAME']), os.W_OK)
        words = (own.VALUE, sys.prefix, sys.flags.optimize, writable)
        return [('%s %s %d %s' % words).encode()]

    """
