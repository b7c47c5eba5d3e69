// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration

/// Directives as httpd's core has them, as many as the tests need: words and places are httpd's,
/// so that the corpus of configurations means the same to both.
enum TestCore {
    struct ServerConfig: ModuleConfig {
        @Setting var keepAlive = true
        @Setting var keepAliveTimeout: Duration = .seconds(5)
        @Setting var serverAdmin: String?
        @Setting var startServers = 5
        @Setting var documentRoot = "/htdocs"
        init() {}
    }

    struct DirectoryConfig: ModuleConfig {
        var options = TestOptions()
        var errorDocuments: [String: String] = [:]
        @Setting var charset = "off"
        @Setting var allowOverride: [String] = ["None"]
        var requirements: [Requirement] = []
        init() {}
    }

    /// `Require`, and groups of it.
    indirect enum Requirement: Hashable, Sendable {
        case line(String, methods: MethodSet?)
        case any([Requirement])
    }

    static let server: [Directive<ServerConfig>] = [
        Directive(
            "KeepAlive", in: .servers, sets: \.$keepAlive, .flag,
            "Whether persistent connections should be On or Off", default: "On"),
        Directive(
            "KeepAliveTimeout", in: .servers, sets: \.$keepAliveTimeout, .duration,
            "Keep-Alive timeout duration (sec)"),
        Directive(
            "ServerAdmin", in: .servers, sets: \.$serverAdmin, .string,
            "Who is told of by error pages.", help: "The email address of the server administrator"
        ),
        Directive(
            "StartServers", in: .server, sets: \.$startServers, .integer(in: 1...20_000),
            "Number of child processes launched at server startup"),
        Directive(
            "DocumentRoot", in: .servers, sets: \.$documentRoot, .path,
            "Root directory of the document tree"),
    ]

    static let directory: [Directive<DirectoryConfig>] =
        [
            Directive(
                "Options", in: .anywhere, merges: \.options, TestOptions.argument,
                "Set a number of attributes for a given directory", override: .options),
            Directive(
                "ErrorDocument", in: .anywhere, merges: \.errorDocuments,
                Argument<(String, String)>.pair.map { [$0.0: $0.1] },
                "Change responses for HTTP errors", override: .fileInfo),
            Directive(
                "AddDefaultCharset", in: .anywhere, sets: \.$charset, .string,
                "The name of the default charset", override: .fileInfo),
            Directive(
                "AllowOverride", in: .directory, sets: \.$allowOverride, .words,
                "Controls what groups of directives can be configured by per-directory files"),
            Directive(
                "Require", in: [.sections, .htaccess], .raw, "Who may.",
                override: .authConfig, merging: [.appends(\.requirements)]
            ) { config, text, context in
                config.requirements.append(.line(text, methods: context.section.methods))
            },
            .section(
                "RequireAny", in: [.sections, .htaccess], "", "One of them is enough.",
                override: .authConfig
            ) { config, section throws(ArgumentError) in
                try section.checkOpening(takesArguments: false)
                config.requirements.append(.any(section.applyContents().requirements))
            },
            .structural("VirtualHost", in: .server, "address", "A virtual host."),
            .structural("Directory", in: .servers, "path", "A directory."),
            .structural("Location", in: .servers, "path", "A location."),
            .structural("Files", in: .anywhere, "name", "Files.", override: .all),
            .structural("If", in: .anywhere, "expression", "A condition.", override: .all),
            .structural("ElseIf", in: .anywhere, "expression", "Another.", override: .all),
            .structural("Else", in: .anywhere, "", "Otherwise.", override: .all),
        ] + Directive.languageDirectives
}

/// `Options`, with the rule that signs add to what is outside.
struct TestOptions: Mergeable, Hashable {
    var set: Set<String>?
    var added: Set<String> = []
    var removed: Set<String> = []

    static let argument = Argument<TestOptions>("[+|-]option", arity: .raw) {
        words throws(ArgumentError) in
        var options = TestOptions()
        for word in ConfigWords.split(words[0]) {
            switch word.first {
            case "+": options.added.insert(String(word.dropFirst()))
            case "-": options.removed.insert(String(word.dropFirst()))
            default: options.set = (options.set ?? []).union([word])
            }
        }
        let signed = !options.added.union(options.removed).isEmpty
        if signed, options.set != nil {
            throw ArgumentError(
                "Either all Options must start with + or -, or no Option may.")
        }
        return options
    }

    func merged(over parent: Self) -> Self {
        if set != nil { return self }
        return TestOptions(
            set: parent.set, added: parent.added.subtracting(removed).union(added),
            removed: parent.removed.subtracting(added).union(removed))
    }
}

/// A second module: two directives fill one list, and one name is of a server and a directory.
enum TestAlias {
    struct ServerConfig: ModuleConfig {
        var aliases: [String] = []
        @Setting var engine = false
        init() {}
    }

    struct DirectoryConfig: SelfMerging {
        var rules: [String] = []
        var engine: Bool?
        init() {}

        /// Rules are not inherited, the engine is.
        func merged(over parent: Self) -> Self {
            var result = self
            result.engine = engine ?? parent.engine
            return result
        }
    }

    static let server: [Directive<ServerConfig>] = [
        Directive(
            "Alias", in: .servers, appends: \.aliases, order: .innerFirst, pair, "An alias.",
            help: "a fakename and a realname, or a realname in a Location"),
        Directive(
            "ScriptAlias", in: .servers, appends: \.aliases, order: .innerFirst,
            pair.map { "script " + $0 }, "An alias of scripts."),
        Directive(
            "RewriteEngine", in: .servers, sets: \.$engine, .flag,
            "On or Off to enable or disable (default) the whole rewriting engine"),
    ]

    static let directory: [Directive<DirectoryConfig>] = [
        Directive(
            "RewriteEngine", in: [.sections, .htaccess], .flag,
            "On or Off to enable or disable (default) the whole rewriting engine",
            override: .fileInfo
        ) { config, value, _ in config.engine = value },
        Directive(
            "RewriteRule", in: [.sections, .htaccess], .raw, "A rule.", override: .fileInfo
        ) { config, rule, _ in config.rules.append(rule) },
    ]

    private static let pair = Argument<(String, String?)>.optionalPair.map {
        "\($0.0) \($0.1 ?? "")"
    }
}
