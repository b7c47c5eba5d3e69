// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_headers: adds, changes and removes fields of requests and responses.
public struct HeadersModule: Module {
    public static let name = "headers_module"

    public struct DirectoryConfig: ModuleConfig {
        var requestRules: [HeaderRule] = []
        /// For responses to requests that succeeded.
        var successRules: [HeaderRule] = []
        /// For all responses.
        var alwaysRules: [HeaderRule] = []
        public init() {}
    }

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "Header", in: .anywhere, ResponseHeaderRule.argument,
            "an optional condition, an action, header and value followed by optional env clause",
            merging: [.appends(\.successRules), .appends(\.alwaysRules)]
        ) { config, line, _ in
            if line.isAlways {
                config.alwaysRules.append(line.rule)
            } else {
                config.successRules.append(line.rule)
            }
        },
        Directive(
            "RequestHeader", in: .anywhere, appends: \.requestRules, HeaderRule.requestArgument,
            "an action, header and value followed by optional env clause"),
    ]

    public static func register(in hooks: inout Hooks) {
        hooks.postReadRequest.add(Self.self, .first) { request in
            changeRequest(&request, .early)
            prepareResponse(&request)
            return .declined
        }
        hooks.fixups.add(Self.self, .last) { request in
            changeRequest(&request, .late)
            return .declined
        }
        hooks.insertFilter.add(Self.self, .last) { request in
            let config = request.config(of: Self.self)
            if !config.successRules.isEmpty || !config.alwaysRules.isEmpty {
                request.addOutputFilter(
                    HeaderFilter(success: config.successRules, always: config.alwaysRules))
            }
            return .declined
        }
        hooks.insertErrorFilter.add(Self.self, .last) { request in
            let rules = request[directory: Self.self].alwaysRules
            if !rules.isEmpty { request.addOutputFilter(HeaderFilter(success: [], always: rules)) }
            return .declined
        }
    }

    private static func changeRequest(_ request: inout Request, _ moment: HeaderRule.Moment) {
        let rules = request[directory: Self.self].requestRules
        guard !rules.isEmpty else { return }
        var fields = request.fields
        for rule in rules where rule.moment == moment { rule.apply(to: &fields, &request) }
        request.fields = fields
    }

    /// Gives the response the fields that `early` wants there from the beginning.
    private static func prepareResponse(_ request: inout Request) {
        let config = request.config(of: Self.self)
        for rule in config.alwaysRules where rule.moment == .early {
            var fields = request.response.errorFields
            rule.apply(to: &fields, &request)
            request.response.errorFields = fields
        }
        for rule in config.successRules where rule.moment == .early {
            var fields = request.response.fields
            rule.apply(to: &fields, &request)
            request.response.fields = fields
        }
    }
}

@c(headers_module)
public func headersModule() -> UnsafeRawPointer { unsafe ModuleEntry(HeadersModule.self).retained }
