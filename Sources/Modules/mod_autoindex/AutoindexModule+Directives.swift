// SPDX-License-Identifier: Apache-2.0

public import Apus

extension AutoindexModule {
    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        icon("AddIcon", .path, "name", "an icon URL followed by one or more filenames"),
        icon(
            "AddIconByType", .type, "MIME-type", "an icon URL followed by one or more MIME types"),
        icon(
            "AddIconByEncoding", .encoding, "MIME-encoding",
            "an icon URL followed by one or more content encodings"),
        alternative(
            "AddAlt", .path, "file", "alternate descriptive text followed by one or more filenames"),
        alternative(
            "AddAltByType", .type, "MIME-type",
            "alternate descriptive text followed by one or more MIME types"),
        alternative(
            "AddAltByEncoding", .encoding, "MIME-encoding",
            "alternate descriptive text followed by one or more content encodings"),
        Directive(
            "IndexOptions", in: .anywhere,
            Argument<[String]>("[+|-]option [[+|-]option] ...", arity: .any) { $0 },
            "one or more index options [+|-][]", override: .indexes,
            merging: [.merges(\.options)]
        ) { config, words, context throws(ArgumentError) in
            config.options.isOutermost = context.path == nil && !context.isInVirtualHost
            try config.options.add(words)
        },
        Directive(
            "IndexOrderDefault", in: .anywhere, sets: \.$order,
            Argument<IndexOrder>(
                "Ascending|Descending Name|Date|Size|Description", arity: .two
            ) { words throws(ArgumentError) in try IndexOrder(words[0], words[1]) },
            "{Ascending,Descending} {Name,Size,Description,Date}", default: "Ascending Name",
            override: .indexes),
        Directive(
            "IndexIgnore", in: .anywhere, Argument<String>("file", arity: .iterate) { $0[0] },
            "one or more file extensions", default: "\".\"", override: .indexes,
            syntax: "IndexIgnore file [file] ...", merging: [.merges(\.ignored)]
        ) { config, name, context in config.ignored.add(name, in: context.path) },
        Directive(
            "IndexIgnoreReset", in: .anywhere, .flag,
            "Reset the inherited list of IndexIgnore filenames", override: .indexes,
            merging: [.merges(\.ignored)]
        ) { config, resets, _ in config.ignored.replacesOuter = resets },
        Directive(
            "AddDescription", in: .anywhere, pair("string file"),
            "Descriptive text followed by one or more filenames", override: .indexes,
            syntax: "AddDescription string file [file] ...",
            merging: [.appends(\.descriptions, order: .innerFirst)]
        ) { config, words, _ in
            config.descriptions.append(FileDescription(words.value, for: words.name))
        },
        name("HeaderName", \.headers), name("ReadmeName", \.readmes),
        Directive(
            "FancyIndexing", in: .anywhere, Argument<[String]>("", arity: .any) { $0 },
            retirement, override: .all, merging: []
        ) { _, _, _ throws(ArgumentError) in throw ArgumentError(retirement) },
        Directive(
            "DefaultIcon", in: .anywhere, sets: \.$defaultIcon, .string.named("url-path"),
            "an icon URL", override: .indexes),
        Directive(
            "IndexStyleSheet", in: .anywhere, sets: \.$styleSheet, .string.named("url-path"),
            "URL to style sheet", override: .indexes),
        Directive(
            "IndexHeadInsert", in: .anywhere, sets: \.$headInsert, .string.named("\"markup ...\""),
            "String to insert in HTML HEAD section", override: .indexes),
    ]

    private static let retirement =
        "The FancyIndexing directive is no longer supported. Use IndexOptions FancyIndexing."

    // MARK: Kinds of directives

    private static func pair(_ usage: String) -> Argument<(value: String, name: String)> {
        Argument(usage, arity: .iterate2) { ($0[0], $0[1]) }
    }

    private static func icon(
        _ name: String, _ criterion: IndexItem.Criterion, _ usage: String, _ summary: String
    ) -> Directive<DirectoryConfig> {
        Directive(
            name, in: .anywhere, pair("icon \(usage)"), summary, override: .indexes,
            syntax: "\(name) icon \(usage) [\(usage)] ...",
            merging: [
                .appends(\.icons, order: .innerFirst),
                .appends(\.alternatives, order: .innerFirst),
            ]
        ) { config, words, context throws(ArgumentError) in
            let (alternative, icon) = try parts(ofIcon: words.value)
            if let alternative {
                config.alternatives.append(
                    IndexItem(criterion, words.name, in: context.path, value: alternative))
            }
            config.icons.append(IndexItem(criterion, words.name, in: context.path, value: icon))
        }
    }

    /// An icon may come with its alternative text: `(IMG,/icons/image.png)`.
    private static func parts(
        ofIcon text: String
    ) throws(ArgumentError) -> (alternative: String?, icon: String) {
        guard text.hasPrefix("(") else { return (nil, text) }
        guard let end = text.firstIndex(of: ")") else {
            throw ArgumentError(
                "missing closing paren", remedy: "write (alternative,/path/to/icon)")
        }
        let inside = text[..<end].dropFirst()
        let parts = inside.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }

    private static func alternative(
        _ name: String, _ criterion: IndexItem.Criterion, _ usage: String, _ summary: String
    ) -> Directive<DirectoryConfig> {
        Directive(
            name, in: .anywhere, pair("string \(usage)"), summary, override: .indexes,
            syntax: "\(name) string \(usage) [\(usage)] ...",
            merging: [.appends(\.alternatives, order: .innerFirst)]
        ) { config, words, context in
            config.alternatives.append(
                IndexItem(criterion, words.name, in: context.path, value: words.value))
        }
    }

    private static func name(
        _ name: String, _ list: any WritableKeyPath<DirectoryConfig, [IndexItem]> & Sendable
    ) -> Directive<DirectoryConfig> {
        Directive(
            name, in: .anywhere, .string.named("filename"), "a filename", override: .indexes,
            merging: [.appends(list, order: .innerFirst)]
        ) { config, word, context in
            config[keyPath: list].append(IndexItem(in: context.path, value: word))
        }
    }
}
