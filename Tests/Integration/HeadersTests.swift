// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_headers.
///
/// Compatibility 3.10: `Header set` without `always` is absent on errors.
@Suite("Header directive")
struct HeadersTests {
    @Test(
        "changes fields as its actions say",
        arguments: [
            Case("Header set X a", "a"), Case("Header set X a\nHeader set X b", "b"),
            Case("Header add X a\nHeader add X b", "a|b"), Case("Header append X a", "a"),
            Case("Header set X a\nHeader append X b", "a, b"),
            Case("Header set X a\nHeader append X a", "a, a"),
            Case("Header set X a\nHeader merge X b", "a, b"),
            Case("Header set X \"a, b\"\nHeader merge X b", "a, b"),
            Case("Header set X a\nHeader unset X", ""), Case("Header set X a\nHeader unset x", ""),
            Case("Header set X a\nHeader setifempty X b", "a"), Case("Header setifempty X b", "b"),
            Case("Header set X \"one two\"\nHeader edit X o 0", "0ne two"),
            Case("Header set X \"one two\"\nHeader edit* X o 0", "0ne tw0"),
            Case("Header set X abc\nHeader edit X (a)(.) $2$1", "bac"),
            Case("Header set X abc\nHeader edit X z y", "abc"), Case("Header edit X a b", ""),
            Case("Header add X a\nHeader add X b\nHeader edit X ^ -", "-a|-b"),
            Case("Header set X \"\"", ""),
            Case("Header set X: a", "a"), Case("header SET x a", "a"),
            Case("Header set X a env=YES", "a"), Case("Header set X a env=NO", ""),
            Case("Header set X a env=!NO", "a"), Case("Header set X a env=!YES", ""),
            Case("Header set X a \"expr=%{REQUEST_METHOD} == 'GET'\"", "a"),
            Case("Header set X a \"expr=%{REQUEST_METHOD} == 'POST'\"", ""),
            Case("Header set X \"expr=%{REQUEST_METHOD}\"", "GET"),
            Case("Header onsuccess set X a", "a"), Case("Header always set X a", "a"),
            Case("Header always set X a\nHeader set X b", "a|b"),
        ])
    func actions(rule: Case) throws {
        let configuration = "SetEnvIf Request_URI . YES\n\(rule.given)"
        let response = try withServer(configuration, files: ["page.txt": ""]) {
            try $0.get("/page.txt")
        }
        #expect(response["X"].sorted().joined(separator: "|") == rule.expected)
    }

    @Test(
        "puts in what it knows of the request",
        arguments: [
            Case("%%", "%"), Case("a%{E}eb", "avalueb"), Case("%{NONE}e", "(null)"),
            Case("%{HTTPS}s", "(null)"),
        ])
    func formats(format: Case) throws {
        let configuration = "SetEnv E value\nHeader set X \"\(format.given)\""
        let response = try withServer(configuration, files: ["page.txt": ""]) {
            try $0.get("/page.txt")
        }
        #expect(response["X"] == [format.expected])
    }

    @Test("knows times, load and workers")
    func measures() throws {
        let configuration = """
            Header set T %t
            Header set D %D
            Header set L %l
            Header set I %i
            Header set B %b
            """
        let response = try withServer(configuration, files: ["page.txt": ""]) {
            try $0.get("/page.txt")
        }
        #expect(response["T"].joined().wholeMatch(of: /t=[0-9]{16}/) != nil)
        #expect(response["D"].joined().wholeMatch(of: /D=[0-9]+/) != nil)
        #expect(response["L"].joined().wholeMatch(of: /l=[0-9.]+\/[0-9.]+\/[0-9.]+/) != nil)
        #expect(response["I"].joined().wholeMatch(of: /i=[0-9]+/) != nil)
        #expect(response["B"].joined().wholeMatch(of: /b=[0-9]+/) != nil)
    }

    @Test("is not applied to an error response unless it says always")
    func onSuccessOnly() throws {
        let configuration = "Header set X-Here yes\nHeader always set X-Always yes"
        let response = try withServer(configuration) { try $0.get("/missing") }
        #expect(response.status == 404)
        #expect(response["X-Here"] == [])
        #expect(response["X-Always"] == ["yes"])
    }

    @Test(
        "applies to answers without content too",
        arguments: [Case("304", "set always"), Case("302", "always"), Case("206", "set always")])
    func statuses(status: Case) throws {
        let configuration =
            "Redirect /moved http://e.org/\nHeader set X set\nHeader always set Y always"
        let root = try ServerRoot(configuration, files: ["page.txt": "hello"])
        root.setModified("page.txt", 1_000_000_000)
        let response = try withServer(root) { server in
            switch status.given {
            case "304": try server.get("/page.txt", [("If-None-Match", "*")])
            case "302": try server.get("/moved")
            default: try server.get("/page.txt", [("Range", "bytes=0-1")])
            }
        }
        #expect("\(response.status)" == status.given)
        #expect((response["X"] + response["Y"]).joined(separator: " ") == status.expected)
    }

    @Test("takes away what the server itself has set")
    func serverFields() throws {
        let configuration = """
            Header unset ETag
            Header unset Last-Modified
            Header set Content-Type text/x-other
            Header set Cache-Control no-store
            Header unset Date
            Header unset Server
            """
        let response = try withServer(configuration, files: ["page.txt": ""]) {
            try $0.get("/page.txt")
        }
        #expect(response["ETag"] == [])
        #expect(response["Last-Modified"] == [])
        #expect(response["Content-Type"] == ["text/x-other"])
        #expect(response["Cache-Control"] == ["no-store"])
        // These two are added when the head is written.
        #expect(response["Date"].count == 1)
        #expect(response["Server"].count == 1)
    }

    @Test(
        "changes requests before the handler sees them",
        arguments: [
            Case("RequestHeader set X-In new", "new"),
            Case("RequestHeader append X-In more", "sent, more"),
            Case("RequestHeader unset X-In", ""),
            Case("RequestHeader edit X-In s S", "Sent"),
            Case("RequestHeader setifempty X-In a", "sent"),
            Case("RequestHeader merge X-In sent", "sent"),
            Case("RequestHeader set X-In \"%{E}e\"", "(null)"),
            Case("RequestHeader set X-In early early", "early"),
        ])
    func requests(rule: Case) throws {
        let configuration = "ScriptAlias /cgi ${ROOT}/cgi-bin\n\(rule.given)"
        let response = try withServer(configuration, modules: ["cgi"]) { server in
            try server.write(
                "/cgi-bin/show", "#!/bin/sh\necho; echo -n \"$HTTP_X_IN\"", mode: 0o755)
            return try server.get("/cgi/show", [("X-In", "sent")])
        }
        #expect(response.text == rule.expected)
    }

    @Test("early changes what conditions see")
    func early() throws {
        let configuration = """
            RequestHeader set If-None-Match * early
            """
        let root = try ServerRoot(configuration, files: ["page.txt": ""])
        root.setModified("page.txt", 1_000_000_000)
        let response = try withServer(root) { try $0.get("/page.txt") }
        #expect(response.status == 304)
    }

    @Test("echoes fields of the request that match")
    func echo() throws {
        let response = try withServer("Header echo ^X-E", files: ["page.txt": ""]) {
            try $0.get("/page.txt", [("X-Echo", "one"), ("X-Extra", "two"), ("X-Other", "three")])
        }
        #expect(response["X-Echo"] == ["one"])
        #expect(response["X-Extra"] == ["two"])
        #expect(response["X-Other"] == [])
    }

    @Test(
        "refuses what makes no sense",
        arguments: [
            Case("Header bogus X a", "first argument must be"),
            Case("Header unset X a", "unknown parameter: a"),
            Case("Header set X \"%q\"", "unrecognized header format %"),
            Case("Header edit X ( b", "Header edit regex could not be compiled"),
            Case("Header edit X a", "Header edit requires a match and a substitution"),
            Case("Header set X a bogus", "unknown parameter: bogus"),
        ])
    func mistakes(mistake: Case) throws {
        let result = try runServer(on: ServerRoot(mistake.given))
        #expect(result.status == 1)
        let message = result.messages.last ?? ""
        #expect(message.lowercased().hasPrefix(mistake.expected.lowercased()))
    }
}
