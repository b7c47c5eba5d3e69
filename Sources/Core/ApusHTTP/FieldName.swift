// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// The name of a field, with what makes looking it up fast worked out once.
///
/// Names compare regardless of case (RFC 9110 section 5.1). Those that stand below are constants of
/// the compiler's: `fields[.host]` compares a number per field, and bytes only at the hit.
public struct FieldName: Sendable {
    @usableFromInline enum Text: Sendable {
        case literal(StaticString)
        /// In an array, whose bytes stay where they are, unlike those of a short String.
        case bytes([UInt8])
    }

    @usableFromInline let text: Text
    @usableFromInline let hash: UInt32
    /// Whether this can be the name of a field at all.
    @usableFromInline let isToken: Bool

    public init(_ name: String) {
        let bytes = Array(name.utf8)
        hash = Self.hash(bytes.span)
        isToken = bytes.span.isToken
        text = .bytes(bytes)
    }

    /// - Parameter name: a token.
    @inlinable @inline(__always)
    init(literal name: StaticString) {
        text = .literal(name)
        hash = unsafe Self.hash(
            UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount).span)
        isToken = true
    }

    /// The name as it is written into a message.
    public var name: String {
        switch text {
        case .literal(let name): name.description
        case .bytes(let name): String(decoding: name, as: UTF8.self)
        }
    }

    /// Its bytes.
    @_lifetime(borrow self)
    borrowing func bytes() -> Span<UInt8> {
        switch text {
        case .literal(let name):
            let bytes = unsafe UnsafeBufferPointer(
                start: name.utf8Start, count: name.utf8CodeUnitCount)
            return unsafe _overrideLifetime(bytes.span, borrowing: self)
        case .bytes(let name): return unsafe _overrideLifetime(name.span, borrowing: self)
        }
    }

    /// A number that is the same for names that differ in case only.
    ///
    /// It looks at twelve bytes at most: that tells apart what occurs in messages, and a client
    /// that forges collisions gains nothing, since a lookup then compares bytes, field by field,
    /// which LimitRequestFields bounds.
    @inlinable @inline(__always)
    static func hash(_ name: Span<UInt8>) -> UInt32 {
        let count = name.count
        guard count >= 4 else {
            var value = UInt32(count)
            for index in name.indices { value = value &* 257 &+ UInt32(name[index] | 0x20) }
            return value &* 0x9E37_79B1
        }
        let bytes = unsafe name.bytes
        let first = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
        let middle = unsafe bytes.unsafeLoadUnaligned(
            fromByteOffset: count / 2 - 2, as: UInt32.self)
        let last = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
        // Setting this bit makes a letter a small one; that it also makes `_` of DEL is no harm.
        let small: UInt32 = 0x2020_2020
        return (first | small) &* 0x9E37_79B1 ^ (middle | small) &* 0x85EB_CA77
            ^ (last | small) &* 0xC2B2_AE3D &+ UInt32(truncatingIfNeeded: count)
    }
}

extension FieldName: Hashable {
    public static func == (left: FieldName, right: FieldName) -> Bool {
        left.hash == right.hash
            && left.bytes().equalsIgnoringCase(right.bytes())
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

extension FieldName: CustomStringConvertible {
    public var description: String { name }
}

// Computed, for a constant that is stored has to be found, looked after and held.

extension FieldName {
    @inlinable public static var accept: Self { Self(literal: "Accept") }
    @inlinable public static var acceptCharset: Self { Self(literal: "Accept-Charset") }
    @inlinable public static var acceptEncoding: Self { Self(literal: "Accept-Encoding") }
    @inlinable public static var acceptLanguage: Self { Self(literal: "Accept-Language") }
    @inlinable public static var acceptRanges: Self { Self(literal: "Accept-Ranges") }
    @inlinable public static var age: Self { Self(literal: "Age") }
    @inlinable public static var allow: Self { Self(literal: "Allow") }
    @inlinable public static var authorization: Self { Self(literal: "Authorization") }
    @inlinable public static var cacheControl: Self { Self(literal: "Cache-Control") }
    @inlinable public static var connection: Self { Self(literal: "Connection") }
    @inlinable public static var contentDisposition: Self { Self(literal: "Content-Disposition") }
    @inlinable public static var contentEncoding: Self { Self(literal: "Content-Encoding") }
    @inlinable public static var contentLanguage: Self { Self(literal: "Content-Language") }
    @inlinable public static var contentLength: Self { Self(literal: "Content-Length") }
    @inlinable public static var contentLocation: Self { Self(literal: "Content-Location") }
    @inlinable public static var contentMD5: Self { Self(literal: "Content-MD5") }
    @inlinable public static var contentRange: Self { Self(literal: "Content-Range") }
    @inlinable public static var contentSecurityPolicy: Self {
        Self(literal: "Content-Security-Policy")
    }
    @inlinable public static var contentType: Self { Self(literal: "Content-Type") }
    @inlinable public static var cookie: Self { Self(literal: "Cookie") }
    @inlinable public static var date: Self { Self(literal: "Date") }
    @inlinable public static var destination: Self { Self(literal: "Destination") }
    @inlinable public static var dnt: Self { Self(literal: "DNT") }
    @inlinable public static var etag: Self { Self(literal: "ETag") }
    @inlinable public static var expect: Self { Self(literal: "Expect") }
    @inlinable public static var expires: Self { Self(literal: "Expires") }
    @inlinable public static var forwarded: Self { Self(literal: "Forwarded") }
    @inlinable public static var from: Self { Self(literal: "From") }
    @inlinable public static var host: Self { Self(literal: "Host") }
    @inlinable public static var http2Settings: Self { Self(literal: "HTTP2-Settings") }
    public static let `if` = FieldName("If")
    @inlinable public static var ifMatch: Self { Self(literal: "If-Match") }
    @inlinable public static var ifModifiedSince: Self { Self(literal: "If-Modified-Since") }
    @inlinable public static var ifNoneMatch: Self { Self(literal: "If-None-Match") }
    @inlinable public static var ifRange: Self { Self(literal: "If-Range") }
    @inlinable public static var ifUnmodifiedSince: Self { Self(literal: "If-Unmodified-Since") }
    @inlinable public static var keepAlive: Self { Self(literal: "Keep-Alive") }
    @inlinable public static var lastModified: Self { Self(literal: "Last-Modified") }
    @inlinable public static var link: Self { Self(literal: "Link") }
    @inlinable public static var location: Self { Self(literal: "Location") }
    @inlinable public static var maxForwards: Self { Self(literal: "Max-Forwards") }
    @inlinable public static var origin: Self { Self(literal: "Origin") }
    @inlinable public static var pragma: Self { Self(literal: "Pragma") }
    @inlinable public static var proxy: Self { Self(literal: "Proxy") }
    @inlinable public static var proxyAuthenticate: Self { Self(literal: "Proxy-Authenticate") }
    @inlinable public static var proxyAuthorization: Self { Self(literal: "Proxy-Authorization") }
    @inlinable public static var proxyConnection: Self { Self(literal: "Proxy-Connection") }
    @inlinable public static var range: Self { Self(literal: "Range") }
    @inlinable public static var referer: Self { Self(literal: "Referer") }
    @inlinable public static var retryAfter: Self { Self(literal: "Retry-After") }
    @inlinable public static var server: Self { Self(literal: "Server") }
    @inlinable public static var setCookie: Self { Self(literal: "Set-Cookie") }
    @inlinable public static var status: Self { Self(literal: "Status") }
    @inlinable public static var strictTransportSecurity: Self {
        Self(literal: "Strict-Transport-Security")
    }
    @inlinable public static var te: Self { Self(literal: "TE") }
    @inlinable public static var trailer: Self { Self(literal: "Trailer") }
    @inlinable public static var transferEncoding: Self { Self(literal: "Transfer-Encoding") }
    @inlinable public static var upgrade: Self { Self(literal: "Upgrade") }
    @inlinable public static var userAgent: Self { Self(literal: "User-Agent") }
    @inlinable public static var vary: Self { Self(literal: "Vary") }
    @inlinable public static var via: Self { Self(literal: "Via") }
    @inlinable public static var warning: Self { Self(literal: "Warning") }
    @inlinable public static var wwwAuthenticate: Self { Self(literal: "WWW-Authenticate") }
    @inlinable public static var xForwardedFor: Self { Self(literal: "X-Forwarded-For") }
    @inlinable public static var xForwardedHost: Self { Self(literal: "X-Forwarded-Host") }
    @inlinable public static var xForwardedProto: Self { Self(literal: "X-Forwarded-Proto") }
    @inlinable public static var xForwardedServer: Self { Self(literal: "X-Forwarded-Server") }
    @inlinable public static var xSendfile: Self { Self(literal: "X-Sendfile") }
}
