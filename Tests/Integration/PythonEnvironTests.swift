// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// The whole environ of WSGI applications, the same as under Debian's Apache with mod_wsgi.
@Suite("Python: environ")
struct PythonEnvironTests {
    private typealias Snapshot = EnvironSnapshot

    @Test("is that of the path, below a mount")
    func paths() throws {
        try checkSnapshots(
            with: "AllowEncodedSlashes NoDecode",
            [
                Snapshot("/app"),
                Snapshot("/app/", expected: Snapshot.path("/app", "/")),
                Snapshot("/app/a/b", expected: Snapshot.path("/app", "/a/b")),
                Snapshot("/app//a///b", expected: Snapshot.path("/app", "/a/b")),
                Snapshot("//app/a", expected: Snapshot.path("/app", "/a")),
                Snapshot("/app/./x/../y", expected: Snapshot.path("/app", "/y")),
                Snapshot("/app/a%2Fb", expected: Snapshot.path("/app", "/a%2Fb")),
                Snapshot("/app/a%2fb%2F", expected: Snapshot.path("/app", "/a%2fb%2F")),
                Snapshot("/app/a%252Fb", expected: Snapshot.path("/app", "/a%2Fb")),
                Snapshot("/app/caf%C3%A9", expected: Snapshot.path("/app", "/caf\u{C3}\u{A9}")),
                Snapshot("/app//%E9", expected: Snapshot.path("/app", "/\u{E9}")),
                Snapshot("/app/%E9", expected: Snapshot.path("/app", "/\u{E9}")),
                Snapshot(
                    "/app/\u{C3}\u{A9}", expected: Snapshot.path("/app", "/\u{C3}\u{A9}")),
                Snapshot("/app/x;p=1", expected: Snapshot.path("/app", "/x;p=1")),
                Snapshot("/app/a%20b+c", expected: Snapshot.path("/app", "/a b+c")),
                Snapshot("/app?", expected: ["QUERY_STRING": ""]),
                Snapshot(
                    "/app?a=b&c=%20d%2F?", expected: ["QUERY_STRING": "a=b&c=%20d%2F?"]),
                Snapshot("/app?q=\u{E9}", expected: ["QUERY_STRING": "q=\u{E9}"]),
            ])
    }

    @Test("has encoded slashes as AllowEncodedSlashes says, and no NUL")
    func encodedSlashes() throws {
        try checkSnapshots(
            with: "AllowEncodedSlashes On",
            [
                Snapshot("/app/a%2Fb", expected: Snapshot.path("/app", "/a/b")),
                Snapshot("/app/%2F%2Fb", expected: Snapshot.path("/app", "/b")),
            ])
        try withPython { server in
            for path in ["/app/a%2Fb", "/app/a%2fb%2F", "/app/a%00b", "/app/%00"] {
                let status = try server.get(path).status
                #expect(status == 404, "\(path)")
            }
        }
    }

    @Test("is that of the path, at the root and below a longer mount")
    func mounts() throws {
        try checkSnapshots(
            mount: "/",
            [
                Snapshot("/", expected: Snapshot.path("", "/")),
                Snapshot("/app//", expected: Snapshot.path("", "/app/")),
                Snapshot("//a//b", expected: Snapshot.path("", "/a/b")),
                Snapshot(
                    "/%C3%A9?x", expected: Snapshot.path("", "/\u{C3}\u{A9}", ["QUERY_STRING": "x"])
                ),
            ])
        try checkSnapshots(
            mount: "/many/levels",
            [
                Snapshot("/many/levels/x", expected: Snapshot.path("/many/levels", "/x")),
                Snapshot("/many//levels//x", expected: Snapshot.path("/many/levels", "/x")),
            ])
    }

    @Test("has the fields of the request, but for those that could do harm")
    func fields() throws {
        try checkSnapshots([
            Snapshot(
                "/app", ["X-Two: a", "Accept: x", "X-Two: b", "x-tWO: c", "accept: y"],
                expected: ["HTTP_X_TWO": "a, b, c", "HTTP_ACCEPT": "x, y"]),
            Snapshot(
                "/app", ["Under_Score: x", "Dotted.Name: y", "Proxy: evil", "Ok-1: z"],
                expected: ["HTTP_OK_1": "z"]),
            Snapshot(
                "/app", ["X-Empty:", "X-Space:   a  b  ", "X-Latin: \u{E9}\u{FF}"],
                expected: [
                    "HTTP_X_EMPTY": "", "HTTP_X_SPACE": "a  b", "HTTP_X_LATIN": "\u{E9}\u{FF}",
                ]),
            Snapshot(
                "/app", ["Https: on", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1"],
                expected: [
                    "HTTP_HTTPS": "on", "HTTP_X_FORWARDED_PROTO": "https",
                    "HTTP_X_FORWARDED_FOR": "192.0.2.1",
                ]),
            Snapshot(
                "/app", ["User-Agent: me", "Referer: http://x/", "If-Modified-Since: x"],
                expected: [
                    "HTTP_USER_AGENT": "me", "HTTP_REFERER": "http://x/",
                    "HTTP_IF_MODIFIED_SINCE": "x",
                ]),
            // PEP 3333 has one value for what are several Cookie fields: RFC 6265 section 5.4 joins
            // them with a semicolon, Apache as any others.
            Snapshot(
                "/app", ["Cookie: a=b", "Cookie: c=d"],
                expected: ["HTTP_COOKIE": underApache ? "a=b, c=d" : "a=b; c=d"]),
        ])
    }

    @Test("has credentials with WSGIPassAuthorization, and not without")
    func credentials() throws {
        let fields = ["Authorization: Basic eDp5", "Proxy-Authorization: Basic eDp5"]
        try checkSnapshots([Snapshot("/app", fields)])
        try checkSnapshots(
            with: "WSGIPassAuthorization On",
            [Snapshot("/app", fields, expected: ["HTTP_AUTHORIZATION": "Basic eDp5"])])
    }

    @Test("tells method, version, host and content")
    func requests() throws {
        let content = ["Content-Type: text/x", "Content-Length: 3"]
        try checkSnapshots([
            Snapshot("/app", version: "1.0", host: nil),
            Snapshot("/app", version: "1.0"),
            Snapshot(
                "/app", content, method: "POST", content: "abc",
                expected: ["CONTENT_TYPE": "text/x", "CONTENT_LENGTH": "3"]),
            Snapshot(
                "/app", ["Content-Length: 0"], method: "POST", expected: ["CONTENT_LENGTH": "0"]),
            Snapshot("/app", method: "POST"),
            Snapshot("/app", method: "DELETE"),
            Snapshot("/app", method: "SOMETHING"),
            Snapshot(
                "/app", host: "host.example:99",
                expected: ["SERVER_NAME": "host.example", "SERVER_PORT": "99"]),
            Snapshot(
                "/app", host: "[::1]:88", expected: ["SERVER_NAME": "[::1]", "SERVER_PORT": "88"]),
            Snapshot(
                "http://other.example:99/app/x",
                expected: Snapshot.path(
                    "/app", "/x",
                    [
                        // RFC 9112 section 3.2.2: the target's host counts, not the field's.
                        "HTTP_HOST": "other.example:99", "SERVER_NAME": "other.example",
                        "SERVER_PORT": "99",
                    ])),
        ])
    }

    @Test("says GET for HEAD only where a filter wants the content")
    func head() throws {
        try withPython(files: ["/app.wsgi": methodApplication]) { server in
            let method = try server.request("HEAD", "/app")["X-Method"]
            #expect(method == ["HEAD"])
        }
        try withPython("WSGIMapHEADToGET On", files: ["/app.wsgi": methodApplication]) { server in
            let method = try server.request("HEAD", "/app")["X-Method"]
            #expect(method == ["GET"])
        }
    }

    @Test("has the administrator's variables, which cannot pass for the server's")
    func variables() throws {
        let configuration = """
            SetEnv SOME here
            SetEnv HTTP_X_SET set
            SetEnv REQUEST_METHOD none
            SetEnv wsgi.url_scheme ftp
            SetEnv wsgi.multithread yes
            SetEnv mod_wsgi.process_group other
            SetEnvIf Remote_Addr ^127 NEAR=yes !SOME_OTHER
            RequestHeader set X-Added yes
            RequestHeader unset X-Gone
            """
        let added: [String: String?] = [
            "SOME": "here", "HTTP_X_SET": "set", "NEAR": "yes", "HTTP_X_ADDED": "yes",
        ]
        try checkSnapshots(with: configuration, [Snapshot("/app", ["X-Gone: x"], expected: added)])
    }

    @Test("has the scheme that SetEnv or SetEnvIf say a proxy has used")
    func scheme() throws {
        try checkSnapshots(
            with: "SetEnvIf X-Forwarded-Proto ^(.+)$ HTTPS=$1",
            ["on", "On", "1", "off", "https"].map { value in
                let isSecure = ["on", "On", "1"].contains(value)
                var expected: [String: String?] = ["HTTP_X_FORWARDED_PROTO": value]
                if isSecure {
                    expected["wsgi.url_scheme"] = "https"
                    // mod_wsgi 4 has none; 6 has.
                    if !underApache { expected["HTTPS"] = "1" }
                }
                return Snapshot("/app", ["X-Forwarded-Proto: \(value)"], expected: expected)
            })
    }

    @Test("names the server as its configuration says")
    func server() throws {
        let names = try run("/usr/bin/getent", ["hosts", "127.0.0.1"]).output
        let name = names.split { $0.isWhitespace }.dropFirst().first
        try checkSnapshots(
            with:
                "UseCanonicalName On\nServerName https://real.example:8443\nServerAdmin me@x.example\n"
                + "HostnameLookups On",
            [
                Snapshot(
                    "/app", host: "other.example",
                    expected: [
                        "SERVER_NAME": "real.example", "SERVER_PORT": "8443",
                        "REQUEST_SCHEME": "https", "SERVER_ADMIN": "me@x.example",
                        "REMOTE_HOST": name.map { $0.lowercased() },
                    ])
            ])
    }

    @Test("of a page for an error tells of the request that failed")
    func errorPage() throws {
        let redirected: [String: String?] = [
            "REDIRECT_STATUS": "404", "REDIRECT_URL": "/none", "REDIRECT_QUERY_STRING": "x=1",
            "REDIRECT_REQUEST_METHOD": "POST", "REQUEST_METHOD": "GET",
        ]
        try checkSnapshots(
            with: "ErrorDocument 404 /app/missing",
            [
                Snapshot(
                    "/none?x=1", method: "POST",
                    expected: Snapshot.path("/app", "/missing", redirected))
            ])
    }

    @Test("is that of a script among the documents")
    func handler() throws {
        let configuration = """
            WSGIProcessGroup site
            WSGIApplicationGroup %{GLOBAL}
            AddHandler wsgi-script .wsgi
            DirectoryIndex index.wsgi
            <Directory ${ROOT}/htdocs>
                Options +ExecCGI
            </Directory>
            """
        func script(_ name: String, _ root: String) -> [String: String?] {
            ["SCRIPT_FILENAME": "\(root)/htdocs/\(name)"]
        }
        try withPython(
            configuration, alias: "", group: "processes=1 threads=1",
            files: ["x.wsgi": snapshotApplication, "d/index.wsgi": snapshotApplication]
        ) { server in
            let x = script("x.wsgi", server.path)
            let index = script("d/index.wsgi", server.path)
            let snapshots = [
                Snapshot("/x.wsgi", expected: Snapshot.path("/x.wsgi", "", x)),
                Snapshot(
                    "/x.wsgi/a//b?c",
                    expected: Snapshot.path(
                        "/x.wsgi", "/a/b", x.merging(["QUERY_STRING": "c"]) { $1 })),
            ]
            for (number, snapshot) in snapshots.enumerated() {
                try snapshot.check(server, number: number)
            }
            let directory = Snapshot(
                "/d/", expected: Snapshot.path("/d/index.wsgi", "", index))
            // Its own script in the same process, and the third request there.
            try directory.check(server, number: 2)
        }
    }

    @Test("has the groups of the application and the settings of its directory")
    func settings() throws {
        let configuration = """
            WSGIProcessGroup site
            WSGIScriptReloading Off
            WSGIEnableSendfile On
            WSGIIgnoreActivity On
            """
        let settings: [String: String?] = [
            "mod_wsgi.script_reloading": "0", "mod_wsgi.enable_sendfile": "1",
            "mod_wsgi.ignore_activity": "1", "mod_wsgi.application_group": "localhost|/app",
        ]
        try checkSnapshots(
            with: configuration, alias: "WSGIScriptAlias /app ${ROOT}/app.wsgi",
            [Snapshot("/app", expected: settings)])
    }

    @Test("has what stands behind the script in WSGIScriptAlias before the rest of the path")
    func longerAlias() throws {
        try checkSnapshots(
            alias: "WSGIScriptAlias /app ${ROOT}/app.wsgi/more process-group=site "
                + "application-group=%{GLOBAL}",
            [
                Snapshot("/app", expected: Snapshot.path("/app", "/more")),
                Snapshot("/app/h", expected: Snapshot.path("/app", "/more/h")),
            ])
    }
}

private let methodApplication = """
    def application(environ, start_response):
        start_response('200 OK', [('X-Method', environ['REQUEST_METHOD'])])
        return [b'content']

    """
