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

extension FieldName {
    @inlinable public static var accept: FieldName { FieldName(literal: "Accept") }
    @inlinable public static var acceptCharset: FieldName { FieldName(literal: "Accept-Charset") }
    @inlinable public static var acceptEncoding: FieldName { FieldName(literal: "Accept-Encoding") }
    @inlinable public static var acceptLanguage: FieldName { FieldName(literal: "Accept-Language") }
    @inlinable public static var acceptRanges: FieldName { FieldName(literal: "Accept-Ranges") }
    @inlinable public static var age: FieldName { FieldName(literal: "Age") }
    @inlinable public static var allow: FieldName { FieldName(literal: "Allow") }
    @inlinable public static var authorization: FieldName { FieldName(literal: "Authorization") }
    @inlinable public static var cacheControl: FieldName { FieldName(literal: "Cache-Control") }
    @inlinable public static var connection: FieldName { FieldName(literal: "Connection") }
    @inlinable public static var contentDisposition: FieldName { FieldName(literal: "Content-Disposition") }
    @inlinable public static var contentEncoding: FieldName { FieldName(literal: "Content-Encoding") }
    @inlinable public static var contentLanguage: FieldName { FieldName(literal: "Content-Language") }
    @inlinable public static var contentLength: FieldName { FieldName(literal: "Content-Length") }
    @inlinable public static var contentLocation: FieldName { FieldName(literal: "Content-Location") }
    @inlinable public static var contentMD5: FieldName { FieldName(literal: "Content-MD5") }
    @inlinable public static var contentRange: FieldName { FieldName(literal: "Content-Range") }
    @inlinable public static var contentSecurityPolicy: FieldName { FieldName(literal: "Content-Security-Policy") }
    @inlinable public static var contentType: FieldName { FieldName(literal: "Content-Type") }
    @inlinable public static var cookie: FieldName { FieldName(literal: "Cookie") }
    @inlinable public static var date: FieldName { FieldName(literal: "Date") }
    @inlinable public static var destination: FieldName { FieldName(literal: "Destination") }
    @inlinable public static var dnt: FieldName { FieldName(literal: "DNT") }
    @inlinable public static var etag: FieldName { FieldName(literal: "ETag") }
    @inlinable public static var expect: FieldName { FieldName(literal: "Expect") }
    @inlinable public static var expires: FieldName { FieldName(literal: "Expires") }
    @inlinable public static var forwarded: FieldName { FieldName(literal: "Forwarded") }
    @inlinable public static var from: FieldName { FieldName(literal: "From") }
    @inlinable public static var host: FieldName { FieldName(literal: "Host") }
    @inlinable public static var http2Settings: FieldName { FieldName(literal: "HTTP2-Settings") }
    public static let `if` = FieldName("If")
    @inlinable public static var ifMatch: FieldName { FieldName(literal: "If-Match") }
    @inlinable public static var ifModifiedSince: FieldName { FieldName(literal: "If-Modified-Since") }
    @inlinable public static var ifNoneMatch: FieldName { FieldName(literal: "If-None-Match") }
    @inlinable public static var ifRange: FieldName { FieldName(literal: "If-Range") }
    @inlinable public static var ifUnmodifiedSince: FieldName { FieldName(literal: "If-Unmodified-Since") }
    @inlinable public static var keepAlive: FieldName { FieldName(literal: "Keep-Alive") }
    @inlinable public static var lastModified: FieldName { FieldName(literal: "Last-Modified") }
    @inlinable public static var link: FieldName { FieldName(literal: "Link") }
    @inlinable public static var location: FieldName { FieldName(literal: "Location") }
    @inlinable public static var maxForwards: FieldName { FieldName(literal: "Max-Forwards") }
    @inlinable public static var origin: FieldName { FieldName(literal: "Origin") }
    @inlinable public static var pragma: FieldName { FieldName(literal: "Pragma") }
    @inlinable public static var proxy: FieldName { FieldName(literal: "Proxy") }
    @inlinable public static var proxyAuthenticate: FieldName { FieldName(literal: "Proxy-Authenticate") }
    @inlinable public static var proxyAuthorization: FieldName { FieldName(literal: "Proxy-Authorization") }
    @inlinable public static var proxyConnection: FieldName { FieldName(literal: "Proxy-Connection") }
    @inlinable public static var range: FieldName { FieldName(literal: "Range") }
    @inlinable public static var referer: FieldName { FieldName(literal: "Referer") }
    @inlinable public static var retryAfter: FieldName { FieldName(literal: "Retry-After") }
    @inlinable public static var server: FieldName { FieldName(literal: "Server") }
    @inlinable public static var setCookie: FieldName { FieldName(literal: "Set-Cookie") }
    @inlinable public static var status: FieldName { FieldName(literal: "Status") }
    @inlinable public static var strictTransportSecurity: FieldName { FieldName(literal: "Strict-Transport-Security") }
    @inlinable public static var te: FieldName { FieldName(literal: "TE") }
    @inlinable public static var trailer: FieldName { FieldName(literal: "Trailer") }
    @inlinable public static var transferEncoding: FieldName { FieldName(literal: "Transfer-Encoding") }
    @inlinable public static var upgrade: FieldName { FieldName(literal: "Upgrade") }
    @inlinable public static var userAgent: FieldName { FieldName(literal: "User-Agent") }
    @inlinable public static var vary: FieldName { FieldName(literal: "Vary") }
    @inlinable public static var via: FieldName { FieldName(literal: "Via") }
    @inlinable public static var warning: FieldName { FieldName(literal: "Warning") }
    @inlinable public static var wwwAuthenticate: FieldName { FieldName(literal: "WWW-Authenticate") }
    @inlinable public static var xForwardedFor: FieldName { FieldName(literal: "X-Forwarded-For") }
    @inlinable public static var xForwardedHost: FieldName { FieldName(literal: "X-Forwarded-Host") }
    @inlinable public static var xForwardedProto: FieldName { FieldName(literal: "X-Forwarded-Proto") }
    @inlinable public static var xForwardedServer: FieldName { FieldName(literal: "X-Forwarded-Server") }
    @inlinable public static var xSendfile: FieldName { FieldName(literal: "X-Sendfile") }
}
