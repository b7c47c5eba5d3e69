// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_alias; Compatibility line 34.
@Suite("Aliases and redirects")
struct AliasTests {
    @Test(
        "lead elsewhere, the first that matches",
        arguments: [
            Case("Alias /here ${ROOT}/other\n/here/page.txt", "200 other"),
            Case("Alias /here ${ROOT}/other\n/heretic", "404"),
            Case("Alias /here/ ${ROOT}/other/\n/here/page.txt", "200 other"),
            Case("Alias /here/ ${ROOT}/other/\n/here", "404"),
            Case("Alias /here/page.txt ${ROOT}/other/page.txt\n/here/page.txt", "200 other"),
            Case(
                "Alias /here/deep ${ROOT}/other\nAlias /here ${ROOT}/htdocs\n/here/deep/page.txt",
                "200 other"),
            Case(
                "Alias /here ${ROOT}/htdocs\nAlias /here/deep ${ROOT}/other\n/here/deep/page.txt",
                "404"),
            Case("AliasMatch ^/x([a-z]+)/(.*)$ ${ROOT}/$1/$2\n/xother/page.txt", "200 other"),
            Case("AliasMatch /page ${ROOT}/other/page.txt\n/any/page/at/all", "200 other"),
            Case("Alias \"/with space\" ${ROOT}/other\n/with%20space/page.txt", "200 other"),
        ])
    func alias(alias: Case) throws {
        var lines = alias.given.split(separator: "\n").map(String.init)
        let path = lines.removeLast()
        let response = try withServer(
            lines.joined(separator: "\n"),
            files: ["page.txt": "htdocs", "/other/page.txt": "other"], { try $0.get(path) })
        let seen = response.status == 200 ? "200 \(response.text)" : "\(response.status)"
        #expect(seen == alias.expected)
    }

    @Test(
        "redirect with the status and target that they say",
        arguments: [
            Case("Redirect /a http://e.org/b\n/a", "302 http://e.org/b"),
            Case("Redirect /a http://e.org/b\n/a/c/d?e=f", "302 http://e.org/b/c/d?e=f"),
            Case("Redirect /a http://e.org/b\n/ab", "404"),
            Case("Redirect permanent /a http://e.org/b\n/a", "301 http://e.org/b"),
            Case("Redirect temp /a http://e.org/b\n/a", "302 http://e.org/b"),
            Case("Redirect seeother /a http://e.org/b\n/a", "303 http://e.org/b"),
            Case("Redirect gone /a\n/a", "410"), Case("Redirect 403 /a\n/a", "403"),
            Case("Redirect 307 /a http://e.org/b\n/a", "307 http://e.org/b"),
            Case("Redirect 308 /a http://e.org/b\n/a", "308 http://e.org/b"),
            Case("RedirectPermanent /a http://e.org/b\n/a", "301 http://e.org/b"),
            Case("RedirectTemp /a http://e.org/b\n/a", "302 http://e.org/b"),
            Case("Redirect /a /b\n/a/c", "302 http://localhost/b/c"),
            Case("RedirectRelative On\nRedirect /a /b\n/a/c", "302 /b/c"),
            Case(
                "RedirectMatch ^/(.*)\\.gif$ http://e.org/$1.png\n/x/y.gif",
                "302 http://e.org/x/y.png"),
            Case(
                "RedirectMatch 301 ^/(\\w+)/(\\w+)$ /$2/$1\n/one/two",
                "301 http://localhost/two/one"),
            Case("RedirectMatch 404 \\.git\n/x/.git/config", "404"),
            Case("RedirectMatch ^/q$ http://e.org/?x=y\n/q", "302 http://e.org/?x=y"),
            Case(
                "Alias /a ${ROOT}/htdocs\nRedirect /a http://e.org/\n/a/page.txt",
                "302 http://e.org//page.txt"),
            Case(
                "<Location /a>\nRedirect 301 http://e.org/b\n</Location>\n/a/c",
                "301 http://e.org/b"),
        ])
    func redirect(redirect: Case) throws {
        var lines = redirect.given.split(separator: "\n").map(String.init)
        let path = lines.removeLast()
        let response = try withServer(lines.joined(separator: "\n"), files: ["page.txt": ""]) {
            try $0.get(path)
        }
        let seen = (["\(response.status)"] + response["Location"]).joined(separator: " ")
        #expect(seen == redirect.expected)
    }

    @Test(
        "make scripts of what is below a ScriptAlias",
        arguments: [
            "ScriptAlias /cgi ${ROOT}/cgi-bin", "ScriptAliasMatch ^/cgi/(.*) ${ROOT}/cgi-bin/$1",
        ])
    func scriptAlias(directive: String) throws {
        try withServer(directive, modules: ["cgi"]) { server in
            try server.write("/cgi-bin/script", "#!/bin/sh\necho; echo run", mode: 0o755)
            let response = try server.get("/cgi/script")
            #expect(response.text == "run\n")
            #expect(try server.get("/cgi/missing").status == 404)
        }
    }

    @Test("in a location take the rest of the path or not")
    func aliasInLocation() throws {
        let configuration = """
            <Location "/file">
                Alias ${ROOT}/other/page.txt
            </Location>
            """
        let response = try withServer(configuration, files: ["/other/page.txt": "other"]) {
            try $0.get("/file")
        }
        #expect(response.text == "other")
    }
}
