// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// Text as the error log may hold it.
///
/// What a client or a file says must not forge a line or move a terminal's cursor, so backslashes,
/// control characters and bytes beyond ASCII are escaped, in the notation of httpd's error log.
public enum ErrorLogText {
    public static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: needsEscape) else { return text }
        var result = ""
        for byte in text.bytes {
            if needsEscape(byte) {
                result += escaped(byte)
            } else {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return result
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte >= 0x7F || byte == UInt8(ascii: "\\")
    }

    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\\"): return "\\\\"
        case 0x08: return "\\b"
        case 0x09: return "\\t"
        case 0x0A: return "\\n"
        case 0x0B: return "\\v"
        case 0x0D: return "\\r"
        default:
            let digits = String(byte, radix: 16)
            return "\\x" + (digits.count == 1 ? "0" : "") + digits
        }
    }
}
