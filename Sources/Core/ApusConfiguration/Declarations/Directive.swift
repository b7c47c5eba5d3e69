// SPDX-License-Identifier: Apache-2.0

/// One line of a module's table: a directive, where it may stand, what it takes and what it sets.
///
///     Directive(
///         "KeepAlive", in: .servers, sets: \.$keepAlive, .flag,
///         "Keeps a connection open for further requests.")
///
/// The reading of the arguments, the inheritance between sections, `httpd -L` and the reference
/// in docs/directives follow from it. The optional last arguments are
/// `override:`, the class of `AllowOverride` that admits it to `.htaccess` files, which is
/// `FileInfo` for those allowed there that do not say;
/// `default:` and `syntax:`, for the reference where they do not follow from the rest; and
/// `help:`, Apache's words for the arguments, which end its messages about their number.
public struct Directive<Config: ModuleConfig>: Sendable {
    let description: DirectiveDescription
    let action: DirectiveAction<Config>
    let rules: [MergeRule<Config>]

    public var name: String { description.name }

    init(
        _ description: DirectiveDescription, rules: [MergeRule<Config>] = [],
        _ action: DirectiveAction<Config>
    ) {
        self.description = description
        self.rules = rules
        self.action = action
    }
}

/// What carrying out a directive does.
enum DirectiveAction<Config: ModuleConfig>: Sendable {
    /// Changes the module's settings.
    case configure(
        @Sendable (inout Config, [String], DirectiveContext) throws(ArgumentError) -> Void)
    /// Carries out the contents in its own way.
    case section(@Sendable (inout Config, DirectiveSection<Config>) throws(ArgumentError) -> Void)
    /// Is left to the server, which knows what `<VirtualHost>` and `<Directory>` are.
    case structural
    /// Acts while files are read; the tree never holds it.
    case readTime(ReadTimeAction)
}

// Settings

extension Directive {
    /// Sets one value; between sections, the innermost wins.
    public init<Value>(
        _ name: String, in contexts: Contexts,
        sets part: any WritableKeyPath<Config, Setting<Value>> & Sendable,
        _ argument: Argument<Value>, _ summary: String, default standard: String? = nil,
        override: OverrideClass? = nil, syntax: String? = nil, help: String? = nil
    ) {
        self.init(
            name, in: contexts, argument, summary, default: standard, override: override,
            syntax: syntax, help: help, merging: [.inherits(part)]
        ) { config, value, _ in config[keyPath: part].wrappedValue = value }
    }

    /// Sets a value that may also be missing.
    public init<Value>(
        _ name: String, in contexts: Contexts,
        sets part: any WritableKeyPath<Config, Setting<Value?>> & Sendable,
        _ argument: Argument<Value>, _ summary: String, default standard: String? = nil,
        override: OverrideClass? = nil, syntax: String? = nil, help: String? = nil
    ) {
        self.init(
            name, in: contexts, argument, summary, default: standard, override: override,
            syntax: syntax, help: help, merging: [.inherits(part)]
        ) { config, value, _ in config[keyPath: part].wrappedValue = value }
    }

    /// Adds to a list; between sections, the lists are joined.
    public init<Element>(
        _ name: String, in contexts: Contexts,
        appends part: any WritableKeyPath<Config, [Element]> & Sendable,
        order: ListOrder = .outerFirst, _ argument: Argument<Element>, _ summary: String,
        default standard: String? = nil, override: OverrideClass? = nil, syntax: String? = nil,
        help: String? = nil
    ) {
        self.init(
            name, in: contexts, argument, summary, default: standard, override: override,
            syntax: syntax, help: help, merging: [.appends(part, order: order)]
        ) { config, value, _ in config[keyPath: part].append(value) }
    }

    /// Merges a value into another by the value's own rule, within a section and between them.
    public init<Value: Mergeable>(
        _ name: String, in contexts: Contexts,
        merges part: any WritableKeyPath<Config, Value> & Sendable,
        _ argument: Argument<Value>, _ summary: String, default standard: String? = nil,
        override: OverrideClass? = nil, syntax: String? = nil, help: String? = nil
    ) {
        self.init(
            name, in: contexts, argument, summary, default: standard, override: override,
            syntax: syntax, help: help, merging: [.merges(part)]
        ) { config, value, _ in
            config[keyPath: part] = value.merged(over: config[keyPath: part])
        }
    }

    /// Does what a function says; `merging` names the parts that it changes and how they inherit.
    public init<Value>(
        _ name: String, in contexts: Contexts, _ argument: Argument<Value>, _ summary: String,
        default standard: String? = nil, override: OverrideClass? = nil, syntax: String? = nil,
        help: String? = nil, merging rules: [MergeRule<Config>],
        applies apply:
            @escaping @Sendable (inout Config, Value, DirectiveContext) throws(ArgumentError) ->
            Void
    ) {
        self.init(
            DirectiveDescription(
                name: name, contexts: contexts, override: override, arity: argument.arity,
                usage: argument.usage, summary: summary, standard: standard, syntax: syntax,
                help: help),
            rules: rules,
            .configure { config, words, context throws(ArgumentError) in
                try apply(&config, try argument.parse(words, context), context)
            })
    }

    /// Does what a function says to settings that know how they merge.
    public init<Value>(
        _ name: String, in contexts: Contexts, _ argument: Argument<Value>, _ summary: String,
        default standard: String? = nil, override: OverrideClass? = nil, syntax: String? = nil,
        help: String? = nil,
        applies apply:
            @escaping @Sendable (inout Config, Value, DirectiveContext) throws(ArgumentError) ->
            Void
    ) where Config: SelfMerging {
        self.init(
            name, in: contexts, argument, summary, default: standard, override: override,
            syntax: syntax, help: help, merging: [], applies: apply)
    }
}

/// What a table tells about a directive.
public struct DirectiveDescription: Sendable {
    /// That of a section begins with `<`, as in httpd.
    public let name: String
    public let contexts: Contexts
    public let override: OverrideClass
    public let arity: Arity
    public let usage: String
    public let summary: String
    public let standard: String?
    let explicitSyntax: String?
    let explicitHelp: String?

    init(
        name: String, contexts: Contexts, override: OverrideClass?, arity: Arity, usage: String,
        summary: String, standard: String? = nil, syntax: String? = nil, help: String? = nil
    ) {
        self.name = name
        self.contexts = contexts
        self.override = override ?? (contexts.contains(.htaccess) ? .fileInfo : .none)
        self.arity = arity
        self.usage = usage
        self.summary = summary
        self.standard = standard
        explicitSyntax = syntax
        explicitHelp = help
    }

    public var isSection: Bool { name.hasPrefix("<") }

    /// The name as an author knows it: `KeepAlive`, `<Directory>`.
    public var displayName: String { isSection ? name + ">" : name }

    /// How it is written, for the reference.
    public var syntax: String {
        if let explicitSyntax { return explicitSyntax }
        if isSection {
            let opening = usage.isEmpty ? name : "\(name) \(usage)"
            return "\(opening)> ... </\(name.dropFirst())>"
        }
        return usage.isEmpty ? name : "\(name) \(usage)"
    }

    /// What follows "takes one argument, " and stands below the name in `httpd -L`.
    public var help: String { explicitHelp ?? summary }
}
