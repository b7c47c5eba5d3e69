// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The variables that are the same in each request of a connection, as they stand in packets.
///
/// Kept with the connection. The last of them, the request's identifier, lacks the request's
/// number.
final class ConnectionVariables {
    enum Kind {
        /// Those of an environment (WSGI).
        case environment
        /// Those that a scope is made of (ASGI).
        case scope
    }

    let variables: EncodedVariables
    /// How many bytes of the identifier's value are there.
    let identifierLength: Int
    /// Which another module may have learned anew from a field of the request.
    private let client: SocketAddress
    private let kind: Kind

    init(
        client: SocketAddress, _ kind: Kind, _ variables: EncodedVariables, identifierLength: Int
    ) {
        self.client = client
        self.kind = kind
        self.variables = variables
        self.identifierLength = identifierLength
    }

    func isFor(_ client: SocketAddress, _ kind: Kind) -> Bool {
        self.kind == kind && self.client == client
    }
}
