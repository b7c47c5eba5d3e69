// SPDX-License-Identifier: Apache-2.0

/// The protocol version of a message (RFC 9112 section 2.3).
@frozen public struct HTTPVersion: Sendable, Hashable, Comparable {
    public let major: UInt8
    public let minor: UInt8

    @inlinable public init(_ major: UInt8, _ minor: UInt8) {
        self.major = major
        self.minor = minor
    }

    public static let http09 = HTTPVersion(0, 9)
    public static let http10 = HTTPVersion(1, 0)
    public static let http11 = HTTPVersion(1, 1)
    public static let http2 = HTTPVersion(2, 0)
    public static let http3 = HTTPVersion(3, 0)

    @inlinable public static func < (left: HTTPVersion, right: HTTPVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

extension HTTPVersion: CustomStringConvertible {
    /// As in SERVER_PROTOCOL and the log's `%H`: `HTTP/1.1`, `HTTP/2.0`.
    public var description: String {
        switch (major, minor) {
        case (1, 1): "HTTP/1.1"
        case (1, 0): "HTTP/1.0"
        default: "HTTP/\(major).\(minor)"
        }
    }
}
