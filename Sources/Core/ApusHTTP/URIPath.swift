// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// AllowEncodedSlashes: what becomes of `%2F` in a path.
public enum EncodedSlashes: Sendable, Equatable {
    /// Off: 404, since behind it a path could hide from what looks at its segments.
    case off
    /// On: decoded.
    case on
    /// NoDecode: let through as it is.
    case noDecode
}

/// Why a path is none.
public enum URIPathError: Error, Equatable {
    /// No slash at its beginning, a bad percent-encoding, or more `..` than segments: 400.
    case invalid
    /// An encoded NUL, or an encoded slash where those are not allowed: 404.
    case forbidden

    public var status: HTTPStatus { self == .invalid ? .badRequest : .notFound }
}

/// Makes of the path of a target what the rest of the server goes by.
public enum URIPath {
    /// Decodes a path, once, after its dot segments are resolved; in the order and with the
    /// results of Apache (`ap_normalize_path`, `ap_unescape_url_ex`).
    ///
    /// - Parameter path: as sent, without query; empty counts as `/`, and `*` stays.
    /// - Returns: an absolute path without dot segments, that may hold any bytes but NUL.
    public static func decode(
        _ path: Span<UInt8>, encodedSlashes: EncodedSlashes = .off, mergesSlashes: Bool = true
    ) throws(URIPathError) -> String {
        if path.isEmpty { return "/" }
        if isPlain(path) { return String(bytes: path) }
        if path.count == 1, path[0] == 0x2A { return "*" }
        guard path[0] == 0x2F else { throw .invalid }
        var bytes: [UInt8] = []
        bytes.append(copying: path)
        try bytes.decodeUnreserved()
        guard bytes.resolveDotSegments(mergesSlashes: mergesSlashes) else { throw .invalid }
        try bytes.decodePath(encodedSlashes)
        if encodedSlashes == .on {
            // What was decoded may have made new `//` and `/../`.
            _ = bytes.resolveDotSegments(mergesSlashes: mergesSlashes)
        }
        return String(bytes: bytes.span)
    }

    /// Whether nothing is to be done: no percent sign, no `//` and no `/.`.
    private static func isPlain(_ path: Span<UInt8>) -> Bool {
        guard path[0] == 0x2F else { return false }
        var previous: UInt8 = 0
        for index in path.indices {
            let byte = path[index]
            if byte == 0x25 || previous == 0x2F && (byte == 0x2F || byte == 0x2E) { return false }
            previous = byte
        }
        return true
    }
}

extension [UInt8] {
    /// Decodes letters, digits and `-._~`, which mean the same either way (RFC 3986 section 2.3):
    /// so `%2e%2e` is a dot segment.
    fileprivate mutating func decodeUnreserved() throws(URIPathError) {
        var end = 0
        var index = 0
        while index < count {
            var byte = self[index]
            if byte == 0x25 {
                guard let value = percentEncodedByte(at: index) else { throw .invalid }
                if value.isUnreserved {
                    byte = value
                    index += 2
                }
            }
            self[end] = byte
            end += 1
            index += 1
        }
        removeLast(count - end)
    }

    /// Decodes the rest.
    fileprivate mutating func decodePath(_ slashes: EncodedSlashes) throws(URIPathError) {
        var end = 0
        var index = 0
        while index < count {
            var byte = self[index]
            if byte == 0x25 {
                guard let value = percentEncodedByte(at: index) else { throw .invalid }
                guard value != 0, value != 0x2F || slashes != .off else { throw .forbidden }
                if value != 0x2F || slashes == .on {
                    byte = value
                    index += 2
                }
            }
            self[end] = byte
            end += 1
            index += 1
        }
        removeLast(count - end)
    }

    fileprivate func percentEncodedByte(at index: Int) -> UInt8? {
        guard index + 2 < count, let high = self[index + 1].hexadecimalValue,
            let low = self[index + 2].hexadecimalValue
        else { return nil }
        return high << 4 | low
    }

    /// Removes `/./` and `/x/../` (RFC 3986 section 5.2.4), and repeated slashes if told so,
    /// from an absolute path.
    ///
    /// - Returns: false if a `..` would have led above the root; it was dropped.
    package mutating func resolveDotSegments(mergesSlashes: Bool) -> Bool {
        var isWithinRoot = true
        var end = 1
        var index = 1
        while index < count {
            if self[end - 1] == 0x2F {
                if mergesSlashes, self[index] == 0x2F {
                    index += 1
                    continue
                }
                let dots = dotSegment(at: index)
                if dots > 0 {
                    if dots == 2 {
                        if end == 1 { isWithinRoot = false }
                        end = parent(of: end)
                    }
                    index += dots + 1
                    continue
                }
            }
            self[end] = self[index]
            end += 1
            index += 1
        }
        removeLast(count - end)
        return isWithinRoot
    }

    /// 1 if the segment at `index` is `.`, 2 if it is `..`, else 0.
    private func dotSegment(at index: Int) -> Int {
        guard self[index] == 0x2E else { return 0 }
        if index + 1 == count || self[index + 1] == 0x2F { return 1 }
        guard self[index + 1] == 0x2E else { return 0 }
        return index + 2 == count || self[index + 2] == 0x2F ? 2 : 0
    }

    /// Where the segment before the slash at `end - 1` begins.
    private func parent(of end: Int) -> Int {
        var end = end
        if end > 1 {
            repeat { end -= 1 } while end > 1 && self[end - 1] != 0x2F
        }
        return end
    }
}

extension UInt8 {
    /// `unreserved` of RFC 3986 section 2.3.
    package var isUnreserved: Bool {
        isLetter || isDigit || self == 0x2D || self == 0x2E || self == 0x5F || self == 0x7E
    }
}
