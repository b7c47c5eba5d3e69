// SPDX-License-Identifier: Apache-2.0

/// The name of a field, with what makes looking it up fast worked out once.
///
/// Names compare regardless of case (RFC 9110 section 5.1). Keep one in a `static let`:
/// `fields[.host]` then compares a number per field, and bytes only at the hit.
public struct FieldName: Sendable {
    /// The name as it is written into a message.
    public let name: String
    let hash: UInt32
    /// Whether this can be the name of a field at all.
    let isToken: Bool

    public init(_ name: String) {
        self.name = name
        let bytes = name.utf8Span.span
        hash = Self.hash(bytes)
        isToken = bytes.isToken
    }

    /// A number that is the same for names that differ in case only.
    ///
    /// It looks at twelve bytes at most: that tells apart what occurs in messages, and a client
    /// that forges collisions gains nothing, since a lookup then compares bytes, field by field,
    /// which LimitRequestFields bounds.
    @inline(__always)
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
            && left.name.utf8Span.span.equalsIgnoringCase(right.name.utf8Span.span)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

extension FieldName: CustomStringConvertible {
    public var description: String { name }
}

extension FieldName {
    public static let accept = FieldName("Accept")
    public static let acceptCharset = FieldName("Accept-Charset")
    public static let acceptEncoding = FieldName("Accept-Encoding")
    public static let acceptLanguage = FieldName("Accept-Language")
    public static let acceptRanges = FieldName("Accept-Ranges")
    public static let age = FieldName("Age")
    public static let allow = FieldName("Allow")
    public static let authorization = FieldName("Authorization")
    public static let cacheControl = FieldName("Cache-Control")
    public static let connection = FieldName("Connection")
    public static let contentDisposition = FieldName("Content-Disposition")
    public static let contentEncoding = FieldName("Content-Encoding")
    public static let contentLanguage = FieldName("Content-Language")
    public static let contentLength = FieldName("Content-Length")
    public static let contentLocation = FieldName("Content-Location")
    public static let contentMD5 = FieldName("Content-MD5")
    public static let contentRange = FieldName("Content-Range")
    public static let contentSecurityPolicy = FieldName("Content-Security-Policy")
    public static let contentType = FieldName("Content-Type")
    public static let cookie = FieldName("Cookie")
    public static let date = FieldName("Date")
    public static let destination = FieldName("Destination")
    public static let dnt = FieldName("DNT")
    public static let etag = FieldName("ETag")
    public static let expect = FieldName("Expect")
    public static let expires = FieldName("Expires")
    public static let forwarded = FieldName("Forwarded")
    public static let from = FieldName("From")
    public static let host = FieldName("Host")
    public static let http2Settings = FieldName("HTTP2-Settings")
    public static let `if` = FieldName("If")
    public static let ifMatch = FieldName("If-Match")
    public static let ifModifiedSince = FieldName("If-Modified-Since")
    public static let ifNoneMatch = FieldName("If-None-Match")
    public static let ifRange = FieldName("If-Range")
    public static let ifUnmodifiedSince = FieldName("If-Unmodified-Since")
    public static let keepAlive = FieldName("Keep-Alive")
    public static let lastModified = FieldName("Last-Modified")
    public static let link = FieldName("Link")
    public static let location = FieldName("Location")
    public static let maxForwards = FieldName("Max-Forwards")
    public static let origin = FieldName("Origin")
    public static let pragma = FieldName("Pragma")
    public static let proxy = FieldName("Proxy")
    public static let proxyAuthenticate = FieldName("Proxy-Authenticate")
    public static let proxyAuthorization = FieldName("Proxy-Authorization")
    public static let proxyConnection = FieldName("Proxy-Connection")
    public static let range = FieldName("Range")
    public static let referer = FieldName("Referer")
    public static let retryAfter = FieldName("Retry-After")
    public static let server = FieldName("Server")
    public static let setCookie = FieldName("Set-Cookie")
    public static let status = FieldName("Status")
    public static let strictTransportSecurity = FieldName("Strict-Transport-Security")
    public static let te = FieldName("TE")
    public static let trailer = FieldName("Trailer")
    public static let transferEncoding = FieldName("Transfer-Encoding")
    public static let upgrade = FieldName("Upgrade")
    public static let userAgent = FieldName("User-Agent")
    public static let vary = FieldName("Vary")
    public static let via = FieldName("Via")
    public static let warning = FieldName("Warning")
    public static let wwwAuthenticate = FieldName("WWW-Authenticate")
    public static let xForwardedFor = FieldName("X-Forwarded-For")
    public static let xForwardedHost = FieldName("X-Forwarded-Host")
    public static let xForwardedProto = FieldName("X-Forwarded-Proto")
    public static let xForwardedServer = FieldName("X-Forwarded-Server")
    public static let xSendfile = FieldName("X-Sendfile")
}
