// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusRuntime

// The name of a client's host costs a question to the DNS, so it is asked for only by those who
// need it, and kept with the connection. httpd's ap_get_useragent_host.

/// What has been found out about the name of a client's host.
struct RemoteHost {
    let address: SocketAddress.Address
    /// What the address says it is called, nil when it has no name.
    let name: String?
    /// Whether the name has that address; nil when nobody has asked yet.
    var isVerified: Bool?
}

extension Request {
    /// The client's host name if `HostnameLookups` lets it be known; else nil, as when it has none.
    public func remoteHost() async -> String? {
        switch self[directory: CoreModule.self].hostnameLookups {
        case .off: return knownRemoteHost
        case .on: return await lookUpRemoteHost(verifying: false)
        case .double: return await lookUpRemoteHost(verifying: true)
        }
    }

    /// The client's host name, when the name also has the client's address: anybody can give an
    /// address of his own any name.
    ///
    /// Asks whatever `HostnameLookups` says.
    public func verifiedRemoteHost() async -> String? {
        await lookUpRemoteHost(verifying: true)
    }

    /// The client's host name as far as somebody has asked for it before.
    public var knownRemoteHost: String? {
        guard let known = connection.remoteHost, known.address == clientAddress.address,
            known.isVerified != false
        else { return nil }
        return known.name
    }

    private func lookUpRemoteHost(verifying: Bool) async -> String? {
        let address = clientAddress.address
        if let known = connection.remoteHost, known.address == address,
            known.name == nil || !verifying || known.isVerified != nil
        {
            return knownRemoteHost
        }
        let context = connection.context
        connection.remoteHost = await context.blocking.run(on: context.loop) {
            RemoteHost.find(address, verifying: verifying)
        }
        return knownRemoteHost
    }
}

extension RemoteHost {
    static func find(_ address: SocketAddress.Address, verifying: Bool) -> RemoteHost {
        guard let name = HostNames.name(of: address)?.lowercased() else {
            return RemoteHost(address: address, name: nil, isVerified: nil)
        }
        return RemoteHost(
            address: address, name: name,
            isVerified: verifying ? HostNames.addresses(of: name).contains(address) : nil)
    }
}
