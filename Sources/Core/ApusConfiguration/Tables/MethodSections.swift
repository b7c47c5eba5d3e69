// SPDX-License-Identifier: Apache-2.0

/// `<Limit>` and `<LimitExcept>`: directives that hold for some methods only.
///
/// The directives inside act on the section around them; those that can be limited look at
/// `SectionContext.methods`.
enum MethodSection {
    static func methods(
        in node: ConfigNode, isExcept: Bool, context: DirectiveContext
    ) throws(ArgumentError) -> MethodSet {
        let names = node.words
        if !isExcept, names.contains("TRACE") {
            throw ArgumentError("TRACE cannot be controlled by <Limit>, see TraceEnable")
        }
        let inner = MethodSet(
            names: Set(names.map { $0 == "HEAD" ? "GET" : $0 }), isExcept: isExcept)
        guard let outer = context.section.methods else { return inner }
        let both = outer.intersection(inner)
        if both.isEmpty {
            throw ArgumentError("\(context.directive)> directive excludes all methods")
        }
        if both == outer {
            throw ArgumentError(
                "\(context.directive)> directive specifies methods already excluded")
        }
        return both
    }
}

extension MethodSet {
    var isEmpty: Bool { !isExcept && names.isEmpty }

    func intersection(_ other: MethodSet) -> MethodSet {
        switch (isExcept, other.isExcept) {
        case (true, true): MethodSet(names: names.union(other.names), isExcept: true)
        case (true, false): MethodSet(names: other.names.subtracting(names), isExcept: false)
        case (false, true): MethodSet(names: names.subtracting(other.names), isExcept: false)
        case (false, false): MethodSet(names: names.intersection(other.names), isExcept: false)
        }
    }
}

extension Directive {
    /// `<Limit>` and `<LimitExcept>`, for the table of the core.
    public static var methodSections: [Directive] {
        [
            methodSection(
                "Limit", isExcept: false,
                "Restricts the directives inside to some methods.",
                help: "Container for authentication directives when accessed using specified "
                    + "HTTP methods"),
            methodSection(
                "LimitExcept", isExcept: true,
                "Restricts the directives inside to all methods but some.",
                help: "Container for authentication directives to be applied when any HTTP "
                    + "method other than those specified is used to access the resource"),
        ]
    }

    private static func methodSection(
        _ name: String, isExcept: Bool, _ summary: String, help: String
    ) -> Directive {
        section(
            name, in: [.sections, .htaccess], "method [method] ...", summary,
            override: [.authConfig, .limit], help: help
        ) { config, section throws(ArgumentError) in
            try section.checkOpening(takesArguments: true)
            let methods = try MethodSection.methods(
                in: section.node, isExcept: isExcept, context: section.context)
            config = section.applyContents(to: config, methods: methods)
        }
    }
}
