// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// Escaping text for where it goes, and back.
///
/// The digits are small ones, as in Apache.
public enum Escaping {
    /// Percent-encodes a path for a Location or a link (`ap_os_escape_path`).
    ///
    /// - Parameter isPartial: false if it stands for itself: then a colon before the first slash
    ///   gets `./` in front, for it would look like a scheme.
    public static func path(_ path: String, isPartial: Bool = true) -> String {
        var output: [UInt8] = []
        let bytes = path.bytes
        if !isPartial, let colon = bytes.firstIndex(of: 0x3A),
            colon < bytes.firstIndex(of: 0x2F) ?? .max
        {
            output.append(contentsOf: "./".utf8)
        }
        for byte in bytes {
            output.append(byte, escapedUnless: byte.isPathCharacter)
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Percent-encodes one segment of a path, slashes too (`ap_escape_path_segment`).
    public static func pathSegment(_ segment: String) -> String {
        var output: [UInt8] = []
        for byte in segment.bytes {
            output.append(byte, escapedUnless: byte.isSegmentCharacter)
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Encodes text as the value of a form field: `+` for a space (`ap_escape_urlencoded`).
    public static func urlEncoded(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.bytes {
            let isSpace = byte == 0x20
            output.append(isSpace ? 0x2B : byte, escapedUnless: isSpace || byte.isFormCharacter)
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Undoes percent-encoding, and `+` if told so; nil where a percent sign begins no byte.
    public static func decode(_ text: String, plusIsSpace: Bool = false) -> String? {
        guard text.utf8.contains(where: { $0 == 0x25 || $0 == 0x2B }) else { return text }
        let bytes = text.bytes
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            var byte = bytes[index]
            if byte == 0x25 {
                guard index + 2 < bytes.count, let high = bytes[index + 1].hexadecimalValue,
                    let low = bytes[index + 2].hexadecimalValue
                else { return nil }
                byte = high << 4 | low
                index += 2
            } else if byte == 0x2B, plusIsSpace {
                byte = 0x20
            }
            output.append(byte)
            index += 1
        }
        return String(bytes: output.span)
    }

    /// Escapes text for HTML, in content and in attributes with double quotes (`ap_escape_html`).
    public static func html(_ text: String) -> String {
        guard text.utf8.contains(where: { htmlEntity($0) != nil }) else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            if let entity = htmlEntity(byte) {
                output.append(contentsOf: entity.utf8)
            } else {
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func htmlEntity(_ byte: UInt8) -> String? {
        switch byte {
        case 0x3C: "&lt;"
        case 0x3E: "&gt;"
        case 0x26: "&amp;"
        case 0x22: "&quot;"
        default: nil
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ byte: UInt8, escapedUnless isPlain: Bool) {
        guard !isPlain else { return append(byte) }
        append(0x25)
        append(hexadecimalDigit(byte >> 4))
        append(hexadecimalDigit(byte & 0xF))
    }
}

extension UInt8 {
    /// A letter, a digit, or one of `$-_.+!*'(),:@&=~`.
    fileprivate var isSegmentCharacter: Bool {
        isIn(low: 0x27ff_7fd2_0000_0000, high: 0x47ff_fffe_87ff_ffff)
    }

    /// The same, or `/` or `;`.
    fileprivate var isPathCharacter: Bool {
        isIn(low: 0x2fff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff)
    }

    /// A letter, a digit, or one of `.-*_`.
    fileprivate var isFormCharacter: Bool {
        isIn(low: 0x03ff_6400_0000_0000, high: 0x07ff_fffe_87ff_fffe)
    }
}
