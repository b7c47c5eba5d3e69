// SPDX-License-Identifier: Apache-2.0

// Ready-made arguments.

extension Argument where Value == Bool {
    /// `On` or `Off`.
    public static var flag: Self {
        Argument("On|Off", arity: .flag) { words, context throws(ArgumentError) in
            switch words.first?.lowercased() {
            case "on": return true
            case "off": return false
            case let word:
                throw ArgumentError(
                    "\(context.directive) must be On or Off",
                    remedy: "'\(word ?? "")' is neither; write \(context.directive) On or "
                        + "\(context.directive) Off")
            }
        }
    }
}

extension Argument where Value == String {
    /// One word as it stands.
    public static var string: Self { .word("string") { word, _ in word } }

    /// One word that is a path, resolved against `ServerRoot`.
    public static var path: Self { .word("file-path") { word, context in context.resolve(word) } }

    /// The text behind the name, unread.
    public static var raw: Self { Argument("text", arity: .raw) { words in words[0] } }
}

extension Argument where Value == [String] {
    /// All the words of the line.
    public static var words: Self { Argument("word [word] ...", arity: .oneOrMore) { words in words } }
}

extension Argument where Value == Int {
    /// A decimal number.
    public static func integer(in range: ClosedRange<Int>) -> Self {
        .word("number") { word, context throws(ArgumentError) in
            guard let number = Int(word), range.contains(number) else {
                throw ArgumentError(
                    "\(context.directive) must be \(limits(range))", remedy: "'\(word)' is not")
            }
            return number
        }
    }

    private static func limits(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "a number of at least \(range.lowerBound)"
            : "a number from \(range.lowerBound) to \(range.upperBound)"
    }
}

extension Argument where Value == Duration {
    /// A time in seconds, or with a unit: `ms`, `s`, `mi` or `h`.
    public static var duration: Self {
        .word("seconds") { word, context throws(ArgumentError) in
            let digits = word.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int64(digits), number <= 1 << 40,
                let duration = scaled(number, by: word.dropFirst(digits.count).lowercased())
            else {
                throw ArgumentError(
                    "\(context.directive) has wrong format",
                    remedy: "write a number of seconds, or one with a unit: 500ms, 30s, 5min, 1h")
            }
            return duration
        }
    }

    private static func scaled(_ number: Int64, by unit: String) -> Duration? {
        switch unit {
        case "", "s": .seconds(number)
        case "ms": .milliseconds(number)
        case "mi", "min": .seconds(number * 60)
        case "h": .seconds(number * 3600)
        default: nil
        }
    }
}

extension Argument
where Value: RawRepresentable & CaseIterable & SendableMetatype, Value.RawValue == String {
    /// One of the words of an enumeration, in any case.
    public static func keywords(_ type: Value.Type) -> Self {
        let names = Value.allCases.map(\.rawValue)
        return .word(names.joined(separator: "|")) { word, context throws(ArgumentError) in
            guard let value = Value(rawValue: word.lowercased()) else {
                throw ArgumentError(
                    "\(context.directive) must be one of: \(names.joined(separator: " | "))",
                    remedy: "'\(word)' is none of them")
            }
            return value
        }
    }
}
