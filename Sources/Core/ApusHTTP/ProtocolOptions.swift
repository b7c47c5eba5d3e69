// SPDX-License-Identifier: Apache-2.0

/// How strictly requests are read: the directive HttpProtocolOptions.
public struct ProtocolOptions: Sendable, Equatable {
    /// Strict: what RFC 9112 forbids is refused.
    ///
    /// Unsafe (false): the leniences of Apache's Unsafe, none of which changes where a request
    /// ends.
    public var isStrict = true
    /// RegisteredMethods: a method that the registry does not know is answered 501.
    public var requiresRegisteredMethod = false
    /// Allow0.9: a request line without version is a request of HTTP/0.9.
    public var allowsHTTP09 = true

    public init() {}

    public static let strict = ProtocolOptions()
    public static let unsafe: ProtocolOptions = {
        var options = ProtocolOptions()
        options.isStrict = false
        return options
    }()
}

/// How long the parts of a request may be.
public struct RequestLimits: Sendable, Equatable {
    /// LimitRequestLine: bytes of the request line.
    public var requestLine = 8190
    /// LimitRequestFields: number of fields; 0 is no limit.
    public var fields = 100
    /// LimitRequestFieldSize: bytes of one field line, and of a field's values together.
    public var fieldSize = 8190

    public init() {}
}
