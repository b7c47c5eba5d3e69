// SPDX-License-Identifier: Apache-2.0

/// Carries out the directives of a tree: looks each up, checks that it may stand where it does,
/// and lets its module change its settings.
///
/// All mistakes are collected, so that an author is told of all of them at once.
public final class DirectiveApplier {
    /// Carries out a section that only the server knows: `<VirtualHost>`, `<Directory>` and so on.
    ///
    /// It is called with the vectors of the section around, applies the contents with
    /// `apply(_:to:in:)` to what it makes for them, and throws what is wrong with the opening line.
    public typealias StructuralSection = (
        ConfigNode, inout ConfigVectors, SectionContext, DirectiveApplier
    ) throws(ArgumentError) -> Void

    public let table: DirectiveTable
    public let warnings: WarningSink
    public private(set) var errors = ConfigErrors()

    let offers: Offers
    private let applySection: StructuralSection
    private let remedyForUnknown: (String) -> String?

    /// - Parameters:
    ///   - providers: what directives may look up by name.
    ///   - remedyForUnknown: what would make a name known, such as `a2enmod headers enables it`.
    ///   - section: see `StructuralSection`.
    public init(
        table: DirectiveTable, providers: Providers = Providers(),
        warnings: WarningSink = WarningSink(),
        remedyForUnknown: @escaping (String) -> String? = { _ in nil },
        section: @escaping StructuralSection
    ) {
        self.table = table
        offers = Offers(providers)
        self.warnings = warnings
        self.remedyForUnknown = remedyForUnknown
        applySection = section
    }

    /// What there was at first, and what the directives have added.
    public var providers: Providers { offers.providers }

    /// Carries out directives one after another.
    ///
    /// - Parameters:
    ///   - vectors: the settings that they change.
    ///   - section: where they stand.
    public func apply(
        _ nodes: [ConfigNode], to vectors: inout ConfigVectors, in section: SectionContext
    ) {
        var conditions = ConditionOrder()
        for node in nodes {
            do throws(ArgumentError) {
                try conditions.check(node)
                try apply(node, to: &vectors, in: section)
            } catch {
                report(error, at: node)
            }
        }
    }

    /// Notes a mistake found elsewhere, such as by a check of the whole.
    public func report(_ error: ArgumentError, at node: ConfigNode) {
        errors.append(
            ConfigError(
                .apply, at: error.location ?? node.location,
                directive: node.isSection ? "<\(node.name)>" : node.name, problem: error.problem,
                remedy: error.remedy))
    }

    private func apply(
        _ node: ConfigNode, to vectors: inout ConfigVectors, in section: SectionContext
    ) throws(ArgumentError) {
        let candidates = table.directives(named: node.key)
        if candidates.isEmpty { return try refuseUnknown(node, in: section) }
        let admitted = candidates.filter { Admission($0.description).admits(in: section) }
        if admitted.isEmpty { return try refuseForbidden(candidates, in: section) }
        for directive in admitted {
            switch directive.kind {
            case .readTime: break
            case .structural: try applySection(node, &vectors, section, self)
            case .action(let action): try action(node, section, &vectors, self)
            }
        }
    }

    private func refuseUnknown(
        _ node: ConfigNode, in section: SectionContext
    ) throws(ArgumentError) {
        if section.isHtaccess, section.overrides.ignoresUnknown {
            let name = node.key.lowercased()
            warnings.add(
                ConfigWarning(
                    code: "AH02296",
                    "Unknown directive \(name) perhaps misspelled or defined by a module "
                        + "not included in the server configuration", at: node.location))
            return
        }
        throw .unknown(node.key, remedy: remedyForUnknown(node.key))
    }

    private func refuseForbidden(
        _ candidates: [AnyDirective], in section: SectionContext
    ) throws(ArgumentError) {
        let admission = Admission(candidates)
        if section.isHtaccess, section.overrides.ignoresForbidden {
            warnings.add(
                ConfigWarning(
                    code: "AH02295",
                    "\(admission.name) in .htaccess forbidden by AllowOverride"))
            return
        }
        throw admission.refusal(in: section)
    }
}

extension ArgumentError {
    static func unknown(_ name: String, remedy: String?) -> ArgumentError {
        ArgumentError(
            "Invalid command '\(name)', perhaps misspelled or defined by a module not included "
                + "in the server configuration", remedy: remedy)
    }
}

/// Sees to it that `<ElseIf>` and `<Else>` follow an `<If>` of the same scope.
private struct ConditionOrder {
    private var mayContinue = false

    mutating func check(_ node: ConfigNode) throws(ArgumentError) {
        guard node.isSection else { return }
        switch node.name.lowercased() {
        case "if": mayContinue = true
        case "elseif", "else":
            guard mayContinue else {
                throw ArgumentError(
                    "<Else> or <ElseIf> section without previous <If> or <ElseIf> section in "
                        + "same scope")
            }
            mayContinue = node.name.lowercased() == "elseif"
        default: break
        }
    }
}
