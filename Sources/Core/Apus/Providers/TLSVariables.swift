// SPDX-License-Identifier: Apache-2.0

/// The variables of a TLS connection (`SSL_PROTOCOL` ...), offered by the module that makes such
/// connections (httpd's optional function `ssl_var_lookup`).
public struct TLSVariables: Sendable {
    /// The name it is registered under.
    public static let providerName = "ssl_var_lookup"

    public let value: @Sendable (String, borrowing Request) -> String?

    public init(_ value: @escaping @Sendable (String, borrowing Request) -> String?) {
        self.value = value
    }
}

extension Request {
    /// A variable of the TLS connection; nil where it has none, or there is no TLS.
    public func tlsVariable(_ name: String) -> String? {
        connection.server.hooks.providers.lookUp(TLSVariables.providerName, TLSVariables.self)?
            .value(name, self)
    }
}
