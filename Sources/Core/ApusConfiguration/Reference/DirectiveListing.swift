// SPDX-License-Identifier: Apache-2.0

extension DirectiveTable {
    /// What `httpd -L` prints: each directive with its module, its arguments and where it may
    /// stand, in the form of httpd.
    public var listing: String {
        let all = modules.flatMap { module in
            module.documented.map {
                (directive: $0, module: module, source: source(of: $0, module))
            }
        }
        return modules.flatMap { module in
            all.filter { $0.source == module.sourceName }.map {
                $0.directive.listing(in: $0.module, source: $0.source)
            }
        }.joined()
    }

    private func source(of directive: DocumentedDirective, _ module: ModuleEntry) -> String {
        listedUnder[directive.description.name.lowercased()] ?? module.sourceName
    }
}

/// A directive as it is told to people: those of one name in one module taken together, since
/// `RewriteEngine` of a server and of a directory are one to them.
struct DocumentedDirective {
    let description: DirectiveDescription
    let contexts: Contexts
    let override: OverrideClass

    fileprivate init(_ descriptions: [DirectiveDescription]) {
        description = descriptions[0]
        contexts = descriptions.reduce([]) { $0.union($1.contexts) }
        override = descriptions.reduce([]) { $0.union($1.override) }
    }

    fileprivate func listing(
        in module: DirectiveTable.ModuleEntry, source: String
    ) -> String {
        var text = "\(description.name) (\(source))\n"
        if !description.help.isEmpty { text += "\t\(description.help)\n" }
        text += "\tAllowed in *.conf \(places)"
        let isForDirectories = !contexts.isDisjoint(with: [.sections, .htaccess])
        if isForDirectories && !module.hasDirectoryConfig { text += " [no per-dir config]" }
        if contexts.contains(.htaccess) {
            text += " and in .htaccess\n\twhen AllowOverride"
            text +=
                override == .all
                ? " isn't None" : " includes " + override.names.joined(separator: " or ")
        }
        return text + "\n"
    }

    private var places: String {
        let isInSections = !contexts.isDisjoint(with: .sections)
        switch (contexts.contains(.server), isInSections) {
        case (true, true): return "anywhere"
        case (true, false): return "only outside <Directory>, <Files>, <Location>, or <If>"
        default: return "only inside <Directory>, <Files>, <Location>, or <If>"
        }
    }
}

extension DirectiveTable.ModuleEntry {
    /// In the order in which the names come first.
    var documented: [DocumentedDirective] {
        var order: [String] = []
        var byName: [String: [DirectiveDescription]] = [:]
        for directive in directives {
            let name = directive.description.name.lowercased()
            if byName[name] == nil { order.append(name) }
            byName[name, default: []].append(directive.description)
        }
        return order.map { DocumentedDirective(byName[$0]!) }
    }
}
