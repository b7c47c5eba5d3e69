// SPDX-License-Identifier: Apache-2.0

/// A media type with its parameters (RFC 9110 section 8.3.1): `text/html; charset=utf-8`.
///
/// Also fits the values of Content-Disposition and of Accept: a word, then parameters.
public struct MediaType: Sendable, Hashable {
    /// In small letters: `text/html`.
    public var name: String
    public var parameters: [Parameter] = []

    public struct Parameter: Sendable, Hashable {
        /// In small letters.
        public var name: String
        /// Without quotes.
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Reads a field's value; what is malformed among the parameters is left out.
    public init(_ text: String) {
        var parts = splitOutsideQuotes(text, at: 0x3B)[...]
        name = parts.popFirst()?.lowercased() ?? ""
        for part in parts {
            guard let equals = part.utf8.firstIndex(of: 0x3D) else { continue }
            let value = part[part.utf8.index(after: equals)...]
            let name = part[..<equals].lowercased()
            if !name.isEmpty { parameters.append(Parameter(name, unquoted(value))) }
        }
    }

    /// The part before the slash.
    public var type: Substring { Substring(name.utf8.prefix { $0 != 0x2F }) }
    /// The part after the slash.
    public var subtype: Substring { Substring(name.utf8.drop { $0 != 0x2F }.dropFirst()) }

    /// The value of the first parameter of that name, which is in small letters.
    public subscript(parameter: String) -> String? {
        parameters.first { $0.name == parameter }?.value
    }

    public var charset: String? { self["charset"] }
    public var boundary: String? { self["boundary"] }
}

/// A list with preferences: Accept, Accept-Language, Accept-Encoding, TE (RFC 9110 section 12.4.2).
public struct QualityList: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        /// The value with its parameters, `q` aside.
        public var value: MediaType
        /// How much it is wanted, in thousandths; 0 is not at all.
        public var quality: Int
    }

    /// In the order of the field.
    public var members: [Member]

    public init(_ text: String) {
        members = splitOutsideQuotes(text, at: 0x2C).compactMap { part in
            guard !part.isEmpty else { return nil }
            var value = MediaType(String(part))
            var quality = 1000
            if let index = value.parameters.firstIndex(where: { $0.name == "q" }) {
                quality = parseQuality(value.parameters[index].value)
                // What follows q extends Accept itself, and nothing ever did.
                value.parameters.removeSubrange(index...)
            }
            return Member(value: value, quality: quality)
        }
    }

    /// The quality of `name` (in small letters), or that of `*`, or else nil: for lists of plain
    /// words such as Accept-Encoding.
    public func quality(of name: String) -> Int? {
        let match = members.first { $0.value.name == name }
        return (match ?? members.first { $0.value.name == "*" })?.quality
    }

    /// The members by falling quality; those of the same quality in the order of the field.
    public var preferred: [Member] {
        let ordered = members.enumerated().sorted {
            ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset)
        }
        return ordered.map(\.element)
    }
}

/// `0.5` is 500.
///
/// What is no quality counts as 1, as if it were not there.
private func parseQuality(_ text: String) -> Int {
    let bytes = text.utf8Span.span
    guard !bytes.isEmpty, bytes[0] == 0x30 || bytes[0] == 0x31, bytes.count <= 5 else {
        return 1000
    }
    var value = Int(bytes[0] - 0x30) * 1000
    guard bytes.count > 1 else { return value }
    guard bytes[1] == 0x2E else { return 1000 }
    var scale = 100
    for index in 2..<bytes.count {
        guard bytes[index].isDigit else { return 1000 }
        value += Int(bytes[index] - 0x30) * scale
        scale /= 10
    }
    return min(value, 1000)
}

/// The parts between separators that stand in no quoted string, without blanks around them.
private func splitOutsideQuotes(_ text: String, at separator: UInt8) -> [Substring] {
    let bytes = text.utf8
    var parts: [Substring] = []
    var start = bytes.startIndex
    var index = start
    var isQuoted = false
    while index < bytes.endIndex {
        let byte = bytes[index]
        if byte == 0x22 {
            isQuoted.toggle()
        } else if byte == 0x5C, isQuoted, bytes.index(after: index) < bytes.endIndex {
            index = bytes.index(after: index)
        } else if byte == separator, !isQuoted {
            parts.append(trimmed(text[start..<index]))
            start = bytes.index(after: index)
        }
        index = bytes.index(after: index)
    }
    parts.append(trimmed(text[start...]))
    return parts
}

private func trimmed(_ text: Substring) -> Substring {
    var rest = text.utf8
    while let first = rest.first, first.isBlank { rest = rest.dropFirst() }
    while let last = rest.last, last.isBlank { rest = rest.dropLast() }
    return Substring(rest)
}

/// The text of a quoted string; a token as it is.
private func unquoted(_ text: Substring) -> String {
    let bytes = text.utf8
    guard bytes.count >= 2, bytes.first == 0x22, bytes.last == 0x22 else { return String(text) }
    var result: [UInt8] = []
    var isEscaped = false
    for byte in bytes.dropFirst().dropLast() {
        if byte == 0x5C, !isEscaped {
            isEscaped = true
        } else {
            result.append(byte)
            isEscaped = false
        }
    }
    return String(decoding: result, as: UTF8.self)
}
