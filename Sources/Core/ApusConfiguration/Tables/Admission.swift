// SPDX-License-Identifier: Apache-2.0

/// Whether a directive may stand in a place, and Apache's words if it may not.
///
/// httpd asks twice: first for the class of the place, then each directive for itself. The two
/// answers differ in their words, and so do these.
struct Admission {
    let name: String
    private let contexts: Contexts
    private let override: OverrideClass

    init(_ description: DirectiveDescription) {
        name = description.name
        contexts = description.contexts
        override = description.override
    }

    /// Of directives that share a name, which together say where the name may stand.
    init(_ directives: [AnyDirective]) {
        name = directives[0].description.name
        contexts = directives.reduce([]) { $0.union($1.description.contexts) }
        override = directives.reduce([]) { $0.union($1.description.override) }
    }

    func admits(in section: SectionContext) -> Bool {
        guard section.isHtaccess else { return contexts.contains(section.kind) }
        return isOverridden(by: section.overrides)
            && (section.kind == .htaccess || contexts.contains(section.kind))
    }

    /// In Apache's words.
    func refusal(in section: SectionContext) -> ArgumentError {
        if isRefusedByClass(in: section) {
            let place = section.name.map { "in <\($0)> context" } ?? "here"
            return ArgumentError("\(name) not allowed \(place)", remedy: remedy(in: section))
        }
        let name = name.hasPrefix("<") ? name + ">" : name
        let place = section.kind == .virtualHost ? "VirtualHost" : section.name ?? "VirtualHost"
        return ArgumentError(
            "\(name) cannot occur within <\(place)> section", remedy: remedy(in: section))
    }

    private func isRefusedByClass(in section: SectionContext) -> Bool {
        if section.isHtaccess { return !isOverridden(by: section.overrides) }
        return section.kind.isDisjoint(with: .servers)
            ? contexts.isDisjoint(with: .sections) : !contexts.contains(.server)
    }

    private func isOverridden(by policy: OverridePolicy) -> Bool {
        if policy.directives.contains(name.lowercased()) { return true }
        return contexts.contains(.htaccess) && !override.isDisjoint(with: policy.classes)
    }

    private func remedy(in section: SectionContext) -> String? {
        if section.isHtaccess, contexts.contains(.htaccess), !override.isEmpty {
            return "AllowOverride \(override.names.joined(separator: " or ")) lets it stand here"
        }
        let names = contexts.names
        return names.isEmpty ? nil : "it may stand in: " + names.joined(separator: ", ")
    }
}
