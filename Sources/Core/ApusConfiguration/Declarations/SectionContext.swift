// SPDX-License-Identifier: Apache-2.0

/// The section that directives are read in.
public struct SectionContext: Sendable {
    /// The innermost kind, one member of `Contexts`.
    ///
    /// Of a section inside an `.htaccess` file it is
    /// that section's, and `isHtaccess` stays true.
    public var kind: Contexts
    /// The argument of the innermost section about content, such as `/srv/www`.
    public var path: String?
    public var isInVirtualHost: Bool
    public var isHtaccess: Bool
    public var serverRoot: String
    /// The name of the section around the directives, such as `Directory`; nil outside of all.
    public var name: String?
    /// The methods that the directives hold for; nil for all.
    public var methods: MethodSet?
    /// Whether DocumentRoots must be there; false under `httpd -T`.
    public var checksDocumentRoots = true
    /// What an `.htaccess` file may say; not asked elsewhere.
    public var overrides: OverridePolicy

    public init(
        kind: Contexts, path: String? = nil, isInVirtualHost: Bool = false,
        isHtaccess: Bool = false, serverRoot: String, overrides: OverridePolicy = OverridePolicy()
    ) {
        self.kind = kind
        self.path = path
        self.isInVirtualHost = isInVirtualHost
        self.isHtaccess = isHtaccess
        self.serverRoot = serverRoot
        self.overrides = overrides
    }

    /// Outside of all sections.
    public static func server(
        root: String, checksDocumentRoots: Bool = true
    ) -> SectionContext {
        var context = SectionContext(kind: .server, serverRoot: root)
        context.checksDocumentRoots = checksDocumentRoots
        return context
    }

    /// An `.htaccess` file of a directory.
    public static func htaccess(
        directory: String, serverRoot: String, overrides: OverridePolicy
    ) -> SectionContext {
        SectionContext(
            kind: .htaccess, path: directory, isHtaccess: true, serverRoot: serverRoot,
            overrides: overrides)
    }

    /// Inside a section that stands here.
    ///
    /// - Parameters:
    ///   - kind: one member of `Contexts`; nil for a section that changes nothing but the name,
    ///     such as `<RequireAll>`.
    ///   - path: what the section is about.
    public func entering(_ node: ConfigNode, kind: Contexts? = nil, path: String? = nil) -> Self {
        var inner = self
        inner.name = node.name
        if let kind { inner.kind = kind }
        if let path { inner.path = path }
        if kind == .virtualHost { inner.isInVirtualHost = true }
        return inner
    }
}

/// What `AllowOverride` and `AllowOverrideList` let an `.htaccess` file say.
public struct OverridePolicy: Hashable, Sendable {
    public var classes: OverrideClass
    /// The options that `AllowOverride Options=...` names, lower case; nil for all.
    public var options: Set<String>?
    /// The directives of `AllowOverrideList`, lower case.
    public var directives: Set<String>
    /// `Nonfatal=Override`: what is not allowed is ignored.
    public var ignoresForbidden: Bool
    /// `Nonfatal=Unknown`: what no module knows is ignored.
    public var ignoresUnknown: Bool

    public init(
        classes: OverrideClass = .none, options: Set<String>? = nil, directives: Set<String> = [],
        ignoresForbidden: Bool = false, ignoresUnknown: Bool = false
    ) {
        self.classes = classes
        self.options = options
        self.directives = directives
        self.ignoresForbidden = ignoresForbidden
        self.ignoresUnknown = ignoresUnknown
    }
}

/// The methods that `<Limit>` or `<LimitExcept>` restricts its contents to.
public struct MethodSet: Hashable, Sendable {
    /// Method names are case-sensitive (RFC 9110 section 9.1).
    public var names: Set<String>
    /// Whether it is all methods but these.
    public var isExcept: Bool

    public init(names: Set<String>, isExcept: Bool) {
        self.names = names
        self.isExcept = isExcept
    }

    /// `HEAD` is limited as `GET` is (the manual: `<Limit>`).
    public func contains(_ method: String) -> Bool {
        names.contains(method == "HEAD" ? "GET" : method) != isExcept
    }
}
