// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// What becomes of requests that no Python application answers.
@Suite("Python: refusals")
struct PythonRefusalTests {
    @Test("a script that is not there is not found")
    func missing() throws {
        try withPython(alias: "WSGIScriptAlias /app ${ROOT}/none.wsgi") { server in
            let status = try server.get("/app").status
            #expect(status == 404)
        }
    }

    @Test("a directory is no application")
    func directory() throws {
        try withPython(alias: "WSGIScriptAlias /app ${ROOT}/htdocs") { server in
            let status = try server.get("/app").status
            #expect(status == 403)
        }
    }

    @Test("a script that cannot be loaded gives 500, and its traceback is in the log")
    func broken() throws {
        let files = ["/app.wsgi": "import nothing_of_that_name\n"]
        try withPython(files: files) { server in
            let status = try server.get("/app/").status
            #expect(status == 500)
            try server.waitForErrorLog("nothing_of_that_name")
        }
    }

    @Test("an application that fails gives 500, and its traceback is in the log")
    func failing() throws {
        try withPython { server in
            let status = try server.get("/app/fail").status
            #expect(status == 500)
            try server.waitForErrorLog("ZeroDivisionError")
        }
    }

    @Test("AddHandler wants ExecCGI")
    func handler() throws {
        let alias = "AddHandler wsgi-script .wsgi"
        try withPython(alias: alias, files: ["x.wsgi": testApplication]) { server in
            let status = try server.get("/x.wsgi/hello").status
            #expect(status == 403)
        }
        let options = "<Directory ${ROOT}/htdocs>\nOptions +ExecCGI\n</Directory>"
        try withPython(options, alias: alias, files: ["x.wsgi": testApplication]) { server in
            let response = try server.get("/x.wsgi/hello")
            #expect(response.text == "Hello world!\n")
        }
    }

    @Test("access is that of the script's directory")
    func access() throws {
        let denied = "<Directory ${ROOT}>\nRequire all denied\n</Directory>\n"
        try withPython(denied) { server in
            let status = try server.get("/app/hello").status
            #expect(status == 403)
        }
        let granted = denied + "<Files app.wsgi>\nRequire all granted\n</Files>"
        try withPython(granted) { server in
            let status = try server.get("/app/hello").status
            #expect(status == 200)
        }
    }

    @Test("a group that there is not gives 500")
    func unknownGroup() throws {
        try withPython(
            "SetEnv GROUP none",
            alias: "WSGIScriptAlias /app ${ROOT}/app.wsgi\nWSGIProcessGroup %{ENV:GROUP}"
        ) { server in
            let status = try server.get("/app/hello").status
            #expect(status == 500)
            try server.waitForErrorLog("No WSGI daemon process called 'none' has been configured")
        }
    }

    @Test("WSGIErrorOverride answers by the server's pages")
    func errorOverride() throws {
        let document = "ErrorDocument 404 \"of the server\""
        try withPython(document) { server in
            let text = try server.get("/app/status/404").text
            #expect(text == "of the application")
        }
        try withPython("\(document)\nWSGIErrorOverride On") { server in
            let response = try server.get("/app/status/404")
            #expect(response.status == 404)
            #expect(response.text == "of the server")
        }
    }

    /// mod_wsgi finds out only when a thread takes the request.
    @Test("a request that waits too long for a thread gives 504", .enabled(if: !underApache))
    func queueTimeout() throws {
        try withPython(group: "threads=1 queue-timeout=1") { server in
            let first = try server.connect()
            try first.send("GET /app/pieces HTTP/1.0\r\nHost: localhost\r\n\r\n")
            try first.wait(for: "first")
            let status = try server.get("/app/hello").status
            #expect(status == 504)
            try server.write("/logs/go", "")
            try first.wait(for: "second")
        }
    }

    @Test("a worker that dies costs its request, and no other")
    func crash() throws {
        try withPython { server in
            let status = try server.get("/app/exit").status
            // mod_wsgi 4 says 500.
            #expect(status == (server.isApache ? 500 : 502))
            let otherStatus = try server.get("/app/hello").status
            #expect(otherStatus == 200)
        }
    }

    @Test("WSGIAccessScript decides who comes in")
    func accessScript() throws {
        let script = """
            def allow_access(environ, host):
                return 'yes' in environ['QUERY_STRING']

            """
        let configuration =
            "<Location /app>\nWSGIAccessScript ${ROOT}/access.py\n</Location>"
        try withPython(configuration, files: ["/access.py": script]) { server in
            let status = try server.get("/app/hello?yes").status
            #expect(status == 200)
            let otherStatus = try server.get("/app/hello?no").status
            #expect(otherStatus == 403)
        }
    }

    @Test("WSGIRestrictEmbedded refuses applications without a process group")
    func restrictEmbedded() throws {
        try withPython("WSGIScriptAlias /free ${ROOT}/app.wsgi\nWSGIRestrictEmbedded On") {
            server in
            #expect(try server.get("/app/").status == 200)
            #expect(try server.get("/free/").status == 500)
            try server.waitForErrorLog(
                "Embedded mode of mod_wsgi disabled by runtime configuration")
        }
    }

    @Test(
        "WSGIRestrictStdin, WSGIRestrictStdout and WSGIRestrictSignal keep applications from them",
        .enabled(if: !underApache))
    func restrictions() throws {
        let script = """
            import signal, sys
            signal.signal(signal.SIGALRM, print)

            def application(environ, start_response):
                answers = [str(signal.getsignal(signal.SIGALRM) is print)]
                for use in (lambda: sys.stdin.read(), lambda: sys.stdout.write("x")):
                    try:
                        use()
                        answers.append("done")
                    except OSError as error:
                        answers.append(str(error))
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [", ".join(answers).encode()]

            """
        let alias = """
            WSGIScriptAlias /app ${ROOT}/restricted.wsgi process-group=site \
                application-group=%{GLOBAL}
            """
        let on = "WSGIRestrictStdin On\nWSGIRestrictStdout On\nWSGIRestrictSignal On"
        try withPython(on, alias: alias, files: ["/restricted.wsgi": script]) { server in
            #expect(
                try server.get("/app").text
                    == "False, sys.stdin access restricted by mod_wsgi, "
                    + "sys.stdout access restricted by mod_wsgi")
            try server.waitForErrorLog("Callback registration for signal 14 ignored.")
        }
        try withPython(alias: alias, files: ["/restricted.wsgi": script]) { server in
            let text = try server.get("/app").text
            #expect(text == "True, done, done")
        }
    }

    @Test(
        "what has no effect is said in the log", .enabled(if: !underApache),
        arguments: [
            "WSGICaseSensitivity Off", "WSGIServerMetrics On", "WSGIVerboseDebugging On",
            "WSGISocketPrefix run/wsgi", "WSGILazyInitialization On",
            "WSGIDaemonProcess other socket-user=root response-flush-delay=1",
        ])
    func withoutEffect(line: String) throws {
        try withPython(line) { server in
            let name = line.split(separator: " ")[0]
            for text in [server.output, server.errorLog] {
                let said = text.split(separator: "\n").first {
                    $0.contains(name) && $0.contains("no effect")
                }
                #expect(said != nil, "\(text)")
            }
            let status = try server.get("/app/").status
            #expect(status == 200)
        }
    }
}
