// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Compatibility lines 1–12, 16 and 21.
///
/// What the grammar makes of a line is seen in a response field, which mod_headers sets to the
/// argument.
@Suite("Configuration grammar")
struct ConfigurationGrammarTests {
    @Test(
        "makes words of a line",
        arguments: [
            Case("Header set X plain", "plain"),
            Case("  \t Header   set\tX  plain  \t ", "plain"),
            Case("hEADER SET X plain", "plain"),
            Case("Header set X \"two words\"", "two words"),
            Case("Header set X 'two words'", "two words"),
            Case("Header set X 'a \"b\" c'", "a \"b\" c"),
            Case("Header set X \"a \\\"b\\\" c\"", "a \"b\" c"),
            Case("Header set X \"a \\' b\"", "a \\' b"),
            Case("Header set X \"a \\\\ b\"", "a \\ b"),
            Case("Header set X a\\\\b", "a\\b"),
            Case("Header set X a\\b", "a\\b"),
            Case("Header set X a\"b\"c", "a\"b\"c"),
            Case("Header set X \"unterminated word", "unterminated word"),
            Case("Header set X con\\\ntinued", "continued"),
            Case("Header set \\\n X continued", "continued"),
            Case("Header set X a#b", "a#b"),
            Case("# comment\nHeader set X after", "after"),
            Case("   # comment\nHeader set X after", "after"),
            Case("Header set X kept\n# comment \\\nHeader set X swallowed", "kept"),
            Case("Header set X crlf\r\n", "crlf"),
            Case("Header set X con\\\r\ntinued\r\n", "continued"),
        ])
    func words(line: Case) throws {
        #expect(try fieldX(line.given) == [line.expected])
    }

    @Test(
        "puts variables in before it looks at the words",
        arguments: [
            Case("Define v one\nHeader set X ${v}", "one"),
            Case("Define v \"two words\"\nHeader set X \"${v}\"", "two words"),
            Case("Define v one\nHeader set X a${v}b${v}", "aonebone"),
            Case("Define v one\nDefine v two\nHeader set X ${v}", "two"),
            Case("Define n X\nHeader set ${n} name", "name"),
            Case("Define i inner\nDefine v ${i}\nHeader set X ${v}", "inner"),
            Case("Header set X ${FROM_ENVIRONMENT}", "env"),
            Case("Define FROM_ENVIRONMENT defined\nHeader set X ${FROM_ENVIRONMENT}", "defined"),
            Case("Header set X ${undefined}", "${undefined}"),
            Case("Header set X ${unclosed", "${unclosed"),
            Case("<VirtualHost *:1>\nDefine v inside\n</VirtualHost>\nHeader set X ${v}", "inside"),
            Case("Define v one\nUnDefine v\nHeader set X ${v}", "${v}"),
        ])
    func variables(line: Case) throws {
        #expect(try fieldX(line.given) == [line.expected])
    }

    @Test(
        "reads or leaves out what stands in a conditional section",
        arguments: [
            Case("<IfModule headers_module>", "yes"), Case("<IfModule mod_headers.c>", "yes"),
            Case("<IfModule !headers_module>", ""), Case("<IfModule mod_nothing.c>", ""),
            Case("<IfModule !mod_nothing.c>", "yes"), Case("<IfModule core.c>", "yes"),
            Case("<IfDefine nothing>", ""), Case("<IfDefine !nothing>", "yes"),
            Case("<IfDefine PORT>", "yes"), Case("<IfDefine GIVEN>", "yes"),
            Case("<IfVersion >= 2.4>", "yes"), Case("<IfVersion < 2.4>", ""),
            Case("<IfVersion = 2.4.71>", "yes"), Case("<IfVersion 2.4.71>", "yes"),
            Case("<IfVersion ~ ^2.4>", "yes"), Case("<IfVersion !~ ^2.4>", ""),
            Case("<IfVersion = /^2\\.[0-9]/>", "yes"), Case("<IfVersion > 2.4.71>", ""),
            Case("<IfFile conf/test.conf>", "yes"), Case("<IfFile conf/nothing>", ""),
            Case("<IfFile !conf/nothing>", "yes"), Case("<IfDirective Header>", "yes"),
            Case("<IfDirective !Header>", ""), Case("<IfDirective Bogus>", ""),
            Case("<IfSection Directory>", "yes"), Case("<IfSection VirtualHost>", "yes"),
            Case("<IfSection Bogus>", ""),
        ])
    func conditions(section: Case) throws {
        let name = section.given.dropFirst().prefix { $0 != " " }
        let expected = section.expected == "" ? [] : [section.expected]
        #expect(try fieldX("\(section.given)\nHeader set X yes\n</\(name)>") == expected)
    }

    @Test("nests conditional sections, and lets them enclose sections and nonsense")
    func nesting() throws {
        let configuration = """
            <IfModule headers_module>
                <IfDefine !NOTHING>
                    <Location "/">
                        <IfModule !mod_nothing.c>
                            Header set X nested
                        </IfModule>
                    </Location>
                </IfDefine>
                <IfDefine NOTHING>
                    <IfModule headers_module>
                    </IfModule>
                    This is not a directive
                    <Nor this>
                    </Nor>
                </IfDefine>
            </IfModule>
            """
        #expect(try fieldX(configuration) == ["nested"])
    }

    @Test("evaluates conditions while it reads, from top to bottom")
    func order() throws {
        let configuration = """
            <IfDefine LATER>
                Header append X early
            </IfDefine>
            Define LATER
            <IfDefine LATER>
                Header append X late
            </IfDefine>
            """
        #expect(try fieldX(configuration) == ["late"])
    }

    @Test("includes what matches a wildcard in the order of bytes, without dotfiles")
    func wildcard() throws {
        let files = ["B.conf", "a.conf", "c.conf", "10.conf", "9.conf", ".hidden.conf", "d.txt"]
        #expect(try included("Include conf/parts/*.conf", files) == ["10, 9, B, a, c"])
    }

    @Test("takes wildcards in folders too")
    func wildcardFolder() throws {
        let files = ["x1/a.conf", "x1/b.conf", "x2/b.conf", "z/a.conf"]
        #expect(try included("Include conf/parts/x?/*.conf", files) == ["x1/a, x1/b, x2/b"])
        #expect(try included("Include conf/parts/[w-x]*/b.conf", files) == ["x1/b, x2/b"])
    }

    @Test("includes every file below a folder, dotfiles too")
    func folder() throws {
        let files = ["b.conf", "a.txt", ".hidden", "sub/c"]
        #expect(try included("Include conf/parts", files) == [".hidden, a, b, sub/c"])
    }

    @Test(
        "lets IncludeOptional find nothing",
        arguments: ["conf/none.conf", "conf/*.none", "conf/none/*.conf"])
    func optional(path: String) throws {
        #expect(try fieldX("IncludeOptional \(path)\nHeader set X on") == ["on"])
    }

    @Test("reads an Include where it stands")
    func includeInSection() throws {
        let configuration = "<Location /page.txt>\nInclude conf/part.conf\n</Location>"
        let files = ["page.txt": "", "other.txt": "", "/conf/part.conf": "Header set X here"]
        try withServer(configuration, modules: ["headers"], files: files) { server in
            let (inside, outside) = (try server.get("/page.txt"), try server.get("/other.txt"))
            #expect(inside["X"] == ["here"])
            #expect(outside["X"] == [])
        }
    }

    @Test("refuses a byte order mark")
    func byteOrderMark() throws {
        let result = try runServer(on: ServerRoot("\u{FEFF}KeepAlive On"))
        #expect(result.status == 1)
        #expect(result.messages.last?.hasPrefix("Invalid command '") == true)
    }

    @Test("takes a line longer than 8 KiB in a server file, and not in .htaccess")
    func longLine() throws {
        let long = String(repeating: "x", count: 9000)
        #expect(try fieldX("Define v \(long)\nHeader set X on") == ["on"])
        let configuration = "<Directory \"${ROOT}/htdocs\">\nAllowOverride All\n</Directory>"
        let files = ["page.txt": "", ".htaccess": "SetEnv v \(long)"]
        let response = try withServer(configuration, modules: ["env"], files: files) {
            try $0.get("/page.txt")
        }
        #expect(response.status == 500)
    }

    @Test("loads a module inside a virtual host for all")
    func loadModule() throws {
        let configuration = """
            <VirtualHost *:1>
                LoadModule env_module /usr/lib/apache2/modules/mod_env.so
            </VirtualHost>
            SetEnv V 1
            """
        // The directive itself would make the tests load the module.
        let root = try ServerRoot(configuration)
        let base = root.folder.read("conf/httpd.conf").split(separator: "\n")
            .filter { !$0.contains("LoadModule env_module") }.joined(separator: "\n")
        try root.folder.write("conf/httpd.conf", base + "\n")
        #expect(try runServer(on: root).messages == ["Syntax OK"])
    }
}

private func fieldX(_ configuration: String) throws -> [String] {
    try withServer(
        configuration, modules: ["headers"], files: ["page.txt": ""],
        environment: ["FROM_ENVIRONMENT": "env"], arguments: ["-D", "GIVEN"]
    ) { try $0.get("/page.txt")["X"] }
}

/// Lays out files that each add their name to a field, and gives the field.
private func included(_ directive: String, _ names: [String]) throws -> [String] {
    var files = ["page.txt": ""]
    for name in names {
        let dot = name.dropFirst().firstIndex(of: ".") ?? name.endIndex
        files["/conf/parts/\(name)"] = "Header append X \(name[..<dot])"
    }
    return try withServer(directive, modules: ["headers"], files: files) {
        try $0.get("/page.txt")["X"]
    }
}
