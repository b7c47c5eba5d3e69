// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_authz_user: `Require user` and `Require valid-user`.
public struct AuthzUserModule: Module {
    public static let name = "authz_user_module"

    public static func register(in hooks: inout Hooks) {
        hooks.providers.register("user", UserProviders.user)
        hooks.providers.register("valid-user", UserProviders.validUser)
    }
}

/// The lines that look at who a client is.
enum UserProviders {
    /// Anybody whose password was right.
    static let validUser = AuthorizationProvider { _, _ throws(ArgumentError) in
        .computed { request in request.user == nil ? .deniedWithoutUser : .granted }
    }

    static let user = AuthorizationProvider { text, _ throws(ArgumentError) in
        if text.contains("%{") { throw .expression(in: "Require user") }
        let names = ConfigWords.split(text)
        return .computed { request in
            guard let user = request.user else { return .deniedWithoutUser }
            if names.contains(user) { return .granted }
            request.log(
                .debug, in: AuthzUserModule.self, "AH01663",
                "access to \(request.path) failed, reason: user '\(user)' does not meet "
                    + "'require'ments for user to be allowed access")
            return .denied
        }
    }
}

@c(authz_user_module)
public func authzUserModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(AuthzUserModule.self).retained
}
