// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_authz_core: `Require` and the sections that combine it.
public struct AuthzCoreModule: Module {
    public static let name = "authz_core_module"

    public struct DirectoryConfig: SelfMerging {
        /// In an object, for each request takes hold of it: one reference, not one for each of
        /// what a section is made of.
        private(set) var tree: RequirementTree?
        var requirements: RequirementSection? {
            get { tree?.root }
            set { tree = newValue.map { RequirementTree($0) } }
        }
        var merging: AuthMerging?
        @Setting var sendsForbiddenOnFailure = false
        public init() {}
    }

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        .section(
            "AuthzProviderAlias", in: .server, "baseProvider Alias Require-Parameters",
            "container for grouping an authorization provider's directives under a provider alias",
            applies: ProviderAlias.apply),
        Directive(
            "Require", in: [.sections, .htaccess], RequireLine.argument,
            "specifies authorization directives which one must pass (or not) for a request to "
                + "suceeed",
            override: .authConfig, syntax: "Require [not] entity-name [entity-name] ..."
        ) { config, line, _ throws(ArgumentError) in try config.require(line) },
        .section(
            "RequireAll", in: [.sections, .htaccess], "",
            "container for grouping authorization directives of which none must fail and at least "
                + "one must pass for a request to succeed",
            override: .authConfig
        ) { config, section throws(ArgumentError) in
            try config.require(section, RequirementSection(.all))
        },
        .section(
            "RequireAny", in: [.sections, .htaccess], "",
            "container for grouping authorization directives of which one must pass for a request "
                + "to succeed",
            override: .authConfig
        ) { config, section throws(ArgumentError) in
            try config.require(section, RequirementSection(.any))
        },
        .section(
            "RequireNone", in: [.sections, .htaccess], "",
            "container for grouping authorization directives of which none must pass for a request "
                + "to succeed",
            override: .authConfig
        ) { config, section throws(ArgumentError) in
            try config.require(section, RequirementSection(.any, isNegated: true))
        },
        Directive(
            "AuthMerging", in: [.sections, .htaccess], AuthMerging.argument,
            "controls how a <Directory>, <Location>, or similar directive's authorization "
                + "directives are combined with those of its predecessor",
            default: "Off", override: .authConfig
        ) { config, merging, _ in config.merging = merging },
        Directive(
            "AuthzSendForbiddenOnFailure", in: [.sections, .htaccess],
            sets: \.$sendsForbiddenOnFailure, .flag,
            "Controls if an authorization failure should result in a '403 FORBIDDEN' response "
                + "instead of the HTTP-conforming '401 UNAUTHORIZED'",
            default: "Off", override: .authConfig),
    ]

    public static func register(in hooks: inout Hooks) {
        GenericProviders.register(in: &hooks.providers)
        Authorizing.register(in: &hooks)
    }
}

@c(authz_core_module)
public func authzCoreModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(AuthzCoreModule.self).retained
}
