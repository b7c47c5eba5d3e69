// SPDX-License-Identifier: Apache-2.0

/// Base64 (RFC 4648 section 4), with padding.
public enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let group = bytes[index...].prefix(3)
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                let isPadding = place > group.count
                text.append(
                    isPadding ? UInt8(ascii: "=") : alphabet[value >> (18 - 6 * place) & 63])
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that a text stands for, with or without its padding.
    ///
    /// - Returns: nil for what is no such text, a length that cannot be among it.
    public static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end % 4 != 1, end == text.count || text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end / 4 * 3 + 2)
        var value = 0
        for index in 0..<end {
            guard let digit = digit(text[index]) else { return nil }
            value = value << 6 | digit
            // Each digit but the first of a group completes a byte.
            if index % 4 > 0 {
                bytes.append(UInt8(truncatingIfNeeded: value >> (6 - index % 4 * 2)))
            }
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
