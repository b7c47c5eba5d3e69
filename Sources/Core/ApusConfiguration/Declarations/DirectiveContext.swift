// SPDX-License-Identifier: Apache-2.0

/// What may be known while a directive is read and carried out.
public struct DirectiveContext {
    /// The name as declared, such as `KeepAlive`, or `<Proxy` of a section.
    public let directive: String
    /// The text behind the name, unread; of a section, what stands before its `>`.
    public let arguments: String
    public let location: SourceLocation
    public let section: SectionContext

    let warnings: WarningSink
    private let offers: Offers
    /// Whose directive it is, as the log names it: `env` for `env_module`.
    private let module: String

    init(
        directive: String, node: ConfigNode, section: SectionContext, warnings: WarningSink,
        offers: Offers, module: String
    ) {
        self.directive = directive
        arguments = node.arguments
        location = node.location
        self.section = section
        self.warnings = warnings
        self.offers = offers
        self.module = module.hasSuffix("_module") ? String(module.dropLast(7)) : module
    }

    public var serverRoot: String { section.serverRoot }
    public var isHtaccess: Bool { section.isHtaccess }
    public var isInVirtualHost: Bool { section.isInVirtualHost }
    /// The argument of the section this stands in, such as `/srv/www`; nil outside of all.
    public var path: String? { section.path }

    /// The file that a path means: itself if absolute, else under `ServerRoot`.
    public func resolve(_ path: String) -> String {
        FilePath.absolute(path, under: serverRoot)
    }

    /// What modules, and the directives before this one, offer by name.
    public var providers: Providers { offers.providers }

    /// Offers something to the directives that follow, as `<AuthzProviderAlias>` does.
    public func offer<Group: Sendable>(_ name: String, _ provider: Group) {
        offers.providers.register(name, provider)
    }

    /// Tells the author something that stops nothing.
    ///
    /// - Parameter code: Apache's number for it, such as `AH00114`, or nothing.
    public func warn(_ code: String, _ message: String, kind: ConfigWarning.Kind = .warning) {
        warnings.add(
            ConfigWarning(code: code, message, at: location, module: module, kind: kind))
    }
}

/// Collects what is told on the way.
public final class WarningSink {
    public private(set) var warnings: [ConfigWarning] = []

    public init() {}

    /// Notes a warning of the core.
    public func warn(_ code: String, _ message: String, at location: SourceLocation? = nil) {
        add(ConfigWarning(code: code, message, at: location))
    }

    public func add(_ warning: ConfigWarning) { warnings.append(warning) }
}

/// The providers as the directives of one reading know them.
final class Offers {
    var providers: Providers

    init(_ providers: Providers) { self.providers = providers }
}
