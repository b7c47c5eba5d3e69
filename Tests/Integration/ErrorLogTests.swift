// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Compatibility lines 61–63; manual: mod/core ErrorLog, ErrorLogFormat, LogLevel.
@Suite("Error log")
struct ErrorLogTests {
    @Test("has Apache's layout by default")
    func layout() throws {
        let configuration = "<Location /secret>\nRequire all denied\n</Location>"
        try withServer(configuration) { server in
            _ = try server.get("/secret", [("Referer", "http://from.example/")])
            let denied = try server.waitForErrorLog("AH01630").first ?? ""
            let time = #/\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{6} \d{4}\] /#
            #expect(denied.prefixMatch(of: time) != nil)
            let rest = denied.drop { $0 != "]" }.dropFirst(2)
            let pattern =
                #/\[authz_core:error\] \[pid \d+:tid \d+\] \[client 127\.0\.0\.1:\d+\] AH01630: client denied by server configuration: \S+, referer: http://from\.example//#
            #expect(rest.wholeMatch(of: pattern) != nil)
        }
    }

    @Test("tells of the start, and of the stop")
    func lifecycle() throws {
        try withServer { server in
            let start = try server.waitForErrorLog("resuming normal operations").first ?? ""
            #expect(start.contains("[mpm_event:notice]"))
            #expect(start.contains(" AH00489: "))
            #expect(start.hasSuffix(" configured -- resuming normal operations"))
            try server.waitForErrorLog("AH00094: Command line: '")
            try server.stop()
            #expect(server.errorLog.contains("[mpm_event:notice]"))
            #expect(server.errorLog.contains("AH00491: caught SIGTERM, shutting down"))
        }
    }

    @Test("tells of a path that is none")
    func invalidPath() throws {
        try withServer { server in
            #expect(try server.get("/%zz").status == 400)
            try server.waitForErrorLog("AH10244: invalid URI path (/%zz)")
        }
    }

    @Test("tells of an ErrorDocument that would take a challenge away")
    func errorDocumentElsewhere() throws {
        let root = try ServerRoot("LogLevel info\nErrorDocument 401 http://example.org/")
        let result = try runServer(on: root)
        #expect(result.status == 0)
        #expect(
            result.errors.contains(
                "AH00113: \(root.testConfigurationFile):2 cannot use a full URL in a 401 "
                    + "ErrorDocument directive --- ignoring!"))
    }

    @Test(
        "has the fields of ErrorLogFormat",
        arguments: [
            Case("[%l]", "[error]"), Case("%m %l", "authz_core error"),
            Case("%-m:%l", "authz_core:error"), Case("%a", "127.0.0.1:PORT"),
            Case("%v", "localhost"), Case("%V", "localhost"), Case("%{User-Agent}i", "agent"),
            Case("%-{None}i x", "- x"), Case("%{V}e", "value"), Case("%-E", "-"), Case("%%", "%"),
            Case("[client\\ %a] x", "[client 127.0.0.1:PORT] x"), Case("%{c}a", "127.0.0.1:PORT"),
            // A field whose item is empty is dropped whole.
            Case("[a\\ %{None}i] x", "x"), Case("a% %{None}i% c", "ac"),
        ])
    func formats(format: Case) throws {
        let configuration = """
            SetEnvIf Request_URI . V=value
            ErrorLogFormat "MARK %{V}e \(format.given) | %M"
            <Location /secret>
                Require all denied
            </Location>
            """
        try withServer(configuration) { server in
            _ = try server.get("/secret", [("User-Agent", "agent")])
            let line = try server.waitForErrorLog("MARK value ").first ?? ""
            let seen = line.dropFirst("MARK value ".count).replacing(server.path, with: "ROOT")
                .replacing(#/127\.0\.0\.1:\d+/#, with: "127.0.0.1:PORT")
            #expect(
                seen == format.expected
                    + " | AH01630: client denied by server configuration: ROOT/htdocs/secret")
        }
    }

    @Test("tells times in the forms asked for")
    func times() throws {
        let configuration = """
            ErrorLogFormat "MARK|%t|%{u}t|%{cu}t|%{%Y}t|%P|%T|%{g}T|%M"
            <Location /secret>
                Require all denied
            </Location>
            """
        try withServer(configuration) { server in
            _ = try server.get("/secret")
            let line = try server.waitForErrorLog("AH01630").first ?? ""
            let fields = line.split(separator: "|")
            #expect(fields.count == 9)
            let patterns: [Regex<Substring>] = [
                /MARK/, /[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \d{4}/,
                /[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{6} \d{4}/,
                /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}/, /\d{4}/, /\d+/, /\d+/, /\d+/,
            ]
            for (field, pattern) in zip(fields, patterns) {
                #expect(field.wholeMatch(of: pattern) != nil, "\(field)")
            }
        }
    }

    @Test(
        "is as loud as LogLevel says",
        arguments: [
            Case("LogLevel error", "yes"), Case("LogLevel crit", "no"),
            Case("LogLevel crit authz_core:error", "yes"),
            Case("LogLevel error authz_core:crit", "no"),
            Case("LogLevel crit authz_core_module:error", "yes"),
            Case("LogLevel crit mod_authz_core.c:error", "yes"), Case("LogLevel debug", "yes"),
            Case("LogLevel crit\n<Location /secret>\nLogLevel error\n</Location>", "yes"),
            Case("LogLevel error\n<Location /secret>\nLogLevel crit\n</Location>", "no"),
        ])
    func levels(level: Case) throws {
        let configuration = """
            <Location /secret>
                Require all denied
            </Location>
            CustomLog logs/access_log %U
            \(level.given)
            """
        try withServer(configuration) { server in
            _ = try server.get("/secret")
            // The request is logged last, so an error would be there by now.
            try server.waitForAccessLog()
            #expect(server.errorLog.contains("AH01630") == (level.expected == "yes"))
        }
    }

    @Test("of a virtual host takes what concerns it")
    func virtualHosts() throws {
        let configuration = """
            <Location /secret>
                Require all denied
            </Location>
            <VirtualHost *:${PORT}>
                ServerName a.example
                ErrorLog logs/host_error
            </VirtualHost>
            """
        try withServer(configuration) { server in
            _ = try server.get("/secret", host: "a.example")
            try wait(for: "line in the host's log") {
                server.root.folder.read("logs/host_error").contains("AH01630")
            }
            #expect(!server.errorLog.contains("AH01630"))
        }
    }

    @Test("escapes what came from the client")
    func escaping() throws {
        let configuration = "<Location />\nRequire all denied\n</Location>"
        try withServer(configuration) { server in
            _ = try server.get("/a%0A%1b%5Cb", [("Referer", "x\"y\tz")])
            let line = try server.waitForErrorLog("AH01630").first ?? ""
            #expect(
                line.contains("/htdocs/a\\n\\x1b\\\\b, referer: x\"y\\tz"))
        }
    }

    @Test("goes to syslog where one listens", .enabled(if: ScratchFolder.exists("/dev/log")))
    func syslog() throws {
        let response = try withServer("ErrorLog syslog:local7", files: ["page.txt": "hello"]) {
            try $0.get("/page.txt")
        }
        #expect(response.text == "hello")
    }

    @Test("that cannot be opened ends the start")
    func unwritable() throws {
        let result = try runServer(["-DFOREGROUND"], on: ServerRoot("ErrorLog logs/none/log"))
        #expect(result.status == 1)
        #expect(result.errors.contains("logs/none"))
    }
}
