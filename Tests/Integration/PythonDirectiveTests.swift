// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Directives of mod_wsgi that choose what answers, and how Python is started.
@Suite("Python: directives", .enabled(if: hasPython))
struct PythonDirectiveTests {
    private static let alias = "WSGIScriptAlias /app ${ROOT}/app.wsgi"
    private static let group = "process-group=site application-group=%{GLOBAL}"

    @Test("WSGIHandlerScript answers for other files")
    func handlerScript() throws {
        let script = """
            import os

            def handle_request(environ, start_response):
                start_response('200 OK', [('Content-Type', 'text/plain')])
                names = (environ['SCRIPT_FILENAME'], environ['mod_wsgi.handler_script'])
                return [' by '.join(os.path.basename(name) for name in names).encode()]

            """
        let configuration = """
            WSGIHandlerScript shout ${ROOT}/hand.py \(Self.group)
            <Location /x.txt>
            SetHandler shout
            </Location>
            """
        try withPython(configuration, files: ["/hand.py": script, "x.txt": "text"]) { server in
            let text = try server.get("/x.txt").text
            #expect(text == "x.txt by hand.py")
        }
    }

    @Test("WSGIDispatchScript chooses process group, application group and callable")
    func dispatchScript() throws {
        let script = """
            def process_group(environ):
                return 'site' if 'group' in environ['QUERY_STRING'] else None

            def application_group(environ):
                return 'chosen' if 'group' in environ['QUERY_STRING'] else None

            def callable_object(environ):
                return 'other' if 'other' in environ['QUERY_STRING'] else None

            """
        let dispatch =
            "<Location /app>\nWSGIDispatchScript ${ROOT}/dispatch.py\n</Location>"
        let files = ["/dispatch.py": script, "/app.wsgi": twoApplications]
        try withPython(dispatch, alias: Self.alias, files: files) { server in
            let plain = try server.get("/app").text
            #expect(plain.hasPrefix("application of '' "))
            let other = try server.get("/app?other").text
            #expect(other.hasPrefix("other of '' "))
            let grouped = try server.get("/app?group").text
            #expect(grouped == "application of 'site' 'chosen'")
            let both = try server.get("/app?group+other").text
            #expect(both == "other of 'site' 'chosen'")
        }
    }

    @Test("WSGICallableObject names the callable, and %{SERVER} one group for a host")
    func callableObject() throws {
        let configuration = """
            <Location /app>
            WSGIProcessGroup site
            WSGIApplicationGroup %{SERVER}
            WSGICallableObject other
            </Location>
            """
        try withPython(configuration, alias: Self.alias, files: ["/app.wsgi": twoApplications]) {
            server in
            let text = try server.get("/app").text
            #expect(text.hasPrefix("other of 'site' 'localhost"))
            #expect(!text.contains("|"))
        }
    }

    @Test("WSGIRestrictProcess keeps to the groups that it names")
    func restrictProcess() throws {
        let configuration = """
            SetEnvIf Request_URI /site group=site
            SetEnvIf Request_URI /other group=other
            WSGIDaemonProcess other processes=1 threads=1
            <Location /app>
            WSGIProcessGroup %{ENV:group}
            WSGIApplicationGroup %{GLOBAL}
            WSGIRestrictProcess site
            </Location>
            """
        try withPython(configuration, alias: Self.alias, files: ["/app.wsgi": twoApplications]) {
            server in
            let allowed = try server.get("/app/site").text
            #expect(allowed == "application of 'site' ''")
            let refused = try server.get("/app/other").status
            #expect(refused == 500)
        }
    }

    @Test("WSGIImportScript loads a script before there is a request")
    func importScript() throws {
        let files = ["/early.py": "import sys\nprint('loaded early', file=sys.stderr)\n"]
        try withPython("WSGIImportScript ${ROOT}/early.py \(Self.group)", files: files) { server in
            _ = try server.waitForErrorLog("loaded early", within: .seconds(60))
        }
    }

    @Test("how Python is started is what the server's directives say")
    func interpreterSettings() throws {
        let script = """
            import sys

            def application(environ, start_response):
                start_response('200 OK', [('Content-Type', 'text/plain')])
                seen = (hash('apus'), sys.flags.optimize, sys.dont_write_bytecode, sys.warnoptions)
                return [repr(seen).encode()]

            """
        let hash = try run(
            "/usr/bin/python3", ["-c", "print(hash('apus'))"], environment: ["PYTHONHASHSEED": "42"]
        ).output.split(separator: "\n")[0]
        let settings = """
            WSGIPythonHashSeed 42
            WSGIPythonOptimize 2
            WSGIDontWriteBytecode On
            WSGIPythonWarnings ignore
            """
        try withPython(settings, files: ["/app.wsgi": script]) { server in
            let seen = try server.get("/app").text
            #expect(seen == "(\(hash), 2, True, ['ignore'])")
        }
    }

    @Test(
        "WSGIDestroyInterpreter Off ends processes without what Python does at its end",
        .enabled(if: !underApache), arguments: [true, false])
    func destroyInterpreter(destroys: Bool) throws {
        let script = "import atexit\natexit.register(print, 'at the end')\n" + obedientApplication
        try withObedientApplication(
            "processes=1", script: script,
            configuration: destroys ? "" : "WSGIDestroyInterpreter Off"
        ) { server in
            let first = try server.worker()
            try server.writeApplication(newVersion: script)
            try server.waitForVersion("two")
            try server.waitForErrorLog("(pid=\(first)): Process of", within: .seconds(60))
            try wait(for: "the end of \(first)", within: .seconds(60)) {
                server.errorLog.split(separator: "\n").contains {
                    $0.contains("(pid=\(first))") && $0.contains("ended: exit status 0")
                }
            }
            #expect(server.errorLog.contains("at the end") == destroys)
        }
    }
}

extension RunningServer {
    fileprivate func writeApplication(newVersion script: String) throws {
        try writeApplication(script.replacing("\"one\"", with: "\"two\""))
    }
}

private let twoApplications = """
    def answer(name, environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])
        groups = environ['mod_wsgi.process_group'], environ['mod_wsgi.application_group']
        return [('%s of %r %r' % ((name,) + groups)).encode()]

    def application(environ, start_response):
        return answer('application', environ, start_response)

    def other(environ, start_response):
        return answer('other', environ, start_response)

    """
