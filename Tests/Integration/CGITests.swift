// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_cgi; Compatibility lines 64–66; RFC 3875.
@Suite("CGI")
struct CGITests {
    @Test("gives a script the variables of its request", arguments: MPM.allCases)
    func environment(mpm: MPM) throws {
        try cgi(mpm: mpm, ["show": "echo; env | sort"]) { server in
            let connection = try server.connect()
            let response = try connection.request(
                """
                GET /cgi/show/extra/path%20x?a=b&c HTTP/1.1\r\nHost: host.example:99\r\nX-Some-Field: value\r
                Cookie: a=b\r\nConnection: close\r\n\r\n
                """)
            let seen = variables(response)
            let expected = [
                "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1",
                "REQUEST_METHOD": "GET",
                "QUERY_STRING": "a=b&c", "REQUEST_URI": "/cgi/show/extra/path%20x?a=b&c",
                "SCRIPT_NAME": "/cgi/show", "PATH_INFO": "/extra/path x",
                "PATH_TRANSLATED": "\(server.path)/htdocs/extra/path x",
                "SCRIPT_FILENAME": "\(server.path)/cgi-bin/show", "SERVER_NAME": "host.example",
                "SERVER_PORT": "99", "SERVER_ADDR": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1",
                "REMOTE_PORT": "\(connection.localPort)", "REQUEST_SCHEME": "http",
                "DOCUMENT_ROOT": "\(server.path)/htdocs",
                "CONTEXT_DOCUMENT_ROOT": "\(server.path)/cgi-bin",
                "CONTEXT_PREFIX": "/cgi", "HTTP_X_SOME_FIELD": "value", "HTTP_COOKIE": "a=b",
                "HTTP_HOST": "host.example:99", "SERVER_SIGNATURE": "",
                "SERVER_ADMIN": "[no address given]",
            ]
            for (name, value) in expected { #expect(seen[name] == value, "\(name)") }
            #expect(seen["SERVER_SOFTWARE"]?.isEmpty == false)
            #expect(seen["PATH"]?.isEmpty == false)
            #expect(seen["CONTENT_LENGTH"] == nil)
            #expect(seen["AUTH_TYPE"] == nil)
        }
    }

    @Test(
        "keeps from a script what would do harm",
        arguments: [
            Case("Proxy: http://evil.example", "HTTP_PROXY"),
            Case("Under_Score: x", "HTTP_UNDER_SCORE"),
            Case("Authorization: Basic eDp5", "HTTP_AUTHORIZATION"), Case("Do.t: x", "HTTP_DO_T"),
        ])
    func dropped(field: Case) throws {
        try cgi(["show": "echo; env"]) { server in
            let response = try server.sendLines("/cgi/show", field.given)
            #expect(response.status == 200)
            #expect(variables(response)[field.expected] == nil)
        }
    }

    @Test("passes on credentials where CGIPassAuth is on")
    func passAuth() throws {
        try cgi(["show": "echo; env"], "<Location /cgi>\nCGIPassAuth On\n</Location>") { server in
            let response = try server.sendLines("/cgi/show", "Authorization: Basic eDp5")
            #expect(variables(response)["HTTP_AUTHORIZATION"] == "Basic eDp5")
        }
    }

    @Test("names the server as UseCanonicalName says")
    func canonicalName() throws {
        let configuration = "UseCanonicalName On\nServerName real.example:8080"
        try cgi(["show": "echo; env"], configuration) { server in
            let seen = variables(try server.get("/cgi/show", host: "other.example:1"))
            #expect(seen["SERVER_NAME"] == "real.example")
            #expect(seen["SERVER_PORT"] == "8080")
        }
    }

    @Test("names a server that has no name but an address in brackets (RFC 3875 section 4.1.14)")
    func address() throws {
        try cgi(["show": "echo; env"]) { server in
            let seen = variables(try server.get("/cgi/show", host: "[::1]:88"))
            #expect(seen["SERVER_NAME"] == "[::1]")
            #expect(seen["SERVER_PORT"] == "88")
        }
    }

    @Test("tells a script the name of the client's host where HostnameLookups is on")
    func remoteHost() throws {
        let names = try run("/usr/bin/getent", ["hosts", "127.0.0.1"]).output
        let name = names.split { $0.isWhitespace }.dropFirst().first.map { $0.lowercased() }
        for (setting, expected) in [("On", name), ("Off", nil)] {
            try cgi(["show": "echo; env"], "HostnameLookups \(setting)") { server in
                let seen = variables(try server.get("/cgi/show"))
                #expect(seen["REMOTE_HOST"] == expected)
            }
        }
    }

    @Test("runs a script in its own folder")
    func folder() throws {
        try cgi(["deep/show": "echo; pwd"]) { server in
            let response = try server.get("/cgi/deep/show")
            #expect(response.text == "\(server.path)/cgi-bin/deep\n")
        }
    }

    @Test(
        "hands the arguments of an ISINDEX query over",
        arguments: [Case("a+b", "a b"), Case("a=b", ""), Case("", "")])
    func arguments(query: Case) throws {
        try cgi(["show": "echo; echo -n \"$@\""]) { server in
            let response = try server.get("/cgi/show?\(query.given)")
            #expect(response.text == query.expected)
        }
    }

    @Test("gives a script the body of a request")
    func body() throws {
        try cgi(["echo": "echo; echo $CONTENT_LENGTH $CONTENT_TYPE; cat"]) { server in
            let response = try server.request(
                "POST", "/cgi/echo", [("Content-Type", "text/x-in")], body: "hello")
            #expect(response.text == "5 text/x-in\nhello")
        }
    }

    @Test(
        "makes a response of what a script writes",
        arguments: [
            Case("echo Content-Type: text/x-a; echo; echo -n body", "200 text/x-a body"),
            Case("echo content-type: text/x-a; echo; echo -n body", "200 text/x-a body"),
            Case("printf 'Content-Type: text/x-a\\r\\n\\r\\nbody'", "200 text/x-a body"),
            Case("echo Status: 404 Gone Missing; echo; echo -n body", "404 - body"),
            Case("echo Status: 201; echo Content-Type: a/b; echo; echo -n made", "201 a/b made"),
            Case("echo Location: http://e.org/x; echo", "302 http://e.org/x"),
            Case("echo Status: 301; echo Location: http://e.org/x; echo", "301 http://e.org/x"),
            Case("echo Location: /page.txt; echo", "200 text/plain hello"),
            Case("echo no colon; echo; echo", "500"), Case("true", "500"),
            Case("echo Content-Type: a/b", "500"),
            Case("echo Status: nonsense; echo; echo -n x", "500 - x"),
            Case("echo; echo -n only body", "200 - only body"),
            Case("echo X-Long: $(printf '%9000s' | tr ' ' x); echo; echo -n body", "500"),
        ])
    func output(script: Case) throws {
        try cgi(["run": script.given]) { server in
            let response = try server.get("/cgi/run")
            var seen = ["\(response.status)"] + response["Location"]
            if seen.count == 1, !response.text.hasPrefix("<!DOCTYPE") {
                seen += [response["Content-Type"].first ?? "-", response.text]
            }
            #expect(seen.joined(separator: " ") == script.expected)
        }
    }

    @Test("passes fields on, those that repeat too, and the reason")
    func fields() throws {
        let script =
            "echo Status: 299 Quite So; echo Set-Cookie: a=1; echo Set-Cookie: b=2; echo X-Own: yes; echo; echo"
        try cgi(["run": script]) { server in
            let response = try server.get("/cgi/run")
            #expect(response["Set-Cookie"] == ["a=1", "b=2"])
            #expect(response["X-Own"] == ["yes"])
            #expect(response["Status"] == [])
            #expect(response.status == 299)
            #expect(response.reason == "Quite So")
        }
    }

    @Test("answers HEAD without content, and knows no length of what flows")
    func framing() throws {
        try cgi(["run": "echo; echo -n one; echo -n two"]) { server in
            let request = "/cgi/run HTTP/1.1\r\nHost: a\r\n\r\n"
            let responses = try server.send(
                "HEAD \(request)GET \(request)", methods: ["HEAD", "GET"])
            #expect(responses.map(\.text) == ["", "onetwo"])
            // Where all of it has come before the head is sent, the length is known after all.
            let framing = responses.last.map { $0["Transfer-Encoding"] + $0["Content-Length"] }
            #expect([["chunked"], ["6"]].contains(framing))
        }
    }

    @Test("lets an nph- script write the whole response")
    func nonParsed() throws {
        try cgi([
            "nph-run":
                "printf 'HTTP/1.1 299 Raw\\r\\nX-Raw: yes\\r\\nConnection: close\\r\\n\\r\\nbody'"
        ]) { server in
            let responses = try server.send("GET /cgi/nph-run HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(responses.first?.status == 299)
            #expect(responses.first?.fields.map(\.name).contains("Server") == false)
            #expect(responses.first?.text == "body")
        }
    }

    @Test("sends a body while the script still writes it")
    func streaming() throws {
        let script =
            "echo; echo first; until test -e ../logs/go-on || ! test -d ../logs; do sleep 0.02; done; echo second"
        try cgi(["run": script]) { server in
            let connection = try server.connect()
            try connection.send("GET /cgi/run HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let first = try connection.read(atLeast: 1)
            let soFar = String(decoding: first, as: UTF8.self)
            #expect(!soFar.contains("second"))
            try server.write("/logs/go-on", "")
            let rest = try connection.readToEnd()
            #expect((soFar + String(decoding: rest, as: UTF8.self)).contains("second"))
        }
    }

    @Test("writes what a script says on stderr to the error log")
    func errors() throws {
        try cgi(["run": "echo oh dear >&2; echo; echo -n body"]) { server in
            #expect(try server.get("/cgi/run").text == "body")
            let line = try server.waitForErrorLog("oh dear").first ?? ""
            #expect(line.contains("[cgi:error]"))
            #expect(line.contains("AH01215: "))
        }
    }

    @Test(
        "answers for a script that gives nothing",
        arguments: [
            Case("exit 3", "AH01215|End of script output before headers"),
            Case("kill -9 $$", "End of script output before headers"),
            Case("echo garbage; echo", "malformed header from script 'run': Bad header: garbage"),
        ])
    func failures(script: Case) throws {
        try cgi(["run": script.given]) { server in
            let response = try server.get("/cgi/run")
            #expect(response.status == 500)
            try server.waitForErrorLog(String(script.expected.split(separator: "|").last ?? ""))
            #expect(try server.get("/page.txt").text == "hello")
        }
    }

    @Test(
        "refuses what is no script",
        arguments: [
            Case("missing", "404"), Case("plain", "500"), Case("folder", "403"), Case("", "403"),
        ])
    func noScript(name: Case) throws {
        try cgi([:]) { server in
            try server.write("/cgi-bin/plain", "#!/bin/sh\necho", mode: 0o644)
            try server.root.folder.makeFolder("cgi-bin/folder")
            let status = try server.get("/cgi/\(name.given)").status
            #expect("\(status)" == name.expected || (name.given == "plain" && status == 403))
        }
    }

    @Test(
        "runs scripts elsewhere only with ExecCGI",
        arguments: [Case("+ExecCGI", "200"), Case("-ExecCGI", "403")])
    func execCGI(option: Case) throws {
        let configuration =
            "<Directory \"${ROOT}/htdocs\">\nOptions \(option.given)\nSetHandler cgi-script\n</Directory>"
        try cgi([:], configuration) { server in
            try server.write("run", "#!/bin/sh\necho; echo", mode: 0o755)
            let status = try server.get("/run").status
            #expect("\(status)" == option.expected)
        }
    }

    @Test("gives up on a script that says nothing for the timeout")
    func timeout() throws {
        try cgi(["run": "exec sleep 30"], "CGIScriptTimeout 1") { server in
            let response = try server.get("/cgi/run")
            #expect(response.status == 504)
            try server.waitForErrorLog("AH01220")
        }
    }

    @Test("ends a script whose client is gone")
    func abandoned() throws {
        let script =
            "echo $$ > ../logs/pid; echo; while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done"
        try cgi(["run": script]) { server in
            let connection = try server.connect()
            try connection.send("GET /cgi/run HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try connection.read(atLeast: 1)
            connection.abort()
            let pid = Int32(server.accessLog("pid").first ?? "") ?? 0
            #expect(pid > 0)
            try wait(for: "end of the script") { !ProcessTable.isRunning(pid) }
        }
    }

    @Test("keeps a protocol of failing scripts in the ScriptLog")
    func scriptLog() throws {
        try cgi(["run": "echo garbage; echo on stderr >&2"], "ScriptLog logs/cgi_log") { server in
            _ = try server.request("POST", "/cgi/run", [("X-Sent", "yes")], body: "the body")
            try wait(for: "script log") {
                server.root.folder.read("logs/cgi_log").contains("%response\n")
            }
            let log = server.root.folder.read("logs/cgi_log")
            #expect(log.contains("POST /cgi/run HTTP/1.1\n%% 500 "))
            #expect(log.contains("%request\n"))
            #expect(log.contains("X-Sent: yes\n"))
            #expect(log.contains("the body"))
            #expect(log.contains("%response\ngarbage\n"))
            #expect(log.contains("%error\non stderr\n"))
        }
    }

    @Test("hands on variables to where a redirect within the server leads")
    func redirect() throws {
        let configuration = "SetEnv OWN value\nErrorDocument 404 /cgi/show"
        try cgi(["show": "echo; env"], configuration) { server in
            let seen = variables(try server.get("/missing?q=1"))
            #expect(seen["REDIRECT_STATUS"] == "404")
            #expect(seen["REDIRECT_URL"] == "/missing")
            #expect(seen["REDIRECT_QUERY_STRING"] == "q=1")
            #expect(seen["REDIRECT_REQUEST_METHOD"] == "GET")
            #expect(seen["REDIRECT_OWN"] == "value")
        }
    }
}

private func cgi<Result>(
    mpm: MPM = .event, _ scripts: [String: String], _ configuration: String = "",
    _ body: (RunningServer) throws -> Result
) throws -> Result {
    try withServer(
        "ScriptAlias /cgi ${ROOT}/cgi-bin\n\(configuration)", mpm: mpm,
        modules: ["cgi", "mime", "env"],
        files: ["page.txt": "hello"]
    ) { server in
        for (name, script) in scripts {
            try server.write("/cgi-bin/\(name)", "#!/bin/sh\n\(script)\n", mode: 0o755)
        }
        return try body(server)
    }
}

private func variables(_ response: RawResponse) -> [String: String] {
    var found: [String: String] = [:]
    for line in response.text.split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { found[String(parts[0])] = String(parts[1]) }
    }
    return found
}
