// SPDX-License-Identifier: Apache-2.0

extension Directive {
    /// `<IfModule>` and its kin: sections that are read if something holds while reading.
    static var conditionalSections: [Directive] {
        [
            condition(
                "IfModule", "[!]module-file|module-identifier", "a module is loaded",
                help: "existence of specified modules"
            ) { $1.delegate.table.hasModule($0) },
            condition(
                "IfDefine", "[!]name", "a name is defined",
                help: "existence of command line defines"
            ) { $1.variables.isDefined($0) },
            condition(
                "IfFile", "[!]filename", "a file exists", help: "existence of files on disk"
            ) { ConfigFile.exists($1.resolve($0)) },
            condition(
                "IfDirective", "[!]directive-name", "a directive is known",
                help: "existence of named directive"
            ) { !$1.delegate.table.directives(named: $0).isEmpty },
            condition(
                "IfSection", "[!]section-name", "a section is known",
                help: "existence of named section"
            ) { !$1.delegate.table.directives(named: "<" + $0).isEmpty },
        ]
    }

    private static func condition(
        _ name: String, _ usage: String, _ summary: String, help: String,
        _ holds: @escaping @Sendable (String, ConfigReader) -> Bool
    ) -> Directive {
        readTimeSection(
            name, in: .anywhere, usage, "Holds directives that are read only if \(summary).",
            override: .all, help: "Container for directives based on \(help)"
        ) { node, context throws(ArgumentError) in
            try node.checkOpening(takesArguments: true, displayName: context.directive)
            let isNegated = node.arguments.hasPrefix("!")
            var words = ConfigWords(isNegated ? String(node.arguments.dropFirst()) : node.arguments)
            guard let argument = words.next(), !argument.isEmpty else {
                throw ArgumentError("\(context.directive) directive requires additional arguments")
            }
            return holds(argument, context.reader) != isNegated
        }
    }
}
