// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration
import Foundation
import Testing

@Suite("Reading a configuration")
struct ReaderTests {
    private func names(_ text: String, variables: Variables = Variables()) -> [String] {
        let reader = TestServer().reader(variables: variables)
        let nodes = reader.read(Array(text.utf8), file: "f")
        #expect(reader.errors.isEmpty, "\(reader.errors)")
        return nodes.map { ([$0.name] + $0.words).joined(separator: " ") }
    }

    @Test("makes a tree")
    func tree() {
        let reader = TestServer().reader()
        let text = "A 1\n<B x>\nC\n<D>\nE\n</D>\n</b>\nF\n"

        let nodes = reader.read(Array(text.utf8), file: "f")

        #expect(nodes.map(\.name) == ["A", "B", "F"])
        #expect(nodes[1].arguments == "x")
        #expect(nodes[1].children?.map(\.name) == ["C", "D"])
        #expect(nodes[1].children?[1].children?.map(\.name) == ["E"])
        #expect(nodes[1].children?[1].location == SourceLocation(file: "f", line: 4))
    }

    @Test(
        "skips sections whose condition does not hold",
        arguments: [
            ("<IfModule alias_module>\nA\n</IfModule>", ["A"]),
            ("<IfModule mod_alias.c>\nA\n</IfModule>", ["A"]),
            ("<IfModule !mod_alias.c>\nA\n</IfModule>", []),
            ("<IfModule none>\n<B>\nA\n</B>\n</IfModule>\nC", ["C"]),
            ("<IfModule none>\nA\n</IfModule> trailing\nC", ["C"]),
            ("<ifmodule core.c>\nA\n</IFMODULE>", ["A"]),
            ("<IfDefine FLAG>\nA\n</IfDefine>", ["A"]),
            ("<IfDefine !FLAG>\nA\n</IfDefine>", []),
            ("<IfDefine ! FLAG>\nA\n</IfDefine>", []),
            ("<IfDefine NEW>\nA\n</IfDefine>\nDefine NEW\n<IfDefine NEW>\nB\n</IfDefine>", ["B"]),
            ("<IfFile />\nA\n</IfFile>\n<IfFile none>\nB\n</IfFile>", ["A"]),
            ("<IfDirective keepalive>\nA\n</IfDirective>", ["A"]),
            ("<IfDirective VirtualHost>\nA\n</IfDirective>", []),
            ("<IfSection virtualhost>\nA\n</IfSection>", ["A"]),
            ("<IfSection KeepAlive>\nA\n</IfSection>", []),
            ("<IfModule core.c>\n<IfDefine none>\nA\n</IfDefine>\nB\n</IfModule>\nC", ["B", "C"]),
            ("<IfModule core.c>\nA", ["A"]),
        ] as [(String, [String])])
    func conditions(_ text: String, _ expected: [String]) {
        #expect(names(text, variables: Variables(defined: ["FLAG"])) == expected)
    }

    @Test("fills in variables as they are at the line")
    func variables() {
        #expect(
            names("A ${x}\nDefine x 1\nA ${x}\nUnDefine x\nA ${x}") == ["A ${x}", "A 1", "A ${x}"])
        #expect(names("Define name A\n${name} b") == ["A b"])
        #expect(names("${none} b", variables: Variables(environment: ["none": ""])) == ["b"])
        #expect(names("${none}", variables: Variables(environment: ["none": ""])) == [])
    }

    @Test("takes an empty value for none, as httpd does")
    func emptyValue() {
        #expect(names("Define x \"\"\nA ${x}") == ["A ${x}"])
    }

    @Test("warns of a variable that is not defined")
    func missingVariable() {
        let server = TestServer()
        _ = server.reader().read(Array("A ${x} ${a:b}".utf8), file: "f")
        #expect(
            server.warnings.warnings == [
                ConfigWarning(
                    code: "AH00111", "Config variable ${x} is not defined",
                    at: SourceLocation(file: "f", line: 1))
            ])
    }

    @Test("goes on behind a mistake, and stops at a section that is not closed")
    func manyMistakes() {
        let reader = TestServer().reader()
        let text = "</A>\nB\n<C>\n</D>\nDefine a:b\nE\n<F>\n"

        let nodes = reader.read(Array(text.utf8), file: "f")

        #expect(nodes.map(\.name) == ["B", "C", "E", "F"])
        #expect(
            reader.errors.list.map(\.problem) == [
                "</A> without matching <A> section", "Expected </C> but saw </D>",
                "Variable name must not contain ':'", "f:7: <F> was not closed.",
            ])
    }

    @Test("takes directives of the command line")
    func commandLine() {
        let server = TestServer()
        let reader = server.reader()
        let nodes = reader.read(commandLine: ["KeepAlive Off", "  Include none", "<A>"])

        #expect(nodes.map(\.name) == ["KeepAlive", "A"])
        #expect(
            reader.errors.message(program: "httpd") == """
                httpd: Syntax error in -C/-c directive: Could not open configuration file \
                /etc/test/none: No such file or directory
                httpd: Syntax error in -C/-c directive: -c/-C directives:3: <A> was not closed.
                """)
    }

    @Test("lets a module decide what is read")
    func moduleCondition() {
        let server = TestServer()
        server.table.add(
            module: "macro_module", sourceName: "mod_macro.c",
            serverDirectives: Self.macroDirectives, directoryDirectives: [Directive<NoConfig>]())
        let reader = server.reader()

        let nodes = reader.read(
            Array("<Keep x>\nA $1\n<Keep>\n</Keep>\n</Keep>\nGive\nB".utf8), file: "f")

        #expect(reader.errors.isEmpty)
        #expect(nodes.map(\.name) == ["A", "Never", "B"])
        #expect(nodes[0].location.line == 2)
    }

    /// A section whose lines are kept, and a directive that reads them.
    private static let macroDirectives: [Directive<NoConfig>] = [
        .readTimeLines("Keep", in: .servers, "name", "Keeps lines.") { node, lines, context in
            let kept = lines.filter { !$0.text.hasPrefix("<") }
            context.reader.variables.define("KEPT", as: kept.map(\.text).joined(separator: "\u{1}"))
        },
        .readTime("Give", in: .servers, "", arity: .none, "Reads them.") {
            _, context throws(ArgumentError) in
            let kept = context.reader.variables.value(of: "KEPT") ?? ""
            let lines = kept.split(separator: "\u{1}").map {
                ConfigLine(String($0), at: SourceLocation(file: "kept", line: 2))
            }
            try context.reader.insert(lines + [ConfigLine("Never", at: context.location)])
        },
    ]
}

@Suite("Included files")
final class IncludeTests {
    private let root: String

    init() throws {
        root = FileManager.default.temporaryDirectory.path + "/apus-include-\(UUID().uuidString)"
        for (file, text) in [
            ("main.conf", ""), ("a/2.conf", "A2"), ("a/10.conf", "A10"),
            ("a/.hidden.conf", "Hidden"),
            ("a/sub/x.conf", "X"), ("b/1.conf", "B1"), ("b/note.txt", "Note"),
            ("self.conf", "Include self.conf\nInclude self.conf"), ("open.conf", "<Section>"),
            ("bad.conf", "</Section>"), ("chain.conf", "\nInclude bad.conf"),
        ] {
            let path = root + "/" + file
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    private func read(_ text: String) -> (names: [String], errors: ConfigErrors) {
        let reader = TestServer().reader(root: root)
        let nodes = reader.read(Array(text.utf8), file: "main.conf")
        return (nodes.map(\.name), reader.errors)
    }

    @Test(
        "come in the order of their bytes, wherever the wildcard is",
        arguments: [
            ("Include a/2.conf", ["A2"]),
            ("Include a/*.conf", ["A10", "A2"]),
            ("Include */*.conf", ["A10", "A2", "B1"]),
            ("Include a", ["Hidden", "A10", "A2", "X"]),
            ("Include a/*", ["A10", "A2", "X"]),
            ("Include a/s*", ["X"]),
            ("Include [b]/?.conf", ["B1"]),
            ("Include a/../b/1.conf", ["B1"]),
            ("IncludeOptional none.conf", []),
            ("IncludeOptional none/*.conf", []),
            ("IncludeOptional a/*.none", []),
            ("IncludeOptional b/*.conf", ["B1"]),
        ] as [(String, [String])])
    func order(_ text: String, _ expected: [String]) {
        let (names, errors) = read(text)
        #expect(names == expected)
        #expect(errors.isEmpty)
    }

    @Test("that are absolute need no ServerRoot")
    func absolute() {
        #expect(read("Include \(root)/b/*.conf").names == ["B1"])
    }

    @Test("stand in the section that includes them")
    func inSection() {
        let reader = TestServer().reader(root: root)
        let nodes = reader.read(Array("<S>\nInclude b/1.conf\n</S>".utf8), file: "main.conf")
        #expect(nodes[0].children?.map(\.name) == ["B1"])
    }

    @Test(
        "that can not be had are told of in Apache's words",
        arguments: [
            (
                "Include none.conf",
                "Could not open configuration file ROOT/none.conf: No such file or directory"
            ),
            (
                "Include a/*.none",
                "Include/IncludeOptional: No matches for the wildcard '*.none' in 'ROOT/a', failing"
            ),
            (
                "Include none/*.conf",
                "Include/IncludeOptional: Could not open directory ROOT/none: No such file or directory"
            ),
            (
                "Include n*/*.conf",
                "Include/IncludeOptional: No matches for the wildcard 'n*' in 'ROOT', failing"
            ),
            (
                "Include",
                "Include takes one argument, Name(s) of the config file(s) to be included; fails if the wildcard does not match at least one file"
            ),
        ])
    func failures(_ text: String, _ problem: String) {
        let expected = problem.replacingOccurrences(of: "ROOT", with: root)
        #expect(read(text).errors.list.map(\.problem) == [expected])
    }

    @Test("are named in the message, from the outermost in")
    func chain() {
        let (_, errors) = read("Include chain.conf")
        #expect(
            errors.message(program: "apache2") == """
                apache2: Syntax error on line 1 of main.conf: Syntax error on line 2 of \
                \(root)/chain.conf: Syntax error on line 1 of \(root)/bad.conf: </Section> without \
                matching <Section> section
                """)
    }

    @Test("must close their sections")
    func unclosed() {
        let (names, errors) = read("Include open.conf\nA")
        #expect(names == ["Section"])
        #expect(errors.list.map(\.problem) == ["\(root)/open.conf:1: <Section> was not closed."])
    }

    @Test("that include themselves end after 128, with one message")
    func recursion() {
        let errors = read("Include self.conf").errors
        #expect(
            errors.list.map(\.problem) == [
                "Exceeded maximum include depth of 128, There appears to be a recursion."
            ])
        #expect(errors.list.first?.includedFrom.count == 128)
    }

    @Test("are told to the server with their depth, for DUMP_INCLUDES")
    func listing() {
        let server = TestServer()
        _ = server.reader(root: root).read(file: root + "/chain.conf")
        #expect(server.files == ["1 * \(root)/chain.conf", "2 2 \(root)/bad.conf"])
    }

    @Test("follow a change of ServerRoot")
    func serverRoot() {
        #expect(read("ServerRoot \(root)/b\nInclude 1.conf").names == ["B1"])
        #expect(
            read("ServerRoot \(root)/none").errors.list.map(\.problem) == [
                "ServerRoot must be a valid directory"
            ])
    }
}
