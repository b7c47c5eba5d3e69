// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// A format of the access log (`LogFormat`), read once and carried out for every request.
public struct LogFormat: Sendable {
    let items: [LogItem]

    /// Whether the name of the client's host is wanted (`%h`).
    var tellsNames: Bool {
        items.contains { if case .clientName = $0.value { true } else { false } }
    }

    /// The Common Log Format, which holds where no other was given.
    static let common = known(#"%h %l %u %t "%r" %>s %b"#)

    private static func known(_ text: String) -> LogFormat {
        do throws(LogFormatError) {
            return try LogFormat(text)
        } catch {
            preconditionFailure(error.problem)
        }
    }
}

/// A format that cannot be understood.
public struct LogFormatError: Error, Sendable {
    /// In Apache's words.
    public let problem: String
}

extension LogFormat {
    /// Reads a format: text with C's escapes, and items such as `%!200,304<{Referer}i`.
    ///
    /// - Throws: `LogFormatError` for an item there is not, or one without an end.
    public init(_ format: String) throws(LogFormatError) {
        var reader = LogFormatReader(bytes: format.bytes)
        items = try reader.items()
    }
}

/// Reads a format from front to back.
private struct LogFormatReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func items() throws(LogFormatError) -> [LogItem] {
        var items: [LogItem] = []
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\\"): readEscape(into: &text)
            case UInt8(ascii: "%") where next == UInt8(ascii: "%"):
                position += 1
                text.append(byte)
            case UInt8(ascii: "%"):
                if !text.isEmpty { items.append(LogItem(value: .text(text))) }
                text = []
                items.append(try readItem())
            default: text.append(byte)
            }
        }
        text.append(0x0A)
        items.append(LogItem(value: .text(text)))
        return items
    }

    private mutating func readEscape(into text: inout [UInt8]) {
        let escapes: [UInt8: UInt8] = [
            UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
            UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        ]
        if let byte = next, let meant = escapes[byte] {
            text.append(meant)
            position += 1
        } else {
            text.append(UInt8(ascii: "\\"))
        }
    }

    /// The item behind a `%`: modifiers in any order, then its letter.
    private mutating func readItem() throws(LogFormatError) -> LogItem {
        var statuses: [UInt16] = []
        var isNegated = false
        var usesOriginal: Bool?
        var argument: String?
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "!"): isNegated.toggle()
            case UInt8(ascii: "<"): usesOriginal = true
            case UInt8(ascii: ">"): usesOriginal = false
            case UInt8(ascii: ","): break
            case UInt8(ascii: "{"): argument = readArgument()
            case UInt8(ascii: "0")...UInt8(ascii: "9"): statuses.append(readStatus(after: byte))
            default:
                position -= 1
                let (name, value) = try readValue(argument ?? "")
                return LogItem(
                    value: value, usesOriginal: usesOriginal ?? Self.original.contains(name),
                    condition: statuses.isEmpty
                        ? nil : StatusCondition(statuses: statuses, isNegated: isNegated))
            }
        }
        throw LogFormatError(problem: "Ran off end of LogFormat parsing args to some directive")
    }

    private static let original: Set<String> = ["s", "U", "T", "D", "r"]

    private mutating func readArgument() -> String {
        let start = position
        while let byte = next, byte != UInt8(ascii: "}") { position += 1 }
        defer { if next != nil { position += 1 } }
        return String(bytes: bytes.span.extracting(start..<position))
    }

    private mutating func readStatus(after first: UInt8) -> UInt16 {
        var status = UInt16(first - UInt8(ascii: "0"))
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            status = status &* 10 &+ UInt16(byte - UInt8(ascii: "0"))
            position += 1
        }
        return status
    }

    private mutating func readValue(
        _ argument: String
    ) throws(LogFormatError) -> (name: String, LogItem.Value) {
        // `^ti`: names of three characters leave the letters to others.
        if next == UInt8(ascii: "^"), position + 2 < bytes.count {
            let name = String(bytes: bytes.span.extracting(position..<position + 3))
            if let value = LogItem.Value(name, argument) {
                position += 3
                return (name, value)
            }
        }
        let name = String(bytes: bytes.span.extracting(position..<position + 1))
        position += 1
        guard let value = LogItem.Value(name, argument) else {
            throw LogFormatError(problem: "Unrecognized LogFormat directive %\(name)")
        }
        return (name, value)
    }
}
