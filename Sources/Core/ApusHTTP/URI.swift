// SPDX-License-Identifier: Apache-2.0

/// A URI taken apart (RFC 3986): what a directive names, or a field.
public struct URI: Sendable, Hashable {
    /// In small letters; nil in a relative reference.
    public var scheme: String?
    public var userInfo: String?
    /// Without the brackets of an IPv6 address; nil without an authority.
    public var host: String?
    public var port: UInt16?
    /// As written, percent-encoded.
    public var path = ""
    public var query: String?
    public var fragment: String?

    public init() {}

    /// Takes apart a URI or a relative reference; nil if its authority or port is none.
    public init?(_ text: String) {
        // By bytes throughout: a character may be more than its first byte, and then a slash
        // with an accent over it would not end a host here, but elsewhere.
        var rest = text.utf8[...]
        fragment = Self.takeTail(&rest, after: 0x23)
        query = Self.takeTail(&rest, after: 0x3F)
        if let colon = rest.firstIndex(of: 0x3A), Self.isScheme(rest[..<colon]) {
            scheme = Substring(rest[..<colon]).lowercased()
            rest = rest[rest.index(after: colon)...]
        }
        if rest.starts(with: "//".utf8) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: 0x2F) ?? rest.endIndex
            guard readAuthority(rest[..<end]) else { return nil }
            rest = rest[end...]
        }
        path = String(Substring(rest))
    }

    /// Cuts off what follows the first `mark`.
    private static func takeTail(
        _ rest: inout Substring.UTF8View, after mark: UInt8
    ) -> String? {
        guard let index = rest.firstIndex(of: mark) else { return nil }
        let tail = Substring(rest[rest.index(after: index)...])
        rest = rest[..<index]
        return String(tail)
    }

    private static func isScheme(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, first.isLetter else { return false }
        return text.allSatisfy {
            $0.isLetter || $0.isDigit || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E
        }
    }

    private mutating func readAuthority(_ authority: Substring.UTF8View) -> Bool {
        var rest = authority
        if let at = rest.lastIndex(of: 0x40) {
            userInfo = String(Substring(rest[..<at]))
            rest = rest[rest.index(after: at)...]
        }
        if rest.first == 0x5B {
            guard let bracket = rest.firstIndex(of: 0x5D) else { return false }
            host = String(Substring(rest[..<bracket].dropFirst()))
            rest = rest[rest.index(after: bracket)...]
            guard rest.isEmpty || rest.first == 0x3A else { return false }
        } else {
            let end = rest.firstIndex(of: 0x3A) ?? rest.endIndex
            host = String(Substring(rest[..<end]))
            rest = rest[end...]
        }
        let digits = rest.dropFirst()
        guard !digits.isEmpty else { return true }
        guard digits.allSatisfy(\.isDigit), let number = UInt16(Substring(digits)) else {
            return false
        }
        port = number
        return true
    }

    /// The port, or the one that the scheme has where none is written.
    public var effectivePort: UInt16? { port ?? scheme.flatMap(Self.defaultPort) }

    public static func defaultPort(_ scheme: String) -> UInt16? {
        switch scheme {
        case "http", "ws", "h2c": 80
        case "https", "wss", "h2": 443
        case "ftp": 21
        case "ajp": 8009
        case "fcgi": 8000
        case "scgi": 4000
        case "uwsgi": 3031
        default: nil
        }
    }
}

extension URI: CustomStringConvertible {
    public var description: String {
        var text = scheme.map { $0 + ":" } ?? ""
        if let host {
            text += "//"
            if let userInfo { text += userInfo + "@" }
            text += host.utf8.contains(0x3A) ? "[\(host)]" : host
            if let port { text += ":\(port)" }
        }
        text += path
        if let query { text += "?" + query }
        if let fragment { text += "#" + fragment }
        return text
    }
}
