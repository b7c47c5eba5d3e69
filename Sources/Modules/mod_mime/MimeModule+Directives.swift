// SPDX-License-Identifier: Apache-2.0

public import Apus

extension MimeModule {
    public static let serverDirectives: [Directive<ServerConfig>] = [
        Directive(
            "TypesConfig", in: .servers, sets: \.$typesConfig, .string.named("file-path"),
            "the MIME types config file", default: "conf/mime.types")
    ]

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        adding(
            "AddCharset", \.charset, "charset",
            "a charset (e.g., iso-2022-jp), followed by one or more file extensions"),
        adding(
            "AddEncoding", \.encoding, "encoding",
            "an encoding (e.g., gzip), followed by one or more file extensions"),
        adding(
            "AddHandler", \.handler, "handler-name",
            "a handler name followed by one or more file extensions"),
        addingFilters(
            "AddInputFilter", \.inputFilters,
            "input filter name (or ; delimited names) followed by one or more file extensions"),
        adding(
            "AddLanguage", \.language, "language-tag",
            "a language (e.g., fr), followed by one or more file extensions"),
        addingFilters(
            "AddOutputFilter", \.outputFilters,
            "output filter name (or ; delimited names) followed by one or more file extensions"),
        Directive(
            "AddType", in: .anywhere, pair("media-type"),
            "a mime type followed by one or more file extensions",
            syntax: "AddType media-type extension [extension] ...",
            merging: [.merges(\.extensions)]
        ) { config, words, context in
            let type = mediaType(words.value, context)
            config.extensions.update(words.name) { $0.type = .value(type) }
        },
        Directive(
            "DefaultLanguage", in: .anywhere, sets: \.$defaultLanguage,
            .string.named("language-tag"),
            "language to use for documents with no other language file extension"),
        Directive(
            "MultiviewsMatch", in: .anywhere,
            Argument<String>("Any|NegotiatedOnly|Filters|Handlers", arity: .iterate) { $0[0] },
            "NegotiatedOnly (default), Handlers and/or Filters, or Any", default: "NegotiatedOnly",
            syntax: "MultiviewsMatch Any|NegotiatedOnly|Filters|Handlers [Handlers|Filters]",
            merging: [.inherits(\.$multiviewsMatch)]
        ) { config, word, _ throws(ArgumentError) in try config.multiviewsMatch.add(word) },
        removing("RemoveCharset") { $0.charset = .removed },
        removing("RemoveEncoding") { $0.encoding = .removed },
        removing("RemoveHandler") { $0.handler = .removed },
        removing("RemoveInputFilter") { $0.inputFilters = .removed },
        removing("RemoveLanguage") { $0.language = .removed },
        removing("RemoveOutputFilter") { $0.outputFilters = .removed },
        // The one that acts where it stands: after it, AddType is heard again.
        Directive(
            "RemoveType", in: .anywhere, fileExtension, "one or more file extensions",
            syntax: "RemoveType extension [extension] ...", merging: [.merges(\.extensions)]
        ) { config, word, _ in config.extensions.update(word) { $0.type = .removed } },
        Directive(
            "ModMimeUsePathInfo", in: .sections, sets: \.$usePathInfo, .flag,
            "Set to 'yes' to allow mod_mime to use path info for type checking", default: "Off"),
    ]

    // MARK: Kinds of directives

    private typealias Part<Value: Sendable> =
        any WritableKeyPath<ExtensionMeaning, Attribute<Value>> & Sendable

    /// A value, then the extensions that mean it.
    ///
    /// Values are kept in lower case, as in httpd.
    private static func adding(
        _ name: String, _ part: Part<String>, _ usage: String, _ summary: String
    ) -> Directive<DirectoryConfig> {
        Directive(
            name, in: .anywhere, pair(usage), summary,
            syntax: "\(name) \(usage) extension [extension] ...", merging: [.merges(\.extensions)]
        ) { config, words, _ in
            config.extensions.update(words.name) { $0[keyPath: part].add(words.value) }
        }
    }

    private static func addingFilters(
        _ name: String, _ part: Part<[String]>, _ summary: String
    ) -> Directive<DirectoryConfig> {
        Directive(
            name, in: .anywhere, pair("filter[;filter...]"), summary,
            syntax: "\(name) filter[;filter...] extension [extension] ...",
            merging: [.merges(\.extensions)]
        ) { config, words, _ in
            let filters = words.value.split(separator: ";").map(String.init)
            config.extensions.update(words.name) { $0[keyPath: part].add(filters) }
        }
    }

    /// Takes away what outer sections and this one add, wherever it stands among the lines of the
    /// section.
    ///
    /// Outside of all sections and hosts there is nothing outer, and httpd does nothing.
    private static func removing(
        _ name: String, _ remove: @escaping @Sendable (inout ExtensionMeaning) -> Void
    ) -> Directive<DirectoryConfig> {
        Directive(
            name, in: .anywhere, fileExtension, "one or more file extensions",
            syntax: "\(name) extension [extension] ...", merging: [.merges(\.extensions)]
        ) { config, word, context in
            guard context.path != nil || context.isInVirtualHost else {
                return context.warn(
                    "", "\(name) has no effect outside of virtual hosts and sections")
            }
            config.extensions.update(word, remove)
        }
    }

    private static let fileExtension = Argument<String>("extension", arity: .iterate) { $0[0] }

    private static func pair(_ usage: String) -> Argument<(value: String, name: String)> {
        Argument("\(usage) extension", arity: .iterate2) { ($0[0].lowercased(), $0[1]) }
    }

    /// A type with its parameters in the form they are sent in; what is none is sent as it stands.
    private static func mediaType(_ text: String, _ context: DirectiveContext) -> String {
        do throws(MediaTypeText.Problem) {
            return try MediaTypeText(text).text
        } catch {
            context.warn(error.number, error.message)
            return text
        }
    }
}
