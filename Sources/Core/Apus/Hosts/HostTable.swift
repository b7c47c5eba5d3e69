// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// Finds the virtual host for a connection and a name (httpd manual, "An In-Depth Discussion of
/// Virtual Host Matching").
struct HostTable: Sendable {
    /// The hosts of one address, the first of which is its default.
    struct Candidates: Sendable {
        var hosts: [VirtualHost]
        /// Names and aliases without wildcards, to the first host that has them.
        var names: [String: VirtualHost] = [:]
        var hasWildcards = false
    }

    private let main: VirtualHost
    private var exact: [SocketAddress: Candidates] = [:]
    private var exactAnyPort: [SocketAddress.Address: Candidates] = [:]
    private var wildcard: [UInt16: Candidates] = [:]
    private var wildcardAnyPort: Candidates?

    init(main: VirtualHost, hosts: [VirtualHost]) {
        self.main = main
        for host in hosts {
            for address in host.addresses { add(host, at: address) }
        }
    }

    private mutating func add(_ host: VirtualHost, at address: HostAddress) {
        switch (address.address, address.port) {
        case (nil, 0): Self.add(host, to: &wildcardAnyPort)
        case (nil, let port): Self.add(host, to: &wildcard[port])
        case (let ip?, 0): Self.add(host, to: &exactAnyPort[ip])
        case (let ip?, let port): Self.add(host, to: &exact[SocketAddress(ip, port: port)])
        }
    }

    private static func add(_ host: VirtualHost, to candidates: inout Candidates?) {
        var found = candidates ?? Candidates(hosts: [])
        found.hosts.append(host)
        for name in [host.name] + host.aliases where found.names[name] == nil {
            found.names[name] = host
        }
        found.hasWildcards = found.hasWildcards || !host.wildcardAliases.isEmpty
        candidates = found
    }

    /// The hosts for the address a client connected to: the exact address before `*`, the exact
    /// port before any.
    func candidates(for local: SocketAddress) -> Candidates? {
        exact[local] ?? exactAnyPort[local.address] ?? wildcard[local.port] ?? wildcardAnyPort
    }

    /// Whether hosts differ by address, and not by name alone.
    var needsAddress: Bool { !exact.isEmpty || !exactAnyPort.isEmpty }

    /// The host a connection belongs to before a name is known.
    func defaultHost(for local: SocketAddress) -> VirtualHost {
        candidates(for: local)?.hosts.first ?? main
    }

    /// The host of that name among those for the address; the port in `Host` plays no part.
    func host(named name: String?, at local: SocketAddress) -> VirtualHost {
        guard let candidates = candidates(for: local) else { return main }
        guard let name else { return candidates.hosts[0] }
        if candidates.hasWildcards {
            // The order of the file decides between a wildcard and a later exact name.
            return candidates.hosts.first { $0.answers(to: name) } ?? candidates.hosts[0]
        }
        return candidates.names[name] ?? candidates.hosts[0]
    }
}
