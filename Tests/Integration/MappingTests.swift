// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// From the path of a request to a file (manual: urlmapping, mod/core, mod/mod_dir).
@Suite("Mapping of paths to files")
struct MappingTests {
    @Test(
        "resolves dots, escapes and slashes before it looks",
        arguments: [
            Case("/a/page.txt", "200"), Case("/a/./page.txt", "200"),
            Case("/a/../a/page.txt", "200"),
            Case("/%61/page.txt", "200"), Case("/a/%2e/page.txt", "200"),
            Case("/a//page.txt", "200"),
            Case("//a///page.txt", "200"), Case("/a/page.txt?query", "200"),
            Case("/A/page.txt", "404"), Case("/a/page.txt%20", "404"), Case("/a%2fpage.txt", "404"),
            Case("/a%00/page.txt", "404"), Case("/a/page.txt%", "400"),
            Case("/a/page.txt%4", "400"),
            Case("/a/page.txt%zz", "400"), Case("/../a/page.txt", "400"),
            Case("/%2e%2e/a/page.txt", "400"), Case("/a/../../a/page.txt", "400"),
            Case("/.%2e/a/page.txt", "400"), Case("/a/page.txt/", "404"),
            Case("/a/page.txt/more", "404"), Case("/a/..%2f..%2fconf/httpd.conf", "404"),
        ])
    func paths(path: Case) throws {
        let response = try withServer(files: ["a/page.txt": "here"], { try $0.get(path.given) })
        #expect("\(response.status)" == path.expected)
        #expect(response.status != 200 || response.text == "here")
    }

    @Test(
        "keeps or refuses encoded slashes",
        arguments: [
            Case("Off", "404"), Case("On", "200 /a/b"), Case("NoDecode", "200 /a%2Fb"),
        ])
    func encodedSlashes(setting: Case) throws {
        let configuration = """
            AllowEncodedSlashes \(setting.given)
            ScriptAlias /cgi ${ROOT}/cgi-bin/path
            """
        let response = try withServer(configuration, modules: ["cgi"]) { server in
            try server.write("/cgi-bin/path", "#!/bin/sh\necho; echo -n $PATH_INFO", mode: 0o755)
            return try server.get("/cgi/a%2Fb")
        }
        let seen = response.status == 200 ? "200 \(response.text)" : "\(response.status)"
        #expect(seen == setting.expected)
    }

    @Test(
        "keeps double slashes where MergeSlashes is off",
        arguments: [Case("On", "yes"), Case("Off", "")])
    func mergeSlashes(setting: Case) throws {
        let configuration = """
            MergeSlashes \(setting.given)
            <LocationMatch "^/a/page.txt">
                Header set X yes
            </LocationMatch>
            """
        let response = try withServer(configuration, files: ["a/page.txt": ""]) {
            try $0.get("/a//page.txt")
        }
        #expect(response.status == 200)
        #expect(response["X"].joined() == setting.expected)
    }

    @Test(
        "takes what follows a file as path information where that is accepted",
        arguments: [Case("On", "200"), Case("Off", "404"), Case("Default", "404")])
    func pathInfo(setting: Case) throws {
        let response = try withServer(
            "AcceptPathInfo \(setting.given)", files: ["page.txt": "x"],
            { try $0.get("/page.txt/more/still") })
        #expect("\(response.status)" == setting.expected)
    }

    @Test("redirects to a folder's name with a slash")
    func slash() throws {
        try withServer("DirectorySlash On", files: ["folder/page.txt": ""]) { server in
            let response = try server.get("/folder?a=b", host: "example.org:81")
            #expect(response.status == 301)
            #expect(response["Location"] == ["http://example.org:81/folder/?a=b"])
            #expect(
                response.text.contains(
                    "<p>The document has moved <a href=\"http://example.org:81/folder/?a=b\">here</a>.</p>"
                ))
        }
    }

    @Test(
        "names itself in redirects as UseCanonicalName says",
        arguments: [
            Case("Off", "http://example.org:81/folder/"),
            Case("On", "http://canonical.example:8000/folder/"),
        ])
    func canonicalName(setting: Case) throws {
        let configuration =
            "ServerName canonical.example:8000\nUseCanonicalName \(setting.given)\nDirectorySlash On"
        let response = try withServer(configuration, files: ["folder/page.txt": ""]) {
            try $0.get("/folder", host: "example.org:81")
        }
        #expect(response["Location"] == [setting.expected])
    }

    @Test("names the port that it has where Host names none")
    func portOfServer() throws {
        let configuration =
            "ServerName canonical.example:8000\nDirectorySlash On\nUseCanonicalPhysicalPort"
        let files = ["folder/page.txt": ""]
        try withServer("\(configuration) Off", files: files) { server in
            let response = try server.get("/folder", host: "example.org")
            #expect(response["Location"] == ["http://example.org:8000/folder/"])
        }
        try withServer("\(configuration) On", files: files) { server in
            let response = try server.get("/folder", host: "example.org")
            #expect(response["Location"] == ["http://example.org:\(server.port)/folder/"])
        }
    }

    @Test(
        "serves the first index file of a folder that is there",
        arguments: [
            Case("DirectoryIndex index.html", "html"),
            Case("DirectoryIndex none index.txt index.html", "text"),
            Case("DirectoryIndex none", "404"), Case("DirectoryIndex disabled", "404"),
            Case("DirectoryIndex index.txt\nDirectoryIndex index.html", "text"),
            Case("DirectoryIndex none /other/page.txt", "other"),
            Case("DirectoryIndex disabled\nDirectoryIndex index.txt", "text"),
        ])
    func index(setting: Case) throws {
        let files = [
            "folder/index.html": "html", "folder/index.txt": "text", "other/page.txt": "other",
        ]
        let response = try withServer(setting.given, modules: ["dir"], files: files) {
            try $0.get("/folder/")
        }
        #expect((response.status == 200 ? response.text : "\(response.status)") == setting.expected)
    }

    @Test(
        "redirects to the index file where told",
        arguments: [
            Case("on", "302"), Case("permanent", "301"), Case("temp", "302"),
            Case("seeother", "303"), Case("307", "307"),
        ])
    func indexRedirect(setting: Case) throws {
        let configuration = "DirectoryIndex page.txt\nDirectoryIndexRedirect \(setting.given)"
        let response = try withServer(configuration, files: ["folder/page.txt": ""]) {
            try $0.get("/folder/")
        }
        #expect("\(response.status)" == setting.expected)
        #expect(response["Location"] == ["http://localhost/folder/page.txt"])
    }

    @Test("falls back to a resource for what is not there")
    func fallback() throws {
        try withServer("FallbackResource /app.txt", files: ["app.txt": "app", "page.txt": "page"]) {
            server in
            let texts = try ["/page.txt", "/none", "/none/deeper", "/"].map {
                try server.get($0).text
            }
            #expect(texts == ["page", "app", "app", "app"])
        }
    }

    @Test(
        "takes a long path for not found or too long, never for a fault",
        arguments: [255, 300, 5000])
    func longPath(length: Int) throws {
        let response = try withServer { try $0.get("/" + String(repeating: "a", count: length)) }
        #expect([403, 404].contains(response.status))
    }
}
