// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_autoindex.
@Suite("Indexes of folders")
struct AutoindexTests {
    @Test("are made where Options allow and no index file is there")
    func whether() throws {
        let configuration = """
            Options -Indexes
            <Directory "${ROOT}/htdocs/open">
                Options +Indexes
            </Directory>
            """
        let files = ["open/a.txt": "", "shut/a.txt": "", "open/own/index.html": "own"]
        try withServer(configuration, modules: ["autoindex", "dir"], files: files) { server in
            let statuses = try ["/open/", "/shut/"].map { try server.get($0).status }
            #expect(statuses == [200, 403])
            #expect(try server.get("/open/own/").text == "own")
            try server.waitForErrorLog(
                "AH01276: Cannot serve directory \(server.path)/htdocs/shut/: ")
        }
    }

    @Test("are made of folders whose files have a type forced upon them")
    func forcedType() throws {
        let response = try withServer(
            "Options +Indexes\nForceType application/octet-stream", modules: ["mime", "dir"],
            files: ["list/a.txt": ""],
            { try $0.get("/list/") })
        #expect(response.status == 200)
        #expect(response.text.contains("Index of /list"))
    }

    @Test("are a plain list by default")
    func plain() throws {
        let response = try index("IndexOptions None")
        #expect(
            response["Content-Type"] == ["text/html;charset=ISO-8859-1"])
        #expect(response.text.hasPrefix("<!DOCTYPE HTML PUBLIC "))
        #expect(
            response.text.contains(
                """
                 <head>
                  <title>Index of /list</title>
                 </head>
                 <body>
                <h1>Index of /list</h1>
                <ul><li><a href="/"> Parent Directory</a></li>
                <li><a href="Zebra.txt"> Zebra.txt</a></li>
                <li><a href="apple.txt"> apple.txt</a></li>
                <li><a href="page.html"> page.html</a></li>
                <li><a href="sub/"> sub/</a></li>
                </ul>
                </body></html>

                """))
    }

    @Test("are fancy where asked for")
    func fancy() throws {
        let response = try index("IndexOptions FancyIndexing")
        let lines = response.text.split(separator: "\n").map(String.init)
        #expect(response.text.contains("<pre>"))
        #expect(response.text.contains("<a href=\"?C=N;O=D\">Name</a>"))
        #expect(response.text.contains("<a href=\"?C=M;O=A\">Last modified</a>"))
        #expect(response.text.contains("<a href=\"?C=S;O=A\">Size</a>"))
        #expect(response.text.contains("<a href=\"?C=D;O=A\">Description</a>"))
        let apple = lines.first { $0.contains("apple.txt") } ?? ""
        #expect(apple.contains("<a href=\"apple.txt\">apple.txt</a>"))
        #expect(apple.contains("2001-09-09 01:46"))
        #expect(apple.contains(" 1.5K"))
        #expect(lines.contains { $0.contains("<a href=\"sub/\">sub/</a>") && $0.contains("  - ") })
    }

    @Test("are a table where asked for")
    func table() throws {
        let text = try index("IndexOptions FancyIndexing HTMLTable").text
        #expect(text.contains("<table>"))
        #expect(text.contains("<th><a href=\"?C=N;O=D\">Name</a></th>"))
        #expect(text.contains("<td><a href=\"apple.txt\">apple.txt</a>"))
        #expect(text.contains("<td align=\"right\">1.5K</td>"))
    }

    @Test(
        "are in the order asked for",
        arguments: [
            Case("", "Zebra.txt apple.txt page.html sub/"),
            Case("?C=N;O=A", "Zebra.txt apple.txt page.html sub/"),
            Case("?C=N;O=D", "sub/ page.html apple.txt Zebra.txt"),
            Case("?C=S;O=D", "apple.txt page.html Zebra.txt sub/"),
            Case("?C=M;O=A", "apple.txt Zebra.txt page.html sub/"),
            Case("?O=D", "sub/ page.html apple.txt Zebra.txt"),
            Case("?P=*.txt", "Zebra.txt apple.txt"),
            Case("?C=X;O=Y", "Zebra.txt apple.txt page.html sub/"),
        ])
    func order(query: Case) throws {
        #expect(
            try names(in: index("IndexOptions FancyIndexing", query: query.given)) == query.expected
        )
    }

    @Test(
        "follow their options",
        arguments: [
            Case("IndexOptions FancyIndexing FoldersFirst", "sub/ Zebra.txt apple.txt page.html"),
            Case("IndexOptions FancyIndexing IgnoreCase", "apple.txt page.html sub/ Zebra.txt"),
            Case(
                "IndexOptions FancyIndexing\nIndexOrderDefault Descending Name",
                "sub/ page.html apple.txt Zebra.txt"),
            Case("IndexOptions FancyIndexing\nIndexIgnore *.txt", "page.html sub/"),
            Case("IndexOptions FancyIndexing VersionSort", "Zebra.txt apple.txt page.html sub/"),
        ])
    func options(setting: Case) throws {
        #expect(try names(in: index(setting.given)) == setting.expected)
    }

    @Test(
        "leave out or put in",
        arguments: [
            Case("IndexOptions FancyIndexing SuppressSize", "!>Size<"),
            Case("IndexOptions FancyIndexing SuppressLastModified", "!>Last modified<"),
            Case("IndexOptions FancyIndexing SuppressDescription", "!>Description<"),
            Case("IndexOptions FancyIndexing SuppressColumnSorting", "!?C=N"),
            Case("IndexOptions FancyIndexing SuppressRules", "!<hr"),
            Case(
                "IndexOptions FancyIndexing SuppressHTMLPreamble\nHeaderName head.html", "!<title>"),
            Case(
                "IndexOptions FancyIndexing IconsAreLinks\nDefaultIcon /i.gif",
                "<a href=\"apple.txt\"><img src=\"/i.gif\""),
            Case(
                "IndexOptions FancyIndexing IconHeight=10 IconWidth=11\nDefaultIcon /i.gif",
                "width=\"11\" height=\"10\""),
            Case("IndexOptions FancyIndexing NameWidth=8", ">apple..&gt;<"),
            Case("IndexOptions FancyIndexing Charset=utf-16", "Index of"),
            Case("IndexOptions FancyIndexing XHTML", "XHTML 1.0"),
            Case("IndexOptions FancyIndexing\nAddDescription \"a fruit\" apple.txt", "a fruit"),
            Case(
                "IndexOptions FancyIndexing\nAddIcon (FRU,/fruit.gif) apple.txt",
                "<img src=\"/fruit.gif\" alt=\"[FRU]\">"),
            Case(
                "IndexOptions FancyIndexing\nAddIconByType /text.gif text/*",
                "<img src=\"/text.gif\""),
            Case(
                "IndexOptions FancyIndexing\nAddIcon /folder.gif ^^DIRECTORY^^",
                "<img src=\"/folder.gif\""),
            Case(
                "IndexOptions FancyIndexing\nDefaultIcon /d.gif\nAddAlt \"pome\" apple.txt",
                "alt=\"[pome]\""),
            Case("IndexOptions FancyIndexing ScanHTMLTitles", "A Title"),
            Case("HeaderName head.html", "the header"), Case("ReadmeName foot.html", "the footer"),
            Case("IndexHeadInsert \"<meta name=x>\"", "<meta name=x>"),
            Case("IndexStyleSheet /s.css", "<link rel=\"stylesheet\" href=\"/s.css\""),
            Case("IndexOptions +FancyIndexing\nIndexOptions -FancyIndexing", "<ul>"),
        ])
    func contents(setting: Case) throws {
        let text = try index(setting.given, modules: ["mime"]).text
        #expect(
            setting.expected.hasPrefix("!")
                ? !text.contains(setting.expected.dropFirst()) : text.contains(setting.expected))
    }

    @Test("escape the names of files")
    func escaping() throws {
        let text = try withServer(
            "Options +Indexes", files: ["list/a <b> & \"c\" #d?.txt": ""],
            { try $0.get("/list/").text })
        #expect(text.contains("<a href=\"a%20%3cb%3e%20&amp;%20%22c%22%20%23d%3f.txt\">"))
        #expect(text.contains(" a &lt;b&gt; &amp; &quot;c&quot; #d?.txt</a>"))
    }

    @Test("refuse options that do not exist")
    func mistake() throws {
        let result = try runServer(on: ServerRoot("IndexOptions Bogus"))
        #expect(result.status == 1)
        #expect(result.messages.last == "Invalid directory indexing option")
    }
}

private func index(
    _ configuration: String, modules: [String] = [], query: String = ""
) throws -> RawResponse {
    let files = [
        "list/apple.txt": String(repeating: "x", count: 1536), "list/Zebra.txt": "z",
        "list/page.html": "<html><head><title>A Title</title></head></html>", "list/sub/x": "",
        "list/.hidden": "", "list/head.html": "the header", "list/foot.html": "the footer",
    ]
    // mod_autoindex hides the dotfiles only where IndexIgnore says so.
    let root = try ServerRoot(
        "Options +Indexes\nIndexIgnore .??* head.html foot.html\n\(configuration)",
        modules: ["autoindex"] + modules,
        files: files)
    root.setModified("list/apple.txt", 1_000_000_000)
    root.setModified("list/Zebra.txt", 1_100_000_000)
    root.setModified("list/page.html", 1_200_000_000)
    return try withServer(root) { try $0.get("/list/\(query)") }
}

/// The names that an index links to, but for the parent's.
private func names(in response: RawResponse) -> String {
    response.text.matches(of: /<a href="([^"?\/][^"]*)">/).map { String($0.output.1) }
        .joined(separator: " ")
}
