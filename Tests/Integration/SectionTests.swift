// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Compatibility lines 30–36.
///
/// Each section adds its name to a field, so the field tells the order.
@Suite("Sections")
struct SectionTests {
    @Test("apply in the order of their kinds, wherever they stand")
    func kinds() throws {
        let configuration = """
            <If "true">
                Header append X If
            </If>
            <LocationMatch "page">
                Header append X LocationMatch
            </LocationMatch>
            <Location "/a">
                Header append X Location
            </Location>
            <FilesMatch "^page">
                Header append X FilesMatch
            </FilesMatch>
            <Files "page.txt">
                Header append X Files
            </Files>
            <DirectoryMatch "/htdocs/a">
                Header append X DirectoryMatch
            </DirectoryMatch>
            <Directory "${ROOT}/htdocs/a">
                Header append X Directory
                AllowOverride All
            </Directory>
            Header append X Server
            """
        let files = ["a/page.txt": "", "a/.htaccess": "Header append X htaccess"]
        #expect(
            try fieldX(configuration, files)
                == "Server, Directory, htaccess, DirectoryMatch, FilesMatch, Files, LocationMatch, Location, If"
        )
    }

    @Test("of directories apply from the shortest to the longest, each with its .htaccess")
    func directories() throws {
        let configuration = """
            <Directory "${ROOT}/htdocs/a">
                Header append X a
            </Directory>
            <Directory "${ROOT}/htdocs">
                Header append X htdocs
                AllowOverride All
            </Directory>
            <Directory "/">
                Header append X root
            </Directory>
            """
        let files = [
            "a/page.txt": "", ".htaccess": "Header append X .htdocs",
            "a/.htaccess": "Header append X .a",
        ]
        #expect(try fieldX(configuration, files) == "root, htdocs, .htdocs, a, .a")
    }

    @Test("of a virtual host apply after those of the server, kind by kind")
    func virtualHost() throws {
        let configuration = """
            <VirtualHost *:${PORT}>
                <Directory "${ROOT}/htdocs">
                    Header append X host-directory
                </Directory>
                <Location "/">
                    Header append X host-location
                </Location>
                Header append X host
            </VirtualHost>
            <Location "/">
                Header append X location
            </Location>
            <Directory "${ROOT}/htdocs/a">
                Header append X directory
            </Directory>
            Header append X server
            """
        #expect(
            try fieldX(configuration)
                == "server, host, host-directory, directory, location, host-location")
    }

    @Test("inside others apply after those outside of the same kind")
    func nested() throws {
        let configuration = """
            <Directory "${ROOT}/htdocs">
                <Files "page.txt">
                    Header append X inner
                </Files>
                Header append X directory
            </Directory>
            <Files "page.txt">
                Header append X outer
            </Files>
            """
        #expect(try fieldX(configuration) == "directory, outer, inner")
    }

    @Test("nest conditions")
    func nestedIf() throws {
        let configuration = """
            <Location "/a">
                <If "true">
                    <If "true">
                        Header append X inner
                    </If>
                    Header append X outer
                </If>
            </Location>
            """
        #expect(try fieldX(configuration) == "outer, inner")
    }

    @Test(
        "match what they name",
        arguments: [
            Case("Location \"/a\"", "yes"), Case("Location \"/a/\"", "yes"),
            Case("Location \"/b\"", ""),
            Case("Location \"/a/page\"", ""), Case("Location \"/*/page.txt\"", "yes"),
            Case("Location \"/*\"", ""), Case("Location \"/A\"", ""),
            Case("Location \"/a/page.txt\"", "yes"),
            Case("Location ~ \"^/[a-c]/\"", "yes"), Case("LocationMatch \"^/[b-c]/\"", ""),
            Case("Files \"page.txt\"", "yes"), Case("Files \"*.txt\"", "yes"),
            Case("Files \"p?ge.*\"", "yes"),
            Case("Files \"page\"", ""), Case("Files ~ \"\\.(txt|html)$\"", "yes"),
            Case("FilesMatch \"\\.html$\"", ""), Case("Directory \"${ROOT}/htdocs\"", "yes"),
            Case("Directory \"${ROOT}/htdocs/a/\"", "yes"),
            Case("Directory \"${ROOT}/htdocs/b\"", ""),
            Case("Directory \"${ROOT}/*/a\"", "yes"), Case("Directory \"/\"", "yes"),
            Case("Directory ~ \"/a/\"", "yes"),
            Case("DirectoryMatch \"/htdocs/[ab]\"", "yes"),
            Case("DirectoryMatch \"/a/page\\.txt$\"", "yes"),
            Case("DirectoryMatch \"/htdocs/a/?$\"", ""),
        ])
    func matching(section: Case) throws {
        let name = section.given.prefix { $0 != " " }
        let field = try fieldX("<\(section.given)>\nHeader append X yes\n</\(name)>")
        #expect(field == section.expected)
    }

    @Test(
        "put what named groups match into the environment",
        arguments: [
            Case("LocationMatch \"^/(?<first>[^/]*)/\"", "a"),
            Case("Location ~ \"/(?<FIRST>p[^/]*)$\"", "page.txt"),
            Case("DirectoryMatch \"htdocs/(?<First>.*)\"", "a/page.txt"),
            Case("FilesMatch \"^(?<first>[^.]*)\\.\"", "page"),
        ])
    func groups(section: Case) throws {
        let name = section.given.prefix { $0 != " " }
        let field = try fieldX("<\(section.given)>\nHeader set X %{MATCH_FIRST}e\n</\(name)>")
        #expect(field == section.expected)
    }

    @Test("know their regular expressions by RegexDefaultOptions")
    func regularExpressionOptions() throws {
        let configuration = """
            RegexDefaultOptions +ICASE
            <LocationMatch "/A/PAGE">
                Header append X first
            </LocationMatch>
            RegexDefaultOptions -icase
            <LocationMatch "/A/PAGE">
                Header append X second
            </LocationMatch>
            """
        #expect(try fieldX(configuration) == "first")
    }

    @Test(
        "limited to methods apply to those",
        arguments: [
            Case("<Limit GET>", "403 200"), Case("<Limit POST>", "200 403"),
            Case("<LimitExcept GET>", "200 403"), Case("<LimitExcept POST>", "403 200"),
        ])
    func limit(section: Case) throws {
        let name = section.given.dropFirst().prefix { $0 != " " }
        let configuration =
            "<Location />\n\(section.given)\nRequire all denied\n</\(name)>\n</Location>"
        try withServer(configuration, files: ["a/page.txt": ""]) { server in
            let get = try server.get("/a/page.txt").status
            let post = try server.request("POST", "/a/page.txt", body: "").status
            #expect("\(get) \(post)" == section.expected)
        }
    }

    @Test(
        "replace or merge Options",
        arguments: [
            Case("Options Indexes\nOptions +FollowSymLinks", "200 200"),
            Case("Options Indexes\nOptions FollowSymLinks", "404 200"),
            Case("Options Indexes FollowSymLinks\nOptions -Indexes", "404 200"),
            Case("Options All\nOptions None", "404 403"),
            Case("Options None\nOptions +Indexes", "200 403"),
        ])
    func options(setting: Case) throws {
        let lines = setting.given.split(separator: "\n")
        let configuration = """
            <Directory "${ROOT}/htdocs">
                \(lines[0])
            </Directory>
            <Directory "${ROOT}/htdocs/a">
                \(lines[1])
            </Directory>
            """
        let root = try ServerRoot(
            configuration, modules: ["autoindex", "dir"], files: ["a/page.txt": ""])
        try root.link("a/link", to: "page.txt")
        try withServer(root) { server in
            // Without mod_autoindex's leave a folder is forbidden.
            let index = try server.get("/a/").status == 200 ? 200 : 404
            let link = try server.get("/a/link").status
            #expect("\(index) \(link)" == setting.expected)
        }
    }

    @Test(
        "replace requirements unless AuthMerging says otherwise",
        arguments: [Case("Off", "200"), Case("And", "403"), Case("Or", "200")])
    func authMerging(setting: Case) throws {
        let configuration = """
            <Directory "${ROOT}/htdocs">
                Require all denied
            </Directory>
            <Directory "${ROOT}/htdocs/a">
                AuthMerging \(setting.given)
                Require all granted
            </Directory>
            """
        let response = try withServer(configuration, files: ["a/page.txt": ""]) {
            try $0.get("/a/page.txt")
        }
        #expect("\(response.status)" == setting.expected)
    }

    @Test("of locations set a handler though they speak of no file")
    func handlerInLocation() throws {
        let configuration = "<Location \"/anywhere\">\nSetHandler server-status\n</Location>"
        let response = try withServer(configuration) { try $0.get("/anywhere") }
        #expect(response.status == 200)
        #expect(response.text.contains("Server Status"))
    }

    @Test("choose by conditions one after another")
    func elseIf() throws {
        let configuration = """
            <If "%{QUERY_STRING} == 'one'">
                Header set X if
            </If>
            <ElseIf "%{QUERY_STRING} == 'two'">
                Header set X elseif
            </ElseIf>
            <Else>
                Header set X else
            </Else>
            """
        try withServer(configuration, files: ["page.txt": ""]) { server in
            let fields = try ["one", "two", "three"].map { try server.get("/page.txt?\($0)")["X"] }
            #expect(fields == [["if"], ["elseif"], ["else"]])
        }
    }
}

private func fieldX(
    _ configuration: String, _ files: [String: String] = ["a/page.txt": ""]
) throws -> String {
    try withServer(configuration, modules: ["headers"], files: files) {
        try $0.get("/a/page.txt")["X"].joined()
    }
}
