// SPDX-License-Identifier: Apache-2.0

/// The command line of rotatelogs.
struct RotationOptions: Equatable {
    struct Fault: Error, Equatable {
        let message: String
        var showsUsage = true
    }

    var isLocalTime = false
    var opensImmediately = false
    var makesFolders = false
    /// One file, emptied instead of followed by another (`-t`).
    var truncates = false
    /// Every file but the first is emptied when it is opened (`-T`).
    var truncatesLater = false
    var isVerbose = false
    var echoes = false
    /// Each interval has a file, even if nothing is logged (`-c`).
    var createsEmpty = false
    var linkName: String?
    var program: String?
    /// How many files are used in turn (`-n`).
    var fileCount: Int?

    var logFile = ""
    /// Seconds between rotations; nil when only the size counts.
    var interval: Int?
    /// Bytes after which a file is full; nil when only the time counts.
    var maximumSize: Int?
    var utcOffsetMinutes = 0

    init(_ arguments: [String]) throws(Fault) {
        var rest = arguments[...]
        while let argument = rest.first, argument.hasPrefix("-"), argument.count > 1 {
            rest.removeFirst()
            if argument == "--" { break }
            try take(letters: argument.dropFirst(), &rest)
        }
        try take(operands: Array(rest))
        if fileCount != nil, logFile.contains("%") {
            throw Fault(message: "Cannot use -n with % in filename", showsUsage: false)
        }
    }

    var zone: RotationClock.Zone {
        isLocalTime ? .local : .offset(seconds: utcOffsetMinutes * 60)
    }

    var opensAtOnce: Bool { opensImmediately || createsEmpty && interval != nil }

    private mutating func take(
        letters: Substring, _ rest: inout ArraySlice<String>
    ) throws(Fault) {
        var letters = letters
        while let letter = letters.popFirst() {
            switch letter {
            case "l": isLocalTime = true
            case "f": opensImmediately = true
            case "D": makesFolders = true
            case "t": truncates = true
            case "T": truncatesLater = true
            case "v": isVerbose = true
            case "e": echoes = true
            case "c": createsEmpty = true
            case "L", "p", "n":
                guard let value = letters.isEmpty ? rest.popFirst() : String(letters) else {
                    throw Fault(message: "rotatelogs: option requires an argument -- \(letter)")
                }
                return try take(value, for: letter)
            default:
                throw Fault(message: "rotatelogs: illegal option -- \(letter)")
            }
        }
    }

    private mutating func take(_ value: String, for letter: Character) throws(Fault) {
        switch letter {
        case "L": linkName = value
        case "p": program = value
        default:
            guard let count = Self.leadingNumber(value[...]), count > 0 else {
                throw Fault(message: "Invalid -n argument", showsUsage: false)
            }
            fileCount = count
        }
    }

    private mutating func take(operands: [String]) throws(Fault) {
        guard (2...4).contains(operands.count) else {
            throw Fault(message: "Incorrect number of arguments")
        }
        logFile = operands[0]
        for (index, operand) in operands.enumerated().dropFirst() {
            if operand.contains(where: { "BKMG".contains($0) }) {
                try take(size: operand)
            } else if index == operands.count - 1, interval != nil || maximumSize != nil {
                try take(offset: operand)
            } else {
                try take(interval: operand)
            }
        }
    }

    private mutating func take(size text: String) throws(Fault) {
        guard maximumSize == nil else {
            throw Fault(message: "Rotation size parameter allowed only once")
        }
        let units: [Character: Int] = ["B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        guard let unit = text.last.flatMap({ units[$0] }),
            let number = Self.leadingNumber(text.dropLast()), number > 0,
            case let (size, overflow) = number.multipliedReportingOverflow(by: unit), !overflow
        else { throw Fault(message: "Invalid rotation size parameter") }
        maximumSize = size
    }

    private mutating func take(interval text: String) throws(Fault) {
        guard interval == nil else {
            throw Fault(message: "Rotation time parameter allowed only once")
        }
        // Half of what there is, so that the end of an interval can be computed.
        guard let seconds = Self.leadingNumber(text[...]), (1...Int.max / 4).contains(seconds)
        else { throw Fault(message: "Invalid rotation time parameter") }
        interval = seconds
    }

    private mutating func take(offset text: String) throws(Fault) {
        guard !isLocalTime else {
            throw Fault(message: "UTC offset parameter is not valid with -l")
        }
        utcOffsetMinutes = max(-1_000_000, min(1_000_000, Self.leadingNumber(text[...]) ?? 0))
    }

    /// The number that a text begins with, as C's `atoi` reads it.
    private static func leadingNumber(_ text: Substring) -> Int? {
        let sign = text.prefix { $0 == "-" || $0 == "+" }
        let digits = text.dropFirst(sign.count).prefix { $0.isASCII && $0.isNumber }
        return sign.count > 1 ? nil : Int(sign + digits)
    }
}

extension RotationOptions: CustomStringConvertible {
    /// What `-v` tells first, in the layout of Apache's rotatelogs.
    var description: String {
        let rows: [(String, String)] = [
            ("Rotation time interval", "\(interval ?? 0)"),
            ("Rotation size interval", "\(maximumSize ?? 0)"),
            ("Rotation time UTC offset", "\(utcOffsetMinutes * 60)"),
            ("Rotation based on localtime", isLocalTime ? "yes" : "no"),
            ("Rotation file date pattern", logFile.contains("%") ? "yes" : "no"),
            ("Rotation file forced open", opensImmediately ? "yes" : "no"),
            ("Create parent directories", makesFolders ? "yes" : "no"),
            ("Rotation verbose", "yes"),
            ("Rotation create empty logs", createsEmpty ? "yes" : "no"),
            ("Rotation file name", logFile),
            ("Post-rotation prog", program ?? "not used"),
        ]
        return rows.map { name, value in
            let label = name + ":"
            let width = max(41 - label.count, value.count + 1)
            return label + String(repeating: " ", count: width - value.count) + value + "\n"
        }.joined()
    }
}
