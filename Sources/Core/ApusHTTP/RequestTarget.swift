// SPDX-License-Identifier: Apache-2.0

/// The forms of a request target (RFC 9112 section 3.2).
public enum TargetForm: Sendable {
    /// `/path?query`
    case origin
    /// `http://host/path?query`
    case absolute
    /// `host:port`, of CONNECT
    case authority
    /// `*`, of OPTIONS
    case asterisk
}

/// Where the parts of a request target stand.
struct RequestTarget: Sendable {
    var form: TargetForm
    /// Empty unless the form is absolute.
    var scheme = ByteRange(0..<0)
    /// Empty unless the form is absolute or authority.
    var authority = ByteRange(0..<0)
    /// Empty for `http://host` and in authority form.
    var path = ByteRange(0..<0)
    /// What follows the question mark; nil without one.
    var query: ByteRange?
}

extension RequestTarget {
    /// Takes apart the target that stands at `range`.
    ///
    /// - Throws: the fault for which Apache answers 400.
    init(
        _ bytes: Span<UInt8>, _ range: Range<Int>, method: HTTPMethod, isStrict: Bool
    ) throws(RequestParseError.Fault) {
        guard range.lowerBound < range.upperBound else { throw .missingTarget }
        if method == .connect {
            guard bytes[range.lowerBound] != 0x2F else { throw .unparsableTarget }
            self.init(form: .authority)
            authority = ByteRange(range)
        } else if bytes[range.lowerBound] == 0x2F {
            self.init(form: .origin)
            try readPath(bytes, range, isStrict: isStrict)
        } else if bytes[range.lowerBound] == 0x2A, range.count == 1, method == .options {
            self.init(form: .asterisk)
            path = ByteRange(range)
        } else {
            self.init(form: .absolute)
            try readAbsolute(bytes, range, isStrict: isStrict)
        }
    }

    private mutating func readPath(
        _ bytes: Span<UInt8>, _ range: Range<Int>, isStrict: Bool
    ) throws(RequestParseError.Fault) {
        var end = range.upperBound
        var mark: Int?
        for index in range {
            let byte = bytes[index]
            guard byte == 0x3F || byte == 0x23 else { continue }
            if byte == 0x23 {
                // RFC 3986 section 3.5: a fragment stays with the client.
                guard !isStrict else { throw .fragmentInTarget }
                end = index
                break
            }
            if mark == nil { mark = index }
        }
        path = ByteRange(range.lowerBound..<(mark ?? end))
        if let mark { query = ByteRange(mark + 1..<end) }
    }

    private mutating func readAbsolute(
        _ bytes: Span<UInt8>, _ range: Range<Int>, isStrict: Bool
    ) throws(RequestParseError.Fault) {
        var index = range.lowerBound
        while index < range.upperBound, bytes[index].isSchemeCharacter { index += 1 }
        guard index > range.lowerBound, range.upperBound - index >= 3, bytes[index] == 0x3A,
            bytes[index + 1] == 0x2F, bytes[index + 2] == 0x2F
        else { throw .unparsableTarget }
        scheme = ByteRange(range.lowerBound..<index)
        var start = index + 3
        index = start
        while index < range.upperBound, !bytes[index].endsAuthority { index += 1 }
        if let at = bytes.extracting(start..<index).lastIndex(of: 0x40) {
            // RFC 9110 section 4.2.4: credentials here are a disguise for another host.
            guard !isStrict else { throw .userInfoInTarget }
            start += at + 1
        }
        authority = ByteRange(start..<index)
        try readPath(bytes, index..<range.upperBound, isStrict: isStrict)
    }
}

extension UInt8 {
    fileprivate var isSchemeCharacter: Bool {
        isLetter || isDigit || self == 0x2B || self == 0x2D || self == 0x2E
    }

    /// `/`, `?` or `#`.
    fileprivate var endsAuthority: Bool { self == 0x2F || self == 0x3F || self == 0x23 }
}

extension Span<UInt8> {
    func lastIndex(of byte: UInt8) -> Int? {
        var index = count - 1
        while index >= 0 {
            if self[index] == byte { return index }
            index -= 1
        }
        return nil
    }
}
