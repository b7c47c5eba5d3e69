// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// A request, and the whole environ that a WSGI application gets with it.
struct EnvironSnapshot {
    /// The bytes of the request, as Latin-1 text.
    let request: String
    let target: String
    let method: String
    /// What differs from `plain`; nil for a variable that is not to be there.
    let expected: [String: String?]

    /// - Parameters:
    ///   - host: nil for a request without Host.
    ///   - expected: the variables that differ from those of a plain request to `/app`; those of
    ///     Host and REQUEST_URI follow from the request.
    init(
        _ target: String, _ fields: [String] = [], method: String = "GET", version: String = "1.1",
        host: String? = "localhost", content: String = "", expected: [String: String?] = [:]
    ) {
        var lines = ["\(method) \(target) HTTP/\(version)"]
        if let host { lines.append("Host: \(host)") }
        lines += fields + ["Connection: close", "", content]
        request = lines.joined(separator: "\r\n")
        self.target = target
        self.method = method
        var own: [String: String?] = [
            "HTTP_HOST": host, "REQUEST_METHOD": method, "REQUEST_URI": target,
            "SERVER_PROTOCOL": "HTTP/\(version)",
        ]
        own.merge(expected) { _, given in given }
        self.expected = own
    }

    /// What `plain` has for a path.
    static func path(
        _ scriptName: String, _ pathInfo: String, _ others: [String: String?] = [:]
    ) -> [String: String?] {
        let variables: [String: String?] = [
            "SCRIPT_NAME": scriptName, "mod_wsgi.script_name": scriptName, "PATH_INFO": pathInfo,
            "mod_wsgi.path_info": pathInfo,
        ]
        return variables.merging(others) { _, given in given }
    }

    /// The environ of `GET /app`, but for what is different in each request or server.
    static func plain(_ server: RunningServer) -> [String: String] {
        [
            "GATEWAY_INTERFACE": "CGI/1.1", "QUERY_STRING": "", "SCRIPT_NAME": "/app",
            "PATH_INFO": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
            "SERVER_ADDR": "127.0.0.1", "SERVER_ADMIN": "[no address given]",
            "SERVER_SIGNATURE": "", "REMOTE_ADDR": "127.0.0.1", "REQUEST_SCHEME": "http",
            "DOCUMENT_ROOT": "\(server.path)/htdocs", "CONTEXT_PREFIX": "",
            "CONTEXT_DOCUMENT_ROOT": "\(server.path)/htdocs",
            "SCRIPT_FILENAME": "\(server.path)/app.wsgi", "HTTP_CONNECTION": "close",
            "wsgi.version": "tuple (1, 0)", "wsgi.url_scheme": "http",
            "wsgi.multithread": "bool False", "wsgi.multiprocess": "bool True",
            "wsgi.run_once": "bool False", "wsgi.input_terminated": "bool True",
            "wsgi.input": "object", "wsgi.errors": "object", "wsgi.file_wrapper": "object",
            "mod_wsgi.process_group": "site", "mod_wsgi.application_group": "",
            "mod_wsgi.callable_object": "application", "mod_wsgi.request_handler": "wsgi-script",
            "mod_wsgi.handler_script": "", "mod_wsgi.script_reloading": "1",
            "mod_wsgi.script_name": "/app", "mod_wsgi.path_info": "",
            "mod_wsgi.listener_host": "127.0.0.1", "mod_wsgi.listener_port": "\(server.port)",
            "mod_wsgi.enable_sendfile": "0", "mod_wsgi.ignore_activity": "0",
            "mod_wsgi.daemon_restarts": "0", "mod_wsgi.thread_id": "int 1",
        ]
    }

    /// Sends the request, and compares all that the application is given.
    ///
    /// - Parameter number: how many requests the application has had.
    func check(_ server: RunningServer, number: Int) throws {
        let connection = try server.connect()
        try connection.send(request.unicodeScalars.map { UInt8($0.value) })
        let response = try connection.response(to: method)
        try #require(response.head.contains("X-Application"), "\(request): \(response)")
        var seen = environ(of: response)
        var wanted = Self.plain(server)
        for (name, value) in expected { wanted[name] = value }
        wanted["REMOTE_PORT"] = "\(connection.localPort)"
        wanted["mod_wsgi.total_requests"] = "int \(number)"
        wanted["mod_wsgi.thread_requests"] = "int \(number)"
        takeVarying(from: &seen)
        takeDifferent(from: &seen, wanted, server)
        for name in Set(seen.keys).union(wanted.keys).sorted() {
            #expect(seen[name] == wanted[name], "\(name) of \(request)")
        }
    }

    /// Takes away what cannot be known before.
    private func takeVarying(from seen: inout [String: String]) {
        let times = ["request", "queue", "daemon", "script"].map { moment in
            seen.removeValue(forKey: "mod_wsgi.\(moment)_start").flatMap { Int($0) } ?? 0
        }
        #expect(times[0] > 1_600_000_000_000_000 && times == times.sorted(), "\(times)")
        #expect(seen.removeValue(forKey: "mod_wsgi.request_id")?.isEmpty == false)
        #expect(seen.removeValue(forKey: "SERVER_SOFTWARE")?.isEmpty == false)
        for name in ["apache.version", "mod_wsgi.version"] {
            let value = seen.removeValue(forKey: name)
            #expect(value?.hasPrefix("tuple (") == true && value?.split(separator: ",").count == 3)
        }
        let connects = seen.removeValue(forKey: "mod_wsgi.daemon_connects").flatMap { Int($0) }
        #expect(connects ?? 0 > 0)
    }

    /// Takes away where the two differ on purpose, which docs/python.md tells.
    private func takeDifferent(
        from seen: inout [String: String], _ wanted: [String: String], _ server: RunningServer
    ) {
        if server.isApache {
            let translated = seen.removeValue(forKey: "PATH_TRANSLATED")
            #expect((translated != nil) == (wanted["PATH_INFO"] != ""))
        } else {
            #expect(seen.removeValue(forKey: "mod_wsgi.connection_id")?.isEmpty == false)
            #expect(seen.removeValue(forKey: "mod_wsgi.application_start") != nil)
        }
    }
}

/// Answers with its environ, a variable in each line, the type in front unless it is `str`.
let snapshotApplication = """
    def text(value):
        kind = type(value)
        if kind is str:
            return value
        return '%s %s' % (kind.__name__, value) if kind in (bool, int, tuple) else 'object'

    def application(environ, start_response):
        body = ''.join('%s=%s\\n' % (name, text(value)) for name, value in environ.items())
        start_response('200 OK', [
            ('Content-Type', 'text/plain'), ('X-Application', environ['REQUEST_METHOD'])])
        return [body.encode('utf-8')]

    """

/// Sends requests one after another to an application in one process with one thread.
func checkSnapshots(
    with configuration: String = "", mount: String = "/app", alias: String? = nil,
    _ snapshots: [EnvironSnapshot]
) throws {
    try withPython(
        configuration, mount: mount, alias: alias, group: "processes=1 threads=1",
        files: ["/app.wsgi": snapshotApplication]
    ) { server in
        for (number, snapshot) in snapshots.enumerated() {
            try snapshot.check(server, number: number)
        }
    }
}
