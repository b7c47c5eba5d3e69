// SPDX-License-Identifier: Apache-2.0

/// A directive in the table of the whole server: what its line says, and the module it is of.
public struct AnyDirective: Sendable {
    public let description: DirectiveDescription
    public let moduleIndex: Int
    let kind: Kind

    enum Kind: Sendable {
        case structural
        case readTime(ReadTimeAction)
        case action(Action)
    }

    /// Carries the directive out on the settings of its module.
    typealias Action =
        @Sendable (
            ConfigNode, SectionContext, inout ConfigVectors, DirectiveApplier
        ) throws(ArgumentError) -> Void

    init<Config>(
        _ directive: Directive<Config>, module index: Int, named module: String,
        vector: any WritableKeyPath<ConfigVectors, ConfigVector> & Sendable
    ) {
        description = directive.description
        moduleIndex = index
        let description = directive.description
        kind =
            switch directive.action {
            case .structural: .structural
            case .readTime(let action): .readTime(action)
            case .configure(let configure):
                .action(Self.configuring(configure, description, index, module, vector))
            case .section(let apply):
                .action(Self.applyingSection(apply, description, index, module, vector))
            }
    }

    private static func configuring<Config: ModuleConfig>(
        _ configure:
            @escaping @Sendable (inout Config, [String], DirectiveContext) throws(ArgumentError)
            -> Void,
        _ description: DirectiveDescription, _ index: Int, _ module: String,
        _ vector: any WritableKeyPath<ConfigVectors, ConfigVector> & Sendable
    ) -> Action {
        { node, section, vectors, applier throws(ArgumentError) in
            let context = DirectiveContext(
                directive: description.name, node: node, section: section,
                warnings: applier.warnings, offers: applier.offers, module: module)
            let arguments = try description.arity.arguments(
                in: node, directive: description.name, help: description.help)
            try vectors[keyPath: vector].update(Config.self, at: index) {
                (config) throws(ArgumentError) in
                for words in arguments { try configure(&config, words, context) }
            }
        }
    }

    private static func applyingSection<Config: ModuleConfig>(
        _ apply:
            @escaping @Sendable (inout Config, DirectiveSection<Config>) throws(ArgumentError)
            -> Void,
        _ description: DirectiveDescription, _ index: Int, _ module: String,
        _ vector: any WritableKeyPath<ConfigVectors, ConfigVector> & Sendable
    ) -> Action {
        { node, section, vectors, applier throws(ArgumentError) in
            let work = SectionWork(node, vectors, applier)
            // Held in one place only, so that the contents change it without copying.
            vectors = ConfigVectors()
            defer { vectors = work.vectors }
            var config = work.vectors[keyPath: vector].config(of: Config.self, at: index)
            let context = DirectiveContext(
                directive: description.name, node: node, section: section,
                warnings: applier.warnings, offers: applier.offers, module: module)
            try apply(
                &config,
                DirectiveSection(
                    node: node, context: context,
                    applyFresh: { work.apply(startingWith: $0, in: $1, at: index, of: vector) },
                    applyApart: { work.applyApart(in: $0) }))
            work.vectors[keyPath: vector].set(config, at: index)
        }
    }
}

/// The settings that the contents of a section act on, while the section is carried out.
private final class SectionWork {
    var vectors: ConfigVectors
    private let node: ConfigNode
    private let applier: DirectiveApplier

    init(
        _ node: ConfigNode, _ vectors: ConfigVectors, _ applier: DirectiveApplier
    ) {
        self.node = node
        self.vectors = vectors
        self.applier = applier
    }

    func apply<Config: ModuleConfig>(
        startingWith fresh: Config, in inner: SectionContext, at index: Int,
        of vector: WritableKeyPath<ConfigVectors, ConfigVector>
    ) -> Config {
        let outer = vectors[keyPath: vector].exchange(at: index, with: TypedConfigBox(fresh))
        applier.apply(node.children ?? [], to: &vectors, in: inner)
        let made = vectors[keyPath: vector].config(of: Config.self, at: index)
        _ = vectors[keyPath: vector].exchange(at: index, with: outer)
        return made
    }

    func applyApart(in inner: SectionContext) -> ConfigVector {
        vectors.inSection { applier.apply(node.children ?? [], to: &$0, in: inner) }
    }
}
