// SPDX-License-Identifier: Apache-2.0

internal import Apus

// How `Require` and its sections are read, with what is wrong with them in httpd's words.

extension RequireLine {
    static let argument = Argument<RequireLine>("[not] entity-name [entity-name] ...", arity: .raw)
    {
        words, context throws(ArgumentError) in
        var scanner = ConfigWords(words[0])
        var name = scanner.next() ?? ""
        let isNegated = name.lowercased() == "not"
        if isNegated { name = scanner.next() ?? "" }
        let rest = scanner.rest
        let provider = try AuthorizationProvider.named(name, context)
        return RequireLine(
            requirement: try provider.read(rest, context), isNegated: isNegated,
            methods: context.section.methods,
            text: "Require \(isNegated ? "not " : "")\(name) \(rest)")
    }
}

extension AuthorizationProvider {
    static func named(
        _ name: String, _ context: DirectiveContext
    ) throws(ArgumentError) -> AuthorizationProvider {
        if let provider = context.providers.lookUp(name, AuthorizationProvider.self) {
            return provider
        }
        throw ArgumentError("Unknown Authz provider: \(name)", remedy: remedy(for: name, context))
    }

    private static func remedy(for name: String, _ context: DirectiveContext) -> String {
        let modules = [
            "ip": "authz_host", "host": "authz_host", "local": "authz_host",
            "forward-dns": "authz_host", "user": "authz_user", "valid-user": "authz_user",
            "group": "authz_groupfile", "file-owner": "authz_owner",
        ]
        if name.isEmpty { return "write what is required, such as Require all granted" }
        if let module = modules[name.lowercased()] { return "a2enmod \(module) brings it" }
        let names = context.providers.names(of: AuthorizationProvider.self)
        return "there are: " + names.joined(separator: " ")
    }
}

extension AuthzCoreModule.DirectoryConfig {
    /// Adds a line to those of the section it stands in.
    mutating func require(_ line: RequireLine) throws(ArgumentError) {
        var section = requirements ?? RequirementSection(.any)
        if line.isNegated, section.operator == .any {
            throw ArgumentError(
                "negative Require directive has no effect in \(section.displayName) directive",
                remedy: "put it into <RequireAll> with a line that grants, such as "
                    + "Require all granted")
        }
        section.append(line)
        requirements = section
    }

    /// Carries out a section, and adds it to the lines around it.
    mutating func require(
        _ written: DirectiveSection<Self>, _ empty: RequirementSection
    ) throws(ArgumentError) {
        try Self.checkOpening(written)
        var fresh = self
        fresh.requirements = empty
        let made = written.applyContents(to: fresh)
        merging = made.merging
        $sendsForbiddenOnFailure = made.$sendsForbiddenOnFailure
        let inner = made.requirements ?? empty
        guard !inner.isEmpty else { return try refuseEmpty(written, empty) }
        try check(inner, isHtaccess: written.context.isHtaccess)
        var outer = requirements ?? RequirementSection(.any)
        if inner.isNegated, outer.operator == .any {
            throw ArgumentError(
                "\(inner.displayName) directive has no effect in \(outer.displayName) directive",
                remedy: "put it into <RequireAll>")
        }
        outer.append(inner)
        requirements = outer
    }

    private static func checkOpening(_ section: DirectiveSection<Self>) throws(ArgumentError) {
        try section.checkOpening(takesArguments: nil)
        guard section.node.arguments.isEmpty else {
            throw ArgumentError(
                "<\(section.node.name)> directive doesn't take additional arguments")
        }
    }

    /// Lines that were refused have been told of; only a section that never had any is a mistake.
    private func refuseEmpty(
        _ section: DirectiveSection<Self>, _ empty: RequirementSection
    ) throws(ArgumentError) {
        let names = (section.node.children ?? []).map { $0.name.lowercased() }
        if names.contains(where: { $0.hasPrefix("require") }) { return }
        throw ArgumentError(
            "\(empty.displayName) directive contains no authorization directives")
    }

    /// An .htaccess file of that kind denies; in the server's own files it is refused.
    private func check(_ section: RequirementSection, isHtaccess: Bool) throws(ArgumentError) {
        guard !isHtaccess, !section.isNegated, section.isNegativeOnly else { return }
        throw ArgumentError(
            "AH01624: \(section.displayName) directive contains only negative authorization "
                + "directives",
            remedy: "add a line that grants, such as Require all granted")
    }
}
