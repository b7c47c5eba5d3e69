// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Manual: mod/core ErrorDocument, ServerSignature, ServerTokens; custom-error.
@Suite("Error pages")
struct ErrorPageTests {
    @Test("are Apache's by default")
    func page() throws {
        let response = try withServer { try $0.get("/missing") }
        #expect(response.status == 404)
        #expect(response["Content-Type"] == ["text/html; charset=iso-8859-1"])
        #expect(
            response.text == """
                <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
                <html><head>
                <title>404 Not Found</title>
                </head><body>
                <h1>Not Found</h1>
                <p>The requested URL was not found on this server.</p>
                </body></html>

                """)
    }

    @Test(
        "have the words of their status",
        arguments: [
            Case("400", "Your browser sent a request that this server could not understand.<br />"),
            Case("403", "<p>You don't have permission to access this resource.</p>"),
            Case("404", "<p>The requested URL was not found on this server.</p>"),
            Case("410", "<p>The requested resource is no longer available on this server"),
            Case("500", "<p>The server encountered an internal error or"),
            Case("503", "<p>The server is temporarily unable to service your"),
        ])
    func words(error: Case) throws {
        let response = try withServer("Redirect \(error.given) /x") { try $0.get("/x") }
        #expect("\(response.status)" == error.expected.prefix(0) + error.given)
        #expect(response.text.contains("<title>\(error.given) \(response.reason)</title>"))
        #expect(response.text.contains("<h1>\(response.reason)</h1>"))
        #expect(response.text.contains(error.expected))
    }

    @Test(
        "say what ErrorDocument says",
        arguments: [
            Case("ErrorDocument 404 \"gone fishing\"", "404 gone fishing"),
            Case("ErrorDocument 404 word", "404 word"),
            Case("ErrorDocument 404 /error.txt", "404 local"),
            Case("ErrorDocument 404 /also-missing", "404 default"),
            Case("ErrorDocument 403 text", "404 default"),
            Case("ErrorDocument 404 text\nErrorDocument 404 default", "404 default"),
        ])
    func errorDocument(setting: Case) throws {
        let response = try withServer(setting.given, files: ["error.txt": "local"]) {
            try $0.get("/missing")
        }
        let text = response.text.hasPrefix("<!DOCTYPE") ? "default" : response.text
        #expect("\(response.status) \(text)" == setting.expected)
    }

    @Test(
        "say what ErrorDocument says of ranges that there are not",
        arguments: [
            Case("ErrorDocument 416 \"no such part\"", "416 no such part"),
            Case("ErrorDocument 416 /error.txt", "416 local"),
            Case("ErrorDocument 416 /also-missing", "416 default"),
            Case("ErrorDocument 416 http://example.org/error", "302 default"),
            Case("ErrorDocument 404 text", "416 default"),
        ])
    func rangeDocument(setting: Case) throws {
        let files = ["error.txt": "local", "page.txt": "0123456789"]
        try withServer(setting.given, files: files) { server in
            let response = try server.get("/page.txt", [("Range", "bytes=10-20")])
            let text = response.text.hasPrefix("<!DOCTYPE") ? "default" : response.text
            #expect("\(response.status) \(text)" == setting.expected)
            let part = try server.get("/page.txt", [("Range", "bytes=8-20")])
            #expect(part.status == 206)
            #expect(part.text == "89")
        }
    }

    @Test("redirect to another server where ErrorDocument is a URL")
    func remote() throws {
        let response = try withServer("ErrorDocument 404 http://example.org/error") {
            try $0.get("/missing")
        }
        #expect(response.status == 302)
        #expect(response["Location"] == ["http://example.org/error"])
    }

    @Test("say so when ErrorDocument itself fails")
    func failure() throws {
        let response = try withServer("ErrorDocument 404 /also-missing") { try $0.get("/missing") }
        #expect(
            response.text.contains(
                """
                <p>Additionally, a 404 Not Found
                error was encountered while trying to use an ErrorDocument to handle the request.</p>
                """))
    }

    @Test("tell an ErrorDocument what was asked for")
    func variables() throws {
        let configuration = """
            ErrorDocument 404 /cgi/error
            ScriptAlias /cgi ${ROOT}/cgi-bin
            """
        let response = try withServer(configuration, modules: ["cgi"]) { server in
            try server.write(
                "/cgi-bin/error",
                "#!/bin/sh\necho; echo $REDIRECT_STATUS $REDIRECT_URL $REDIRECT_QUERY_STRING $REQUEST_METHOD $REDIRECT_REQUEST_METHOD",
                mode: 0o755)
            return try server.request("POST", "/missing?a=b", body: "content")
        }
        #expect(response.status == 404)
        #expect(response.text == "404 /missing a=b GET POST\n")
    }

    @Test(
        "are signed as ServerSignature says",
        arguments: [
            Case("ServerSignature Off", ""),
            Case("ServerSignature On", "Server at localhost Port 80</address>"),
            Case(
                "ServerSignature EMail\nServerAdmin me@example.org",
                "<a href=\"mailto:me@example.org\">localhost</a> Port 80</address>"),
        ])
    func signature(setting: Case) throws {
        let response = try withServer(setting.given) { try $0.get("/missing") }
        let signature = response.text.split(separator: "\n").filter { $0.hasPrefix("<address>") }
        #expect(signature.count == (setting.expected.isEmpty ? 0 : 1))
        #expect(signature.allSatisfy { $0.hasSuffix(setting.expected) })
    }

    @Test(
        "and all others name the server no further than ServerTokens says",
        arguments: [
            Case("Prod", "N"), Case("Major", "N/n"), Case("Minor", "N/n.n"), Case("Min", "N/n.n.n"),
            Case("OS", "N/n.n.n (O)"),
        ])
    func tokens(setting: Case) throws {
        let response = try withServer("ServerTokens \(setting.given)") { try $0.get("/") }
        let pattern = setting.expected.replacing("N", with: underApache ? "Apache" : "Apus")
        let server = response["Server"].first ?? ""
        let seen = server.replacing(/[0-9]+/, with: "n").replacing(/\([^)]*\)/, with: "(O)")
        #expect(seen == pattern)
    }

    @Test("escape what came from the client")
    func escaping() throws {
        let response = try withServer("DirectorySlash On", files: ["folder/x": ""]) {
            try $0.get("/folder?%22<b>", host: "a")
        }
        #expect(!response.text.contains("<b>"))
    }
}
