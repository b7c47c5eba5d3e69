// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration

/// What a `Require` line says of a request: httpd's `authz_status`.
public enum Authorization: Sendable {
    case granted
    case denied
    /// Nothing, one way or the other.
    case neutral
    /// Denied as long as nobody knows who the user is.
    case deniedWithoutUser
    /// It could not be found out; the reason is in the log, and the answer is 500.
    case failed
}

/// Decides about requests by one kind of `Require` line: httpd's `authz_provider`.
///
/// A module offers it under the first word of those lines:
///
///     hooks.providers.register("ip", AuthorizationProvider { text, context in ... })
public struct AuthorizationProvider: Sendable {
    /// A line that has been read, ready to be asked about a request.
    public enum Requirement: Sendable {
        /// The same answer for all.
        case always(Authorization)
        case computed(@Sendable (borrowing Request) -> Authorization)
        /// One that may have to wait, for the DNS or another server.
        case awaited(@Sendable (inout Request) async -> Authorization)
    }

    /// Reads what follows the name.
    public let read: @Sendable (String, DirectiveContext) throws(ArgumentError) -> Requirement

    public init(
        _ read:
            @escaping @Sendable (String, DirectiveContext) throws(ArgumentError) -> Requirement
    ) {
        self.read = read
    }
}
