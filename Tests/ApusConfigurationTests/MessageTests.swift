// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration
import Testing

@Suite("Messages about the configuration")
struct MessageTests {
    private let place = SourceLocation(file: "/etc/h.conf", line: 12)

    @Test("have Apache's form for what is applied, and a remedy of ours below")
    func applied() {
        let server = TestServer.of("\nKeepAlive perhaps\n")
        #expect(
            server.errors.description == """
                AH00526: Syntax error on line 2 of test.conf:
                KeepAlive must be On or Off
                  'perhaps' is neither; write KeepAlive On or KeepAlive Off
                """)
    }

    @Test("have Apache's other form for what is read, and the name of the program")
    func read() {
        let error = ConfigError(.read, at: place, directive: "</X>", problem: "wrong")
        #expect(
            error.message(program: "apache2")
                == "apache2: Syntax error on line 12 of /etc/h.conf: wrong")
        #expect(error.description == "httpd: Syntax error on line 12 of /etc/h.conf: wrong")
        let main = ConfigError(.read, at: nil, problem: "Could not open configuration file /x: No")
        #expect(main.description == "httpd: Could not open configuration file /x: No")
    }

    @Test("escape what could forge a line or move the cursor, as the error log does")
    func escaping() {
        let error = ConfigError(.apply, at: place, problem: "a\nb\u{1B}[0m\\ größe\u{7F}\t")
        #expect(
            error.description == """
                AH00526: Syntax error on line 12 of /etc/h.conf:
                a\\nb\\x1b[0m\\\\ gr\\xc3\\xb6\\xc3\\x9fe\\x7f\\t
                """)
    }

    @Test("name the module that would know the directive")
    func remedy() {
        let server = TestServer.of("Header set a b")
        #expect(server.errors.list[0].remedy == "a2enmod headers enables it")
    }

    @Test(
        "of an argument say what it must be",
        arguments: [
            ("StartServers x", "Invalid value for directive StartServers, expected integer"),
            ("StartServers 0", "StartServers requires an integer between 1 and 20000"),
            ("KeepAliveTimeout 5x", "KeepAliveTimeout has wrong format"),
            ("KeepAlive", "KeepAlive must be On or Off"),
            (
                "ErrorDocument 404",
                "ErrorDocument takes two arguments, Change responses for HTTP errors"
            ),
            ("AllowOverride", "AllowOverride not allowed here"),
            (
                "<Directory /a>\nAllowOverride\n</Directory>",
                "AllowOverride requires at least one argument, Controls what groups of directives can be configured by per-directory files"
            ),
            (
                "<Location /a>\nAllowOverride All\n</Location>",
                "AllowOverride cannot occur within <Location> section"
            ),
            (
                "<Location /a>\n<RequireAny>\nKeepAlive On\n</RequireAny>\n</Location>",
                "KeepAlive not allowed in <RequireAny> context"
            ),
        ])
    func arguments(_ text: String, _ problem: String) {
        #expect(TestServer.of(text).problems == [problem])
    }
}

@Suite("Arities")
struct ArityTests {
    private static func problem(_ arity: Arity, _ text: String) -> String? {
        struct Config: ModuleConfig {
            var words: [[String]] = []
            init() {}
        }
        var table = DirectiveTable()
        table.add(
            module: "m", sourceName: "m.c",
            serverDirectives: [
                Directive(
                    "X", in: .server, appends: \Config.words,
                    Argument<[String]>("words", arity: arity) { $0 }, "HELP")
            ], directoryDirectives: [Directive<NoConfig>]())
        let applier = DirectiveApplier(table: table) { _, _, _, _ in }
        var vectors = ConfigVectors()
        let node = ConfigNode("X", text, at: SourceLocation(file: "f", line: 1))
        applier.apply([node], to: &vectors, in: .server(root: "/"))
        if let error = applier.errors.list.first { return error.problem }
        let words = vectors.server.config(of: Config.self, at: 0).words
        return words.map { $0.joined(separator: ",") }.joined(separator: ";")
    }

    @Test(
        "divide the words, or say what is missing",
        arguments: [
            (.none, "", ""), (.none, "a", "X takes no arguments"),
            (.one, "a", "a"), (.one, "", "X takes one argument, HELP"),
            (.one, "a b", "X takes one argument, HELP"),
            (.one, "\"\"", "X takes one argument, HELP"),
            (.two, "a b", "a,b"), (.two, "a", "X takes two arguments, HELP"),
            (.oneOrTwo, "a", "a"), (.oneOrTwo, "a b", "a,b"), (.oneOrTwo, "a \"\"", "a"),
            (.oneOrTwo, "a b c", "X takes 1-2 arguments, HELP"),
            (.three, "a b c", "a,b,c"), (.three, "a b", "X takes three arguments, HELP"),
            (.twoOrThree, "a b", "a,b"), (.twoOrThree, "a", "X takes two or three arguments, HELP"),
            (.oneTwoOrThree, "a b c", "a,b,c"),
            (.oneTwoOrThree, "a b c d", "X takes one, two or three arguments, HELP"),
            (.oneOrThree, "a", "a"), (.oneOrThree, "a b", "X takes one or three arguments, HELP"),
            (.iterate, "a b", "a;b"), (.iterate, "", "X requires at least one argument, HELP"),
            (.iterate, "a \"\" b", "a"),
            (.iterate2, "a b c", "a,b;a,c"),
            (.iterate2, "a", "X requires at least two arguments, HELP"),
            (.oneOrMore, "a b", "a,b"), (.oneOrMore, "", "X requires at least one argument, HELP"),
            (.any, "", ""), (.any, "a b", "a,b"),
            (.raw, "a \"b c\"", "a \"b c\""),
            (.flag, "on more", "on"),
        ] as [(Arity, String, String)])
    func dividing(_ arity: Arity, _ text: String, _ expected: String) {
        #expect(Self.problem(arity, text) == expected)
    }
}
