// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_authz_host: `Require ip`, `host`, `forward-dns` and `local`.
public struct AuthzHostModule: Module {
    public static let name = "authz_host_module"

    public static func register(in hooks: inout Hooks) {
        hooks.providers.register("ip", HostProviders.ip)
        hooks.providers.register("host", HostProviders.host)
        hooks.providers.register("forward-dns", HostProviders.forwardDNS)
        hooks.providers.register("local", HostProviders.local)
    }
}

@c(authz_host_module)
public func authzHostModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(AuthzHostModule.self).retained
}
