// SPDX-License-Identifier: Apache-2.0

public import Apus

extension AliasModule {
    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        alias("Alias", handler: nil), alias("ScriptAlias", handler: "cgi-script"),
        redirect(
            "Redirect", .found, .oneTwoOrThree, "[status] [URL-path] URL",
            "an optional status, then document to be redirected and destination URL"),
        aliasMatch("AliasMatch", handler: nil),
        aliasMatch("ScriptAliasMatch", handler: "cgi-script"),
        redirect(
            "RedirectMatch", .found, .twoOrThree, isMatch: true, "[status] regex URL",
            "an optional status, then a regular expression and destination URL"),
        redirect(
            "RedirectTemp", .found, .two, "URL-path URL",
            "a document to be redirected, then the destination URL"),
        redirect(
            "RedirectPermanent", .movedPermanently, .two, "URL-path URL",
            "a document to be redirected, then the destination URL"),
        Directive(
            "RedirectRelative", in: .anywhere, sets: \.$allowsRelative, .flag,
            "Set to ON to allow relative redirect targets to be issued as-is", default: "Off"),
        Directive(
            "AliasPreservePath", in: .anywhere, sets: \.$preservesPath, .flag,
            "Set to ON to map the full path after the fakename to the realname.", default: "Off"),
    ]

    // MARK: Aliases

    private static func alias(_ name: String, handler: String?) -> Directive<DirectoryConfig> {
        Directive(
            name, in: [.servers, .sections],
            Argument<[String]>("[URL-path] file-path|directory-path", arity: .oneOrTwo) { $0 },
            "a fakename and a realname, or a realname in a Location",
            merging: [.appends(\.aliases, order: .innerFirst), .inherits(\.$sectionAlias)]
        ) { config, words, context throws(ArgumentError) in
            if words.count == 2 {
                try add(words, isMatch: false, handler: handler, to: &config, context)
            } else {
                config.sectionAlias = try sectionAlias(words[0], handler, context)
            }
        }
    }

    private static func aliasMatch(_ name: String, handler: String?) -> Directive<DirectoryConfig> {
        Directive(
            name, in: .servers,
            Argument<[String]>("regex file-path|directory-path", arity: .two) { $0 },
            "a regular expression and a filename",
            merging: [.appends(\.aliases, order: .innerFirst)]
        ) { config, words, context throws(ArgumentError) in
            try add(words, isMatch: true, handler: handler, to: &config, context)
        }
    }

    private static func add(
        _ words: [String], isMatch: Bool, handler: String?, to config: inout DirectoryConfig,
        _ context: DirectiveContext
    ) throws(ArgumentError) {
        guard !context.isInSection else {
            throw ArgumentError(
                "\(context.directive) cannot occur within directory context",
                remedy: "leave the URL-path out: the <Location> around it says it")
        }
        let earlier = config.aliases.first { $0.pattern.matches(words[0]) }
        if let earlier {
            context.warn(
                "AH00671",
                "The \(context.directive) directive in \(context.location.file) at line "
                    + "\(context.location.line) will probably never match because it overlaps an "
                    + "earlier \(earlier.directive).")
        }
        config.aliases.append(
            AliasRule(
                pattern: try PathPattern(words[0], isExpression: isMatch), target: words[1],
                handler: handler))
    }

    private static func sectionAlias(
        _ target: String, _ handler: String?, _ context: DirectiveContext
    ) throws(ArgumentError) -> SectionAlias {
        guard context.isInSection else {
            throw ArgumentError(
                "Alias must have two arguments when used globally",
                remedy: "write \(context.directive) URL-path \(target), or put it into a <Location>"
            )
        }
        for (kind, name) in [(Contexts.directory, "<Directory>"), (.files, "<Files>")]
        where context.section.kind == kind {
            throw ArgumentError(
                "\(context.directive) cannot occur within \(name) section",
                remedy: "it acts before there is a file; put it into a <Location>")
        }
        return SectionAlias(
            prefix: context.path.map { PathPrefix($0) },
            target: try SectionTarget.constant(target, of: "alias"), handler: handler)
    }

    // MARK: Redirections

    private static func redirect(
        _ name: String, _ standard: HTTPStatus, _ arity: Arity, isMatch: Bool = false,
        _ usage: String, _ summary: String
    ) -> Directive<DirectoryConfig> {
        Directive(
            name, in: .anywhere, Argument<[String]>(usage, arity: arity) { $0 }, summary,
            merging: [
                .appends(\.redirects, order: .innerFirst),
                .appends(\.serverRedirects, order: .innerFirst), .inherits(\.$sectionRedirect),
            ]
        ) { config, words, context throws(ArgumentError) in
            let isInSection = context.isInSection
            let arguments = try RedirectArguments(
                words, standard: standard, isMatch: isMatch, isInSection: isInSection)
            switch arguments {
            case .section(let answer): config.sectionRedirect = answer
            case .rule(let rule) where isInSection: config.redirects.append(rule)
            case .rule(let rule): config.serverRedirects.append(rule)
            }
        }
    }
}

extension DirectiveContext {
    /// Whether it stands in a section about some of the content, or in an .htaccess file.
    fileprivate var isInSection: Bool {
        isHtaccess || !section.kind.isSubset(of: .servers)
    }
}
