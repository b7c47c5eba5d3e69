// SPDX-License-Identifier: Apache-2.0

/// How the settings of one module come into being and inherit.
struct MergePlan: Sendable {
    let makeDefault: @Sendable () -> ConfigBox
    /// The inner settings, completed by the outer ones.
    let merge: @Sendable (_ inner: ConfigBox, _ outer: ConfigBox) -> ConfigBox

    init<Config: ModuleConfig>(_ type: Config.Type, _ directives: [Directive<Config>]) {
        makeDefault = { TypedConfigBox(Config()) }
        let merged = Self.rule(type, directives)
        merge = { inner, outer in
            let inner = unsafe unsafeDowncast(inner, to: TypedConfigBox<Config>.self).value
            let outer = unsafe unsafeDowncast(outer, to: TypedConfigBox<Config>.self).value
            return TypedConfigBox(merged(inner, outer))
        }
    }

    private static func rule<Config: ModuleConfig>(
        _ type: Config.Type, _ directives: [Directive<Config>]
    ) -> @Sendable (Config, Config) -> Config {
        if let own = type as? any SelfMerging.Type { return ownRule(own) }
        var seen: Set<AnyKeyPath> = []
        let rules = directives.flatMap(\.rules).filter { seen.insert($0.part).inserted }
        return { inner, outer in
            var result = inner
            for rule in rules { rule.inherit(&result, outer) }
            return result
        }
    }

    /// - Parameter own: `Config` itself, known to merge.
    private static func ownRule<Config: ModuleConfig, Own: SelfMerging>(
        _ own: Own.Type
    ) -> @Sendable (Config, Config) -> Config {
        { inner, outer in (inner as! Own).merged(over: outer as! Own) as! Config }
    }
}
