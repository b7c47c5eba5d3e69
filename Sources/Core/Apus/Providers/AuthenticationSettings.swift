// SPDX-License-Identifier: Apache-2.0

/// What is configured about knowing users, offered by the module that has the directives
/// (httpd's optional functions `authn_ap_auth_type` and `authn_ap_auth_name`).
public struct AuthenticationSettings: Sendable {
    /// The name it is registered under.
    public static let providerName = "authn"

    /// `AuthType`, nil where none is set.
    public let type: @Sendable (borrowing Request) -> String?
    /// `AuthName`, ready to stand between quotation marks.
    public let name: @Sendable (borrowing Request) -> String?

    public init(
        type: @escaping @Sendable (borrowing Request) -> String?,
        name: @escaping @Sendable (borrowing Request) -> String?
    ) {
        self.type = type
        self.name = name
    }
}

/// Asks a client for a user, by one of the values of `AuthType`: httpd's hook `note_auth_failure`.
///
/// A module offers it under that value, and sets what the response with 401 must say:
///
///     hooks.providers.register("Basic", AuthenticationChallenge { request in ... })
public struct AuthenticationChallenge: Sendable {
    public let note: @Sendable (inout Request) -> Void

    public init(_ note: @escaping @Sendable (inout Request) -> Void) { self.note = note }
}

extension Request {
    /// `AuthType` for this request, nil where no module knows the directive or none is set.
    public var configuredAuthType: String? {
        connection.server.authentication?.type(self)
    }

    /// `AuthName` for this request, ready to stand between quotation marks; nil as above.
    public var configuredAuthName: String? {
        connection.server.authentication?.name(self)
    }

    /// Has the response with 401 ask for a user in the way that `AuthType` says: httpd's
    /// `ap_note_auth_failure`.
    public mutating func noteAuthenticationFailure() {
        guard let type = configuredAuthType else {
            log(.error, "AH00571", "need AuthType to note auth failure: \(path)")
            return
        }
        connection.server.hooks.providers.lookUp(type, AuthenticationChallenge.self)?.note(&self)
    }
}
