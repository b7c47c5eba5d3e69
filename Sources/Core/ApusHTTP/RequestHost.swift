// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// The host that a request is for, as the name of a virtual host and of a folder can be made of it.
public struct RequestHost: Sendable, Hashable {
    /// In small letters, without port, without a dot at the end, an IPv6 address without brackets.
    public let name: String
    /// The port that was sent; nil if none was.
    public let port: UInt16?
    public let isIPv6Address: Bool

    /// Reads a Host field or the authority of a target.
    ///
    /// Strict demands the syntax of a DNS name or an address (`HttpProtocolOptions Strict`).
    /// Otherwise only what is dangerous in file names is refused: slashes and two dots in a row.
    ///
    /// - Returns: nil for what Apache refuses as malformed.
    public init?(_ bytes: Span<UInt8>, isStrict: Bool) {
        let isLiteral = !bytes.isEmpty && bytes[0] == 0x5B
        guard let colon = Self.endOfName(bytes, isLiteral: isLiteral),
            let port = Self.port(bytes, at: colon, isStrict: isStrict)
        else { return nil }
        self.port = port == 0 ? nil : port
        isIPv6Address = isLiteral
        if isLiteral {
            let address = bytes.extracting(1..<colon - 1)
            guard isIPv6Literal(address) else { return nil }
            name = lowercasedString(address)
        } else {
            let host = bytes.extracting(0..<colon)
            guard Self.isHarmless(host) else { return nil }
            let hasDot = host.count > 0 && host[host.count - 1] == 0x2E
            let trimmed = host.extracting(0..<(hasDot ? host.count - 1 : host.count))
            guard !isStrict || isHostname(trimmed) else { return nil }
            name = lowercasedString(trimmed)
        }
    }

    /// Where the name and its brackets end: at a colon or at the end.
    private static func endOfName(_ bytes: Span<UInt8>, isLiteral: Bool) -> Int? {
        guard isLiteral else {
            let end = bytes.firstIndex(of: 0x3A) ?? bytes.count
            return end > 0 ? end : nil
        }
        guard let bracket = bytes.firstIndex(of: 0x5D) else { return nil }
        let end = bracket + 1
        return end == bytes.count || bytes[end] == 0x3A ? end : nil
    }

    /// The port after the colon; 0 if there is none, nil if it is not one.
    private static func port(_ bytes: Span<UInt8>, at colon: Int, isStrict: Bool) -> UInt16? {
        guard colon < bytes.count else { return 0 }
        let digits = bytes.extracting((colon + 1)...)
        if digits.isEmpty { return isStrict ? nil : 0 }
        guard digits.count <= 8, let number = parseContentLength(digits), number > 0 else {
            return nil
        }
        return UInt16(exactly: number)
    }

    /// Whether no path can be made of it that leaves a folder.
    private static func isHarmless(_ host: Span<UInt8>) -> Bool {
        for index in host.indices {
            let byte = host[index]
            if byte == 0x2F || byte == 0x5C { return false }
            if byte == 0x2E, index + 1 < host.count, host[index + 1] == 0x2E { return false }
        }
        return true
    }
}

extension RequestHost: CustomStringConvertible {
    /// As in a Host field.
    public var description: String {
        let host = isIPv6Address ? "[\(name)]" : name
        return port.map { "\(host):\($0)" } ?? host
    }
}

/// Letters, digits, `-`, `_` and dots; four decimal numbers where there is no letter; else the
/// last label begins with a letter (RFC 1123 section 2.1).
private func isHostname(_ host: Span<UInt8>) -> Bool {
    var dots = 0
    var isNumeric = true
    var hasLeadingZero = false
    var labelStart = 0
    for index in host.indices {
        let byte = host[index]
        if byte == 0x2E {
            dots += 1
            labelStart = index + 1
        } else if byte.isLetter || byte == 0x2D || byte == 0x5F {
            isNumeric = false
        } else if !byte.isDigit {
            return false
        } else if index == labelStart + 1, host[labelStart] == 0x30 {
            hasLeadingZero = true
        }
    }
    if isNumeric { return dots == 3 && !hasLeadingZero && host[0] != 0x2E }
    return dots == 0 || labelStart == host.count || host[labelStart].isLetter
}

/// Whether this is an IPv6 address (RFC 4291 section 2.2), without a zone.
func isIPv6Literal(_ text: Span<UInt8>) -> Bool {
    var groups = 0
    var hasGap = false
    var index = 0
    if text.count >= 2, text[0] == 0x3A {
        guard text[1] == 0x3A else { return false }
        hasGap = true
        index = 2
    }
    while index < text.count {
        let start = index
        while index < text.count, text[index].hexadecimalValue != nil { index += 1 }
        if index < text.count, text[index] == 0x2E {
            groups += 2
            return isIPv4(text.extracting(start...)) && (hasGap ? groups < 8 : groups == 8)
        }
        guard index > start, index - start <= 4 else { return false }
        groups += 1
        guard index < text.count else { break }
        guard text[index] == 0x3A else { return false }
        index += 1
        guard index < text.count else { return false }
        if text[index] == 0x3A {
            guard !hasGap else { return false }
            hasGap = true
            index += 1
        }
    }
    return hasGap ? groups < 8 : groups == 8
}

private func isIPv4(_ text: Span<UInt8>) -> Bool {
    var start = 0
    var parts = 0
    while start <= text.count {
        let end = text.firstIndex(of: 0x2E, from: start) ?? text.count
        let part = text.extracting(start..<end)
        guard part.count <= 3, let number = parseContentLength(part), number < 256 else {
            return false
        }
        guard part.count == 1 || part[0] != 0x30 else { return false }
        parts += 1
        start = end + 1
    }
    return parts == 4
}

private func lowercasedString(_ bytes: Span<UInt8>) -> String {
    for index in bytes.indices where bytes[index] != bytes[index].lowercased {
        let small = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
            for position in bytes.indices {
                unsafe buffer[position] = bytes[position].lowercased
            }
            count = bytes.count
        }
        return String(bytes: small.span)
    }
    return String(bytes: bytes)
}
