// SPDX-License-Identifier: Apache-2.0

/// A format that cannot be understood.
public struct LogFormatError: Error, Sendable {
    public let problem: String
}

extension ErrorLogFormat {
    /// - Throws: `LogFormatError` for an item there is not.
    public init(_ format: String) throws(LogFormatError) {
        var parts: [Part] = []
        var text = ""
        var rest = format[...]
        func flush() {
            if !text.isEmpty { parts.append(.text(text)) }
            text = ""
        }
        while let character = rest.popFirst() {
            switch character {
            case "\\":
                text.append(rest.popFirst() ?? "\\")
            case " ":
                flush()
                parts.append(.delimiter(" "))
            case "%":
                if rest.first == "%" {
                    rest.removeFirst()
                    text.append("%")
                } else if rest.first == " " {
                    rest.removeFirst()
                    flush()
                    parts.append(.delimiter(""))
                } else {
                    flush()
                    parts.append(try Self.item(&rest))
                }
            default: text.append(character)
            }
        }
        flush()
        self.parts = parts
    }

    private static func item(_ rest: inout Substring) throws(LogFormatError) -> Part {
        var modifiers = Modifiers()
        var argument: String?
        var digits = ""
        while let character = rest.popFirst() {
            switch character {
            case "-": modifiers.printsDash = true
            case "+": modifiers.isRequired = true
            case "0"..."9":
                digits.append(character)
                // %7F: only where the message's level is at least debug.
                modifiers.minimumLevel = Int(digits).flatMap(LogLevel.init(rawValue:))
            case "{":
                guard let end = rest.firstIndex(of: "}") else {
                    throw LogFormatError(problem: "'{' without '}' in ErrorLogFormat")
                }
                argument = String(rest[..<end])
                rest = rest[rest.index(after: end)...]
            default: return .item(try item(character, argument), modifiers)
            }
        }
        throw LogFormatError(problem: "ErrorLogFormat ends within an item")
    }

    private static func item(
        _ character: Character, _ argument: String?
    ) throws(LogFormatError) -> Item {
        switch (character, argument) {
        case ("a", "c"): .peer
        case ("a", _): .client
        case ("A", _): .localAddress
        case ("e", let name?): .environment(name)
        case ("E", _): .error
        case ("F", _): .sourceFile
        case ("i", let name?): .field(name)
        case ("k", _): .keepAliveRequests
        case ("l", _): .level
        case ("L", "c"), ("L", "C"): .connectionID
        case ("L", _): .requestID
        case ("m", _): .module
        case ("M", _): .message
        case ("n", let name?): .note(name)
        case ("P", _): .process
        case ("T", _): .thread
        case ("t", nil): .time(precise: false, compact: false)
        case ("t", "u"): .time(precise: true, compact: false)
        case ("t", "cu"), ("t", "uc"): .time(precise: true, compact: true)
        case ("t", "c"): .time(precise: false, compact: true)
        case ("t", let format?): .formattedTime(format)
        case ("v", _): .serverName
        case ("V", _): .hostname
        default:
            throw LogFormatError(
                problem: "Unrecognized error log format directive %\(argument.map { "{\($0)}" } ?? "")\(character)")
        }
    }
}
