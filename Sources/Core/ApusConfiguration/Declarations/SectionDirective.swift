// SPDX-License-Identifier: Apache-2.0

extension Directive {
    /// A section whose contents a module carries out in its own way, such as `<RequireAny>`.
    ///
    /// - Parameter merging: as of a directive; empty where the parts are those of directives
    ///   or the settings merge themselves.
    public static func section(
        _ name: String, in contexts: Contexts, _ usage: String = "", _ summary: String,
        override: OverrideClass? = nil, syntax: String? = nil, help: String? = nil,
        merging rules: [MergeRule<Config>] = [],
        applies apply:
            @escaping @Sendable (inout Config, DirectiveSection<Config>) throws(ArgumentError)
            -> Void
    ) -> Self {
        Self(
            DirectiveDescription(
                name: "<" + name, contexts: contexts, override: override, arity: .raw,
                usage: usage, summary: summary, syntax: syntax, help: help),
            rules: rules, .section(apply))
    }

    /// A section that the server itself carries out, such as `<VirtualHost>` and `<Directory>`.
    public static func structural(
        _ name: String, in contexts: Contexts, _ usage: String, _ summary: String,
        override: OverrideClass? = nil, syntax: String? = nil, help: String? = nil,
        merging rules: [MergeRule<Config>] = []
    ) -> Self {
        Self(
            DirectiveDescription(
                name: "<" + name, contexts: contexts, override: override, arity: .raw,
                usage: usage, summary: summary, syntax: syntax, help: help),
            rules: rules, .structural)
    }

    /// A directive that acts while files are read, such as `LoadModule`.
    ///
    /// It is not in the tree, and what it changes is known to the very next line.
    public static func readTime(
        _ name: String, in contexts: Contexts, _ usage: String, arity: Arity, _ summary: String,
        override: OverrideClass? = nil, syntax: String? = nil, help: String? = nil,
        applies apply:
            @escaping @Sendable ([String], ReadTimeContext) throws(ArgumentError) -> Void
    ) -> Self {
        Self(
            DirectiveDescription(
                name: name, contexts: contexts, override: override, arity: arity, usage: usage,
                summary: summary, syntax: syntax, help: help),
            .readTime(.directive(apply)))
    }

    /// A section whose contents are read only under a condition, such as `<IfVersion>`.
    public static func readTimeSection(
        _ name: String, in contexts: Contexts, _ usage: String, _ summary: String,
        override: OverrideClass? = nil, syntax: String? = nil, help: String? = nil,
        isRead: @escaping @Sendable (ConfigNode, ReadTimeContext) throws(ArgumentError) -> Bool
    ) -> Self {
        Self(
            DirectiveDescription(
                name: "<" + name, contexts: contexts, override: override, arity: .raw,
                usage: usage, summary: summary, syntax: syntax, help: help),
            .readTime(.condition(isRead)))
    }

    /// A section whose lines are taken away unread, such as `<Macro>`.
    public static func readTimeLines(
        _ name: String, in contexts: Contexts, _ usage: String, _ summary: String,
        override: OverrideClass? = nil, syntax: String? = nil, help: String? = nil,
        takes take:
            @escaping @Sendable (ConfigNode, [ConfigLine], ReadTimeContext) throws(ArgumentError)
            -> Void
    ) -> Self {
        Self(
            DirectiveDescription(
                name: "<" + name, contexts: contexts, override: override, arity: .raw,
                usage: usage, summary: summary, syntax: syntax, help: help),
            .readTime(.lines(take)))
    }
}

/// What a directive that acts while files are read does.
enum ReadTimeAction: Sendable {
    case directive(@Sendable ([String], ReadTimeContext) throws(ArgumentError) -> Void)
    case condition(@Sendable (ConfigNode, ReadTimeContext) throws(ArgumentError) -> Bool)
    case lines(
        @Sendable (ConfigNode, [ConfigLine], ReadTimeContext) throws(ArgumentError) -> Void)
}

/// A section of a module while it is carried out.
public struct DirectiveSection<Config: ModuleConfig> {
    public let node: ConfigNode
    public let context: DirectiveContext

    let applyFresh: (Config, SectionContext) -> Config
    let applyApart: (SectionContext) -> ConfigVector

    /// The words of the opening line.
    public var words: [String] { node.words }

    /// Carries out the contents as part of the section around, except that the settings of this
    /// module start afresh.
    ///
    /// - Returns: what the contents made of them, for the caller to put where it belongs.
    public func applyContents(to fresh: Config = Config()) -> Config {
        applyFresh(fresh, context.section.entering(node))
    }

    /// Carries out the contents for some methods only.
    func applyContents(to config: Config, methods: MethodSet) -> Config {
        var inner = context.section.entering(node)
        inner.methods = methods
        return applyFresh(config, inner)
    }

    /// Carries out the contents as a section of its own, as `<Proxy>` does.
    ///
    /// - Returns: the settings of directories that it holds.
    public func applyContents(as kind: Contexts, path: String) -> ConfigVector {
        applyApart(context.section.entering(node, kind: kind, path: path))
    }

    /// Checks that the opening line is whole, in Apache's words.
    ///
    /// - Parameter takesArguments: whether it must have some, must not (false), or may (nil).
    public func checkOpening(takesArguments: Bool?) throws(ArgumentError) {
        try node.checkOpening(takesArguments: takesArguments, displayName: context.directive + ">")
    }
}

extension ConfigNode {
    /// Checks that the opening line of a section is whole, in Apache's words.
    public func checkOpening(
        takesArguments: Bool?, displayName: String
    ) throws(ArgumentError) {
        guard isBracketClosed else {
            throw ArgumentError("\(displayName) directive missing closing '>'")
        }
        if takesArguments == true, arguments.isEmpty {
            throw ArgumentError("\(displayName) directive requires additional arguments")
        }
        if takesArguments == false, !arguments.isEmpty {
            throw ArgumentError("\(displayName) does not take an argument")
        }
    }
}
