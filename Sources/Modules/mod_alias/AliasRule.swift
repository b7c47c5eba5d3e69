// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// An `Alias`, `ScriptAlias` or one of their Match forms outside of sections.
struct AliasRule: Sendable {
    let pattern: PathPattern
    let target: String
    /// That of a ScriptAlias.
    let handler: String?

    /// As it is called in the configuration.
    var directive: String {
        let name = handler == nil ? "Alias" : "ScriptAlias"
        if case .expression = pattern { return name + "Match" }
        return name
    }
}

/// An `Alias` or `ScriptAlias` of a section, for all that the section is for.
struct SectionAlias: Sendable {
    /// What the section is for, of which AliasPreservePath keeps the rest.
    let prefix: PathPrefix?
    let target: String
    let handler: String?
}

/// Where a path leads in the file system.
struct AliasedFile {
    let filename: String
    let handler: String?
    /// Nil where the whole section leads to one file.
    var context: (prefix: String, root: String)?
}

extension AliasModule.DirectoryConfig {
    /// The alias for a path: that of the section, or the first of the list that matches.
    func alias(for path: String) -> AliasedFile? {
        if let alias = sectionAlias { return file(for: path, alias) }
        for rule in aliases {
            if let found = rule.pattern.map(path, to: rule.target) {
                return AliasedFile(
                    filename: found.text, handler: rule.handler,
                    context: (found.prefix, found.root))
            }
        }
        return nil
    }

    private func file(for path: String, _ alias: SectionAlias) -> AliasedFile {
        if preservesPath, let prefix = alias.prefix,
            let found = PathPattern.prefix(prefix).map(path, to: alias.target)
        {
            return AliasedFile(
                filename: found.text, handler: alias.handler, context: (found.prefix, found.root))
        }
        return AliasedFile(filename: alias.target, handler: alias.handler)
    }
}
