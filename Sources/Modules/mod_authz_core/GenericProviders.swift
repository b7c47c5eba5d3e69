// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The kinds of lines that need no other module: `all`, `env`, `method`, `expr`.
enum GenericProviders {
    static func register(in providers: inout Providers) {
        providers.register("all", all)
        providers.register("env", environment)
        providers.register("method", method)
        providers.register("expr", expression)
    }

    private static let all = AuthorizationProvider { text, _ throws(ArgumentError) in
        switch text.lowercased() {
        case "granted": .always(.granted)
        case "denied": .always(.denied)
        default:
            throw ArgumentError("Argument for 'Require all' must be 'granted' or 'denied'")
        }
    }

    /// Granted if one of the variables is set.
    private static let environment = AuthorizationProvider { text, _ throws(ArgumentError) in
        let names = ConfigWords.split(text)
        return .computed { request in
            for name in names where request.environment[name] != nil { return .granted }
            return .denied
        }
    }

    private static let method = AuthorizationProvider { text, _ throws(ArgumentError) in
        var methods: [HTTPMethod] = []
        for name in ConfigWords.split(text) {
            let method = HTTPMethod(name)
            guard method.number != nil else { throw ArgumentError("Invalid Method '\(name)'") }
            methods.append(method)
            // What may be fetched may be asked about.
            if method == .get { methods.append(.head) }
            if method == .head { methods.append(.get) }
        }
        let wanted = methods
        return .computed { request in wanted.contains(request.method) ? .granted : .denied }
    }

    private static let expression = AuthorizationProvider { _, _ throws(ArgumentError) in
        throw .expression(in: "Require expr")
    }
}
