// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The lines that look at where a client is.
enum HostProviders {
    static let ip = AuthorizationProvider { text, _ throws(ArgumentError) in
        let words = ConfigWords.split(text)
        guard !words.isEmpty else { throw ArgumentError("'require ip' requires an argument") }
        var subnets: [Subnet] = []
        for word in words { subnets.append(try Subnet(word)) }
        let list = subnets
        return .computed { request in
            let address = request.clientAddress.address
            for subnet in list where subnet.contains(address) { return .granted }
            return .denied
        }
    }

    /// The client itself, or another address of this machine by which it can be reached.
    static let local = AuthorizationProvider { _, _ throws(ArgumentError) in
        .computed { request in
            let client = request.clientAddress.address
            let isLocal =
                client.isLoopback || client == request.connection.localAddress.address
            return isLocal ? .granted : .denied
        }
    }

    static let host = AuthorizationProvider { text, context throws(ArgumentError) in
        let names = try hostNames(text, "host", context)
        return .awaited { request in
            guard let name = await request.verifiedRemoteHost() else {
                request.log(
                    .error, in: AuthzHostModule.self, "AH01753",
                    "access check of '\(text)' to \(request.path) failed, reason: unable to get "
                        + "the remote host name")
                return .denied
            }
            return names.contains { DomainName.isIn($0, name) } ? .granted : .denied
        }
    }

    /// Asks where the names are now, so that a client may have another address each day.
    static let forwardDNS = AuthorizationProvider { text, context throws(ArgumentError) in
        let names = try hostNames(text, "forward-dns", context)
        return .awaited { request in
            for name in names where await isClient(name, &request) { return .granted }
            return .denied
        }
    }

    private static func isClient(_ name: String, _ request: inout Request) async -> Bool {
        let context = request.connection.context
        let addresses = await context.blocking.run(on: context.loop) {
            HostNames.addresses(of: name)
        }
        guard !addresses.isEmpty else {
            request.log(
                .warning, in: AuthzHostModule.self, "AH03356",
                "No sockaddr info for \"\(name)\"")
            return false
        }
        let isClient = addresses.contains(request.clientAddress.address)
        request.log(
            .debug, in: AuthzHostModule.self, "AH03355",
            "access check for \(request.clientAddress.host) as '\(name)': \(isClient ? "yes" : "no")"
        )
        return isClient
    }

    /// The names of a line.
    ///
    /// `#` is in no name; authors who put a comment behind them mean one.
    private static func hostNames(
        _ text: String, _ provider: String, _ context: DirectiveContext
    ) throws(ArgumentError) -> [String] {
        if text.contains("%{") { throw .expression(in: "Require \(provider)") }
        guard let mark = text.firstIndex(of: "#") else { return ConfigWords.split(text) }
        let names = ConfigWords.split(String(text[..<mark]))
        if names.isEmpty {
            context.warn(
                "AH10120",
                "authz_host authorize: dubious empty 'Require \(provider) \(text)' with only comment"
            )
        } else {
            context.warn(
                "AH10121",
                "authz_host authorize: ignoring comment in 'Require \(provider) \(text)'")
        }
        return names
    }
}
