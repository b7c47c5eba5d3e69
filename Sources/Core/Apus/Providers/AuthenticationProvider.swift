// SPDX-License-Identifier: Apache-2.0

/// What a provider says of a user who shows a password: httpd's `authn_status`.
public enum Authentication: Sendable {
    case granted
    /// The user is known, and the password is another.
    case denied
    /// The next provider may know the user.
    case userNotFound
    /// It could not be found out; the reason is in the log, and the answer is 500.
    case failed
}

/// What a provider says of a user whose password it is asked for.
public enum RealmHash: Sendable {
    /// MD5 of `user:realm:password`, in hexadecimal digits.
    case found(String)
    case denied
    /// The next provider may know the user.
    case userNotFound
    /// It could not be found out; the reason is in the log, and the answer is 500.
    case failed
}

/// Knows users and their passwords: httpd's `authn_provider`.
///
/// A module offers it under the name that `AuthBasicProvider` and its like call it by:
///
///     hooks.providers.register("file", AuthenticationProvider(checkPassword: ...))
///
/// What blocks, and a password's hash is made to be slow, belongs on a thread for it
/// (`LoopContext.blocking`). A provider may set `request.user` where it knows the user by another
/// name.
public struct AuthenticationProvider: Sendable {
    public typealias PasswordCheck =
        @Sendable (inout Request, _ user: String, _ password: String) async -> Authentication
    public typealias RealmHashLookup =
        @Sendable (inout Request, _ user: String, _ realm: String) async -> RealmHash

    /// What Basic authentication asks; nil for a provider that cannot tell.
    public let checkPassword: PasswordCheck?
    /// What Digest authentication asks; nil for a provider that cannot tell.
    public let realmHash: RealmHashLookup?

    public init(checkPassword: PasswordCheck? = nil, realmHash: RealmHashLookup? = nil) {
        self.checkPassword = checkPassword
        self.realmHash = realmHash
    }
}
