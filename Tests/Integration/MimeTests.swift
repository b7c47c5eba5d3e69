// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_mime: what the extensions of a file's name mean.
@Suite("Media types")
struct MimeTests {
    @Test(
        "come from the extensions",
        arguments: [
            Case("page.html", "text/html"), Case("page.HTML", "text/html"),
            Case("page.txt", "text/plain"),
            Case("page.html.txt", "text/plain"), Case("page.txt.html", "text/html"),
            Case("page", "-"),
            Case("page.unknown", "-"), Case("page.html.unknown", "text/html"), Case("html", "-"),
            Case(".html", "-"), Case("page.new", "text/x-new"), Case("page.gone", "-"),
            Case("page.utf", "text/x-utf; charset=utf-8"),
            Case("page.html.latin", "text/html; charset=iso-8859-1"),
            Case("page.html.de", "text/html de"), Case("page.txt.de.html", "text/html de"),
            Case("page.html.packed", "text/html x-packed"), Case("page.txt.gz", "application/gzip"),
        ])
    func extensions(file: Case) throws {
        let configuration = """
            AddType text/x-new .new gone
            RemoveType gone
            AddType "text/x-utf; charset=utf-8" utf
            AddCharset iso-8859-1 latin
            AddLanguage de .de
            AddEncoding x-packed .packed
            """
        let response = try withServer(configuration, files: [file.given: "x"]) {
            try $0.get("/\(file.given)")
        }
        let seen =
            (response["Content-Type"] + response["Content-Language"] + response["Content-Encoding"])
            .joined(separator: " ")
        #expect((seen.isEmpty ? "-" : seen) == file.expected)
    }

    @Test("are those of the settings, and of the path where that is wanted, in each request anew")
    func remembered() throws {
        let configuration = """
            AddType text/x-outer .new
            <Location /inner>
                AddType text/x-inner .new
            </Location>
            AcceptPathInfo On
            <Location /paths>
                ModMimeUsePathInfo On
            </Location>
            """
        let files = ["a.new": "x", "inner/a.new": "x", "paths/page": "x"]
        try withServer(configuration, files: files) { server in
            for _ in 1...2 {
                var types: [[String]] = []
                for path in [
                    "/a.new", "/inner/a.new", "/paths/page/a.html", "/paths/page/a.txt",
                    "/paths/page",
                ] { types.append(try server.get(path)["Content-Type"]) }
                #expect(
                    types == [
                        ["text/x-outer"], ["text/x-inner"], ["text/html"], ["text/plain"], [],
                    ]
                )
            }
        }
    }

    @Test("may name a handler")
    func handler() throws {
        let configuration = """
            AddHandler cgi-script .cgi
            Options +ExecCGI
            """
        try withServer(configuration, modules: ["cgi"]) { server in
            try server.write("run.cgi", "#!/bin/sh\necho; echo run", mode: 0o755)
            try server.write("run.sh", "#!/bin/sh\necho; echo run", mode: 0o755)
            let script = try server.get("/run.cgi")
            #expect(script.text == "run\n")
            #expect(try server.get("/run.sh").text.hasPrefix("#!/bin/sh"))
        }
    }

    @Test("have a default language", arguments: [Case("a.html", "fr"), Case("a.html.de", "de")])
    func defaultLanguage(file: Case) throws {
        let response = try withServer(
            "DefaultLanguage fr\nAddLanguage de .de", files: [file.given: ""]
        ) {
            try $0.get("/\(file.given)")
        }
        #expect(response["Content-Language"] == [file.expected])
    }
}
