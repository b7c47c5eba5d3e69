// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

extension ErrorLogFormat {
    /// - Throws: `LogFormatError` for an item there is not, or one without an end.
    public init(_ format: String) throws(LogFormatError) {
        var reader = ErrorLogFormatReader(rest: format[...])
        parts = try reader.parts()
    }
}

private struct ErrorLogFormatReader {
    var rest: Substring

    mutating func parts() throws(LogFormatError) -> [ErrorLogFormat.Part] {
        var parts: [ErrorLogFormat.Part] = []
        while let first = rest.first { parts.append(try readPart(first)) }
        return parts
    }

    private mutating func readPart(
        _ first: Character
    ) throws(LogFormatError) -> ErrorLogFormat.Part {
        if first != "%" { return .text(readText(), beginsField: first == " ") }
        rest.removeFirst()
        var beginsField = false
        if rest.first == " " {
            // The delimiter that writes nothing; what follows it begins the field.
            rest.removeFirst()
            beginsField = true
            guard let next = rest.first else { return .text([], beginsField: true) }
            if next != "%" { return .text(readText(), beginsField: true) }
            rest.removeFirst()
        }
        if rest.first == "%" {
            rest.removeFirst()
            return .text([UInt8(ascii: "%")], beginsField: beginsField)
        }
        return try readItem(beginsField: beginsField)
    }

    /// Text up to the next item or field.
    ///
    /// Blanks at its front belong to it.
    private mutating func readText() -> [UInt8] {
        var text = ""
        var isAtStart = true
        while let character = rest.first, character != "%", character != " " || isAtStart {
            rest.removeFirst()
            if character != " " { isAtStart = false }
            if character == "\\" {
                switch rest.popFirst() {
                case "n": text.append("\n")
                case "r": text.append("\r")
                case "t": text.append("\t")
                case let other?: text.append(other)
                case nil: break
                }
            } else {
                text.append(character)
            }
        }
        return text.bytes
    }

    private mutating func readItem(
        beginsField: Bool
    ) throws(LogFormatError) -> ErrorLogFormat.Part {
        var modifiers = ErrorLogFormat.Modifiers()
        var argument = ""
        while let character = rest.popFirst() {
            switch character {
            case "-": modifiers.printsDash = true
            case "+": modifiers.isRequired = true
            case "0"..."9":
                var digits = String(character)
                while let digit = rest.first, digit.isASCII, digit.isNumber {
                    digits.append(rest.removeFirst())
                }
                modifiers.level = Int(digits)
            case "{":
                argument = String(rest.prefix { $0 != "}" })
                rest = rest.dropFirst(argument.count + 1)
            default:
                guard let item = ErrorLogFormat.Item(character, argument) else {
                    throw LogFormatError(
                        problem: "Unrecognized error log format directive %\(character)")
                }
                return .item(item, modifiers, beginsField: beginsField)
            }
        }
        throw LogFormatError(
            problem: "Ran off end of error log format parsing args to some directive")
    }
}

extension ErrorLogFormat.Item {
    /// The item of that letter.
    fileprivate init?(_ letter: Character, _ argument: String) {
        switch letter {
        case "a": self = argument == "c" ? .peer : .client
        case "A": self = .localAddress
        case "e": self = argument.isEmpty ? .nothing : .environment(argument)
        case "E": self = .error
        case "F": self = .sourceFile
        case "i": self = argument.isEmpty ? .nothing : .field(FieldName(argument))
        case "k": self = .keepAliveRequests
        case "l": self = .level
        case "L" where argument == "c": self = .connectionID(onlyOfConnections: false)
        case "L" where argument == "C": self = .connectionID(onlyOfConnections: true)
        case "L": self = .requestID
        case "m": self = .module
        case "M": self = .message
        case "n": self = argument.isEmpty ? .nothing : .note(argument)
        case "P": self = .process
        case "t" where argument.contains("%"): self = .formattedTime(argument)
        case "t": self = .time(LogTime.Form(argument))
        case "T": self = argument == "g" ? .systemThread : .thread
        case "v": self = .canonicalName
        case "V": self = .serverName
        default: return nil
        }
    }
}

extension LogTime.Form {
    /// Reads the letters in the braces of `%{...}t`.
    fileprivate init(_ letters: String) {
        self.init(
            digits: letters.contains("u") ? 6 : letters.contains("m") ? 3 : 0,
            isCompact: letters.contains("c"), showsZone: letters.contains("z"))
    }
}
