// SPDX-License-Identifier: Apache-2.0

public import Apus

// The lines outside of all sections act as soon as the request has been read, before its path
// means anything; those of sections when it is known which sections it falls into. Merged settings
// begin with the lines of the server, so the second time those are passed over.

/// mod_setenvif: variables for requests that look a certain way.
public struct SetEnvIfModule: Module {
    public static let name = "setenvif_module"

    public struct DirectoryConfig: ModuleConfig {
        var rules: [EnvironmentRule] = []
        public init() {}

        var needRemoteHost: Bool { rules.contains { $0.attribute == .remoteHost } }
    }

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "SetEnvIf", in: .anywhere, appends: \.rules,
            EnvironmentRule.attributeArgument(ignoringCase: false),
            "A header-name, regex and a list of variables.", override: .fileInfo),
        Directive(
            "SetEnvIfNoCase", in: .anywhere, appends: \.rules,
            EnvironmentRule.attributeArgument(ignoringCase: true),
            "a header-name, regex and a list of variables.", override: .fileInfo),
        Directive(
            "SetEnvIfExpr", in: .anywhere, appends: \.rules, EnvironmentRule.expressionArgument,
            "an expression and a list of variables.", override: .fileInfo),
        Directive(
            "BrowserMatch", in: .anywhere, appends: \.rules,
            EnvironmentRule.browserArgument(ignoringCase: false),
            "A browser regex and a list of variables.", override: .fileInfo),
        Directive(
            "BrowserMatchNoCase", in: .anywhere, appends: \.rules,
            EnvironmentRule.browserArgument(ignoringCase: true),
            "A browser regex and a list of variables.", override: .fileInfo),
    ]

    public static func register(in hooks: inout Hooks) {
        hooks.postReadRequest.addAsync(
            Self.self, .middle, when: { $0.config(of: Self.self).needRemoteHost }, findRemoteHost)
        hooks.postReadRequest.add(Self.self, .middle) { request in
            for rule in request[directory: Self.self].rules { rule.apply(to: &request) }
            return .declined
        }
        hooks.headerParser.addAsync(
            Self.self, .middle, when: { $0.config(of: Self.self).needRemoteHost }, findRemoteHost)
        hooks.headerParser.add(Self.self, .middle) { request in
            let rules = request[directory: Self.self].rules
            let applied = request.host.directoryConfig(of: Self.self).rules.count
            for rule in rules.dropFirst(applied) { rule.apply(to: &request) }
            return .declined
        }
    }

    /// Only `HostnameLookups` makes this ask the DNS; the rules then find the answer there.
    private static func findRemoteHost(
        _ request: inout Request
    ) async throws(RequestError) -> Outcome {
        _ = await request.remoteHost()
        return .declined
    }
}

@c(setenvif_module)
public func setenvifModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(SetEnvIfModule.self).retained
}
