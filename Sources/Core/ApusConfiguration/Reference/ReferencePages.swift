// SPDX-License-Identifier: Apache-2.0

/// A page of docs/directives: the directives of one module.
public struct ReferencePage: Sendable {
    /// Such as `mod_headers.md`.
    public let fileName: String
    /// Markdown, ending with a newline.
    public let text: String
}

extension DirectiveTable {
    /// The reference of all directives: a page for each module that has any, and an index.
    public var referencePages: [ReferencePage] {
        let documented = modules.filter { !$0.directives.isEmpty }
        return [index(of: documented)] + documented.map(\.referencePage)
    }

    private func index(of modules: [ModuleEntry]) -> ReferencePage {
        var lines: [(name: String, line: String)] = []
        for module in modules {
            for directive in module.documented {
                let name = directive.description.displayName
                let link = "\(module.pageName).md#\(directive.anchor)"
                lines.append(
                    (
                        directive.anchor,
                        "- [`\(name)`](\(link)) (\(module.pageName)): "
                            + directive.description.summary
                    ))
            }
        }
        let sorted = lines.sorted { $0.name < $1.name }.map(\.line)
        let text = """
            # Directives

            Generated from the declarations in the code.

            \(sorted.joined(separator: "\n"))

            """
        return ReferencePage(fileName: "README.md", text: text)
    }
}

extension DirectiveTable.ModuleEntry {
    /// The name of its source file without the ending: `core`, `mod_headers`.
    fileprivate var pageName: String {
        sourceName.hasSuffix(".c") ? String(sourceName.dropLast(2)) : sourceName
    }

    fileprivate var referencePage: ReferencePage {
        let sections = documented.map { $0.section(of: self) }.joined(separator: "\n")
        let text = """
            # \(pageName)

            Module identifier: `\(name)`. Generated from the declarations in the code.

            \(sections)
            """
        return ReferencePage(fileName: pageName + ".md", text: text)
    }
}

extension DocumentedDirective {
    /// As the headings of GitHub and its kin become links.
    fileprivate var anchor: String {
        description.name.lowercased().filter {
            $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_"
        }
    }

    fileprivate func section(of module: DirectiveTable.ModuleEntry) -> String {
        var rows = ["| Syntax | `\(escaped(description.syntax))` |"]
        if let standard = description.standard {
            rows.append("| Default | `\(escaped("\(description.name) \(standard)"))` |")
        }
        rows.append("| Context | \(contexts.names.joined(separator: ", ")) |")
        if contexts.contains(.htaccess) {
            let classes = override == .all ? ["All"] : override.names
            rows.append("| Override | \(classes.joined(separator: ", ")) |")
        }
        rows.append("| Module | \(module.name) |")
        return """
            ## \(description.displayName.replacingAngles)

            \(description.summary)

            | | |
            |---|---|
            \(rows.joined(separator: "\n"))

            """
    }

    /// A bar would end the cell of a table, even inside a code span.
    private func escaped(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}

extension String {
    /// `<Directory>` in a heading would be taken for HTML.
    fileprivate var replacingAngles: String { hasPrefix("<") ? "\\" + self : self }
}
