// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_wsgi as clients see it; Compatibility lines 67-75.
@Suite("Python: requests")
struct PythonRequestTests {
    @Test("are answered by an application", arguments: MPM.allCases)
    func hello(mpm: MPM) throws {
        try withPython(mpm: mpm) { server in
            let response = try server.get("/app/hello")
            #expect(response.status == 200)
            #expect(response.text == "Hello world!\n")
            #expect(response["Content-Type"] == ["text/plain"])
            #expect(response["Content-Length"] == ["13"])
        }
    }

    @Test("are answered without a process group too")
    func embedded() throws {
        try withPython("", alias: "WSGIScriptAlias /app ${ROOT}/app.wsgi") { server in
            let text = try server.get("/app/hello").text
            #expect(text == "Hello world!\n")
        }
    }

    // MARK: Variables

    @Test("give the application the variables of CGI, and mod_wsgi's")
    func environment() throws {
        try withPython { server in
            let connection = try server.connect()
            let response = try connection.request(
                """
                GET /app/environ/path%20x?a=b&c HTTP/1.1\r\nHost: host.example:99\r\nX-Some-Field: value\r
                Cookie: a=b\r\nConnection: close\r\n\r\n
                """)
            let seen = environ(of: response)
            let expected = [
                "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1",
                "REQUEST_METHOD": "GET", "QUERY_STRING": "a=b&c",
                "REQUEST_URI": "/app/environ/path%20x?a=b&c", "SCRIPT_NAME": "/app",
                "PATH_INFO": "/environ/path x", "SCRIPT_FILENAME": "\(server.path)/app.wsgi",
                "SERVER_NAME": "host.example", "SERVER_PORT": "99", "SERVER_ADDR": "127.0.0.1",
                "REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "\(connection.localPort)",
                "REQUEST_SCHEME": "http", "DOCUMENT_ROOT": "\(server.path)/htdocs",
                "CONTEXT_DOCUMENT_ROOT": "\(server.path)/htdocs", "CONTEXT_PREFIX": "",
                "HTTP_X_SOME_FIELD": "value", "HTTP_COOKIE": "a=b",
                "HTTP_HOST": "host.example:99", "SERVER_ADMIN": "[no address given]",
                "wsgi.url_scheme": "http", "wsgi.multithread": "True",
                "wsgi.run_once": "False", "wsgi.input_terminated": "True",
                "wsgi.version": "(1, 0)", "mod_wsgi.process_group": "site",
                "mod_wsgi.application_group": "", "mod_wsgi.callable_object": "application",
                "mod_wsgi.request_handler": "wsgi-script", "mod_wsgi.handler_script": "",
                "mod_wsgi.script_name": "/app", "mod_wsgi.path_info": "/environ/path x",
                "mod_wsgi.script_reloading": "1", "mod_wsgi.enable_sendfile": "0",
                "mod_wsgi.ignore_activity": "0", "mod_wsgi.listener_port": "\(server.port)",
            ]
            for (name, value) in expected { #expect(seen[name] == value, "\(name)") }
            #expect(seen["SERVER_SOFTWARE"]?.isEmpty == false)
            for name in ["CONTENT_LENGTH", "CONTENT_TYPE", "AUTH_TYPE", "HTTPS", "REMOTE_USER"] {
                #expect(seen[name] == nil, "\(name)")
            }
        }
    }

    @Test(
        "have their path divided at the mount",
        arguments: [
            PathCase("/app", "/app", ""), PathCase("/app/", "/app", "/"),
            PathCase("/app/a/b", "/app", "/a/b"), PathCase("/app//a///b", "/app", "/a/b"),
            PathCase("/app/caf%C3%A9", "/app", "/cafÃ©"), PathCase("/app/%E9", "/app", "/é"),
        ])
    func paths(path: PathCase) throws {
        try withPython { server in
            let seen = environ(of: try server.get("\(path.asked)?environ"))
            #expect(seen["SCRIPT_NAME"] == path.scriptName)
            #expect(seen["PATH_INFO"] == path.pathInfo)
        }
    }

    @Test("to an application at the root have an empty SCRIPT_NAME")
    func root() throws {
        try withPython(mount: "/") { server in
            let seen = environ(of: try server.get("/a/b?environ"))
            #expect(seen["SCRIPT_NAME"] == "")
            #expect(seen["PATH_INFO"] == "/a/b")
        }
    }

    @Test(
        "keep from the application what would do harm",
        arguments: [
            Case("Proxy: http://evil.example", "HTTP_PROXY"),
            Case("Under_Score: x", "HTTP_UNDER_SCORE"),
            Case("Authorization: Basic eDp5", "HTTP_AUTHORIZATION"), Case("Do.t: x", "HTTP_DO_T"),
        ])
    func dropped(field: Case) throws {
        try withPython { server in
            let response = try server.sendLines("/app/environ", field.given)
            #expect(response.status == 200)
            #expect(environ(of: response)[field.expected] == nil)
        }
    }

    @Test("pass on credentials with WSGIPassAuthorization")
    func authorization() throws {
        try withPython("WSGIPassAuthorization On") { server in
            let response = try server.sendLines("/app/environ", "Authorization: Basic eDp5")
            #expect(environ(of: response)["HTTP_AUTHORIZATION"] == "Basic eDp5")
        }
    }

    @Test("join fields of one name")
    func joined() throws {
        try withPython { server in
            let response = try server.sendLines(
                "/app/environ", "X-Two: a\r\nAccept: b\r\nx-two: c\r\nAccept: d")
            #expect(
                environ(of: response)["HTTP_X_TWO"]?.replacing(",", with: ", ")
                    .replacing("  ", with: " ") == "a, c")
            #expect(
                environ(of: response)["HTTP_ACCEPT"]?.replacing(",", with: ", ")
                    .replacing("  ", with: " ") == "b, d")
        }
    }

    @Test("have the variables of SetEnv, which cannot pass for the server's")
    func setEnv() throws {
        try withPython("SetEnv SOME_VARIABLE here\nSetEnv REQUEST_METHOD none") { server in
            let seen = environ(of: try server.get("/app/environ"))
            #expect(seen["SOME_VARIABLE"] == "here")
            #expect(seen["REQUEST_METHOD"] == "GET")
        }
    }

    @Test("are believed what a trusted proxy says")
    func trustedProxy() throws {
        let configuration = """
            WSGITrustedProxies 127.0.0.1
            WSGITrustedProxyHeaders X-Forwarded-For X-Forwarded-Proto
            """
        try withPython(configuration) { server in
            let response = try server.sendLines(
                "/app/environ",
                "X-Forwarded-For: 192.0.2.9, 192.0.2.7, 127.0.0.1\r\nX-Real-IP: 192.0.2.1\r\n"
                    + "X-Forwarded-Proto: https")
            let seen = environ(of: response)
            #expect(seen["REMOTE_ADDR"] == "192.0.2.7")
            #expect(seen["wsgi.url_scheme"] == "https")
            // mod_wsgi 4 does not; 6 does.
            if !server.isApache { #expect(seen["HTTPS"] == "1") }
            #expect(seen["HTTP_X_REAL_IP"] == nil)
        }
    }

    @Test("are not believed what another says")
    func untrustedProxy() throws {
        let configuration = """
            WSGITrustedProxies 192.0.2.0/24
            WSGITrustedProxyHeaders X-Forwarded-For X-Forwarded-Proto
            """
        try withPython(configuration) { server in
            let response = try server.sendLines(
                "/app/environ", "X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Proto: https")
            let seen = environ(of: response)
            #expect(seen["REMOTE_ADDR"] == "127.0.0.1")
            #expect(seen["wsgi.url_scheme"] == "http")
            #expect(seen["HTTP_X_FORWARDED_FOR"] == nil)
            #expect(seen["HTTP_X_FORWARDED_PROTO"] == nil)
        }
    }

    @Test("choose the application group by a variable")
    func groupOfVariable() throws {
        let configuration = "SetEnv WHERE chosen\nWSGIApplicationGroup %{ENV:WHERE}"
        try withPython(
            configuration, alias: "WSGIScriptAlias /app ${ROOT}/app.wsgi process-group=site"
        ) { server in
            let seen = environ(of: try server.get("/app/environ"))
            #expect(seen["mod_wsgi.application_group"] == "chosen")
        }
    }
}

/// A path, and the parts that an application sees of it.
struct PathCase: Sendable, CustomTestStringConvertible {
    let asked: String
    let scriptName: String
    let pathInfo: String

    init(_ asked: String, _ scriptName: String, _ pathInfo: String) {
        self.asked = asked
        self.scriptName = scriptName
        self.pathInfo = pathInfo
    }

    var testDescription: String { asked }
}
