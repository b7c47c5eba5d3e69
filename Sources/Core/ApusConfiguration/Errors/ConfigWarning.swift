// SPDX-License-Identifier: Apache-2.0

/// Something in the configuration that its author should know, and that stops nothing.
public struct ConfigWarning: Hashable, Sendable {
    /// How it is told.
    public enum Kind: Hashable, Sendable {
        /// As a line of the error log, at level warn, error or debug.
        case warning, error, debug
        /// As it stands: httpd's APLOG_STARTUP.
        case startup
    }

    public var kind: Kind
    /// Apache's number of the message, such as `AH00111`; empty when Apache has none.
    public var code: String
    public var message: String
    public var location: SourceLocation?
    /// The module in whose name it is logged, such as `core`.
    public var module: String

    public init(
        code: String, _ message: String, at location: SourceLocation? = nil,
        module: String = "core", kind: Kind = .warning
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.location = location
        self.module = module
    }
}
