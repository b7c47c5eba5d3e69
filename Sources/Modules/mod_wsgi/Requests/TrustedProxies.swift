// SPDX-License-Identifier: Apache-2.0

internal import Apus

// What a proxy in front says of the client. A field that is trusted makes the others of its kind
// worthless, for a client may have sent those itself: they are taken away.

/// `WSGITrustedProxyHeaders` and `WSGITrustedProxies`.
enum TrustedProxies {
    /// What a field tells.
    enum Kind: CaseIterable {
        case client, host, server, port, scriptName, scheme
    }

    static let kinds: [(name: String, kind: Kind)] = [
        ("HTTP_X_FORWARDED_FOR", .client), ("HTTP_X_CLIENT_IP", .client),
        ("HTTP_X_REAL_IP", .client), ("HTTP_X_FORWARDED_HOST", .host), ("HTTP_X_HOST", .host),
        ("HTTP_X_FORWARDED_SERVER", .server), ("HTTP_X_FORWARDED_PORT", .port),
        ("HTTP_X_SCRIPT_NAME", .scriptName), ("HTTP_X_FORWARDED_SCRIPT_NAME", .scriptName),
        ("HTTP_X_FORWARDED_PROTO", .scheme), ("HTTP_X_FORWARDED_SCHEME", .scheme),
        ("HTTP_X_SCHEME", .scheme), ("HTTP_X_FORWARDED_HTTPS", .scheme),
        ("HTTP_X_FORWARDED_SSL", .scheme), ("HTTP_X_HTTPS", .scheme),
    ]

    /// What the fields of a request make of its variables.
    struct Verdict {
        /// Variables that are not to be there: another field told more, or nobody is to be
        /// believed.
        var dropped: [String] = []
        var values: [(VariableKey, String)] = []
        var scheme: String?
    }

    /// - Returns: nil where no field is to be looked at.
    static func judge(
        _ request: borrowing Request, _ settings: DirectorySettings
    ) -> Verdict? {
        guard settings.hasTrustedHeaders, let trusted = settings.values.trustedProxyHeaders else {
            return nil
        }
        let proxies = settings.values.trustedProxies
        let address = request.clientAddress.address
        let isTrusted = proxies?.contains { $0.contains(address) } ?? true
        var verdict = Verdict()
        var kept: [Kind: String] = [:]
        var matched: Set<Kind> = []
        for name in trusted {
            guard let kind = kinds.first(where: { $0.name == name })?.kind else { continue }
            matched.insert(kind)
            guard isTrusted, let value = value(of: name, request) else { continue }
            verdict.take(name, value, kind, proxies)
            kept[kind] = name
        }
        verdict.dropped = kinds.filter { matched.contains($0.kind) && kept[$0.kind] != $0.name }
            .map(\.name)
        return verdict
    }

    private static func value(of variable: String, _ request: borrowing Request) -> String? {
        let field = variable.dropFirst(5).map { $0 == "_" ? "-" : $0 }
        return request.head.fields.combined(String(field))
    }

    /// The client that proxies speak of.
    ///
    /// - Returns: the address, and the list from there on; nil where the list stays as it is.
    static func client(of value: String, _ proxies: [Subnet]?) -> (String, list: String?) {
        let items = value.split(separator: ",").map { item in
            String(
                item.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }
                    .reversed())
        }.filter { !$0.isEmpty }
        guard let first = items.first, let last = items.last else { return (value, nil) }
        guard let proxies else { return (first, nil) }
        // From the last one on, as far as they are ours: the one before them is the client.
        let own = items.reversed().prefix { item in
            SocketAddress.Address(item).map { address in
                proxies.contains { $0.contains(address) }
            } ?? false
        }.count
        guard own > 0 else { return (last, last) }
        let client = max(0, items.count - own - 1)
        return (items[client], items[client...].joined(separator: ", "))
    }
}

extension TrustedProxies.Verdict {
    fileprivate mutating func take(
        _ name: String, _ value: String, _ kind: TrustedProxies.Kind, _ proxies: [Subnet]?
    ) {
        switch kind {
        case .client:
            guard name == "HTTP_X_FORWARDED_FOR" else {
                return values.append((.remoteAddress, value))
            }
            let (client, list) = TrustedProxies.client(of: value, proxies)
            values.append((.remoteAddress, client))
            if let list { values.append((.forwardedFor, list)) }
        case .host: values.append((.host, value))
        case .server: values.append((.serverName, value))
        case .port: values.append((.serverPort, value))
        case .scriptName:
            values.append((.mountPoint, value))
            values.append((.scriptName, value))
        case .scheme:
            let isSecure = ["https", "on", "1", "true"].contains(value.lowercased())
            scheme = isSecure ? "https" : "http"
        }
    }
}
