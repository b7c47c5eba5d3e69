// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

// What a client says must not forge a line of a log, nor move the cursor of a terminal on which
// somebody reads it. Control characters, bytes beyond ASCII, backslashes and (in the access log,
// where values stand in quotes) quotes are escaped, in the notation of httpd.

/// Which bytes stand for themselves in a log.
enum LogEscaping {
    /// Values in the access log.
    case value
    /// Messages in the error log.
    case message

    @inline(__always)
    func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != 0x5C && (byte != 0x22 || self == .message)
    }
}

extension [UInt8] {
    /// Appends text of unknown origin to a log line.
    mutating func append(escaping bytes: Span<UInt8>, as escaping: LogEscaping = .value) {
        // Most of what comes is plain, and is copied in one go.
        var start = 0
        for index in bytes.indices where !escaping.isPlain(bytes[index]) {
            append(copying: bytes.extracting(start..<index))
            appendEscape(of: bytes[index])
            start = index + 1
        }
        append(copying: bytes.extracting(start..<bytes.count))
    }

    mutating func append(escaping text: String, as escaping: LogEscaping = .value) {
        text.withBytes { append(escaping: $0, as: escaping) }
    }

    private mutating func appendEscape(of byte: UInt8) {
        append(0x5C)
        switch byte {
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0B: append(UInt8(ascii: "v"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0x5C, 0x22: append(byte)
        default:
            append(UInt8(ascii: "x"))
            if byte < 0x10 { append(0x30) }
            append(hexadecimal: Int(byte))
        }
    }
}

extension String {
    /// As a value stands in the access log (`ap_escape_logitem`), for pages that show requests.
    public var logItemEscaped: String {
        var escaped: [UInt8] = []
        escaped.append(escaping: self)
        return String(decoding: escaped, as: UTF8.self)
    }
}
