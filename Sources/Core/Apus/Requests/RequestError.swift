// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP

/// Ends the request with a response of `status`.
public struct RequestError: Error, Sendable {
    public var status: HTTPStatus
    /// For the error log, never for the client.
    ///
    /// Empty: nothing is logged, or all is said already.
    public var reason: String
    public var level: LogLevel

    public init(_ status: HTTPStatus, _ reason: String = "", level: LogLevel = .error) {
        self.status = status
        self.reason = reason
        self.level = level
    }
}

/// The response can be sent no further: the client left, or was too slow.
public enum OutputError: Error, Sendable {
    case clientLeft
    case timedOut
    /// What makes the content failed after the head had been sent; the connection must end, or
    /// the client would take what it got for the whole.
    case contentFailed(String)
}
