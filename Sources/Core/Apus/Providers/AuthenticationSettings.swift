// SPDX-License-Identifier: Apache-2.0

/// What is configured about knowing users, offered by the module that has the directives
/// (httpd's optional functions `authn_ap_auth_type` and `authn_ap_auth_name`).
public struct AuthenticationSettings: Sendable {
    /// The name it is registered under.
    public static let providerName = "authn"

    /// `AuthType`, nil where none is set.
    public let type: @Sendable (borrowing Request) -> String?
    /// `AuthName`.
    public let name: @Sendable (borrowing Request) -> String?

    public init(
        type: @escaping @Sendable (borrowing Request) -> String?,
        name: @escaping @Sendable (borrowing Request) -> String?
    ) {
        self.type = type
        self.name = name
    }
}

extension Request {
    /// `AuthType` for this request, nil where no module knows the directive or none is set.
    public var configuredAuthType: String? {
        connection.server.hooks.providers.lookUp(
            AuthenticationSettings.providerName, AuthenticationSettings.self)?.type(self)
    }
}
