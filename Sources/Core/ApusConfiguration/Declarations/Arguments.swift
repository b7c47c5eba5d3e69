// SPDX-License-Identifier: Apache-2.0

// The arguments that many directives share. Their messages are those of httpd, which names the
// directive in most of them; the remedy says what the author wrote and what would be right.

extension Argument where Value == Bool {
    /// `On` or `Off`.
    public static var flag: Self {
        Self("On|Off", arity: .flag) { words, context throws(ArgumentError) in
            switch words.first?.lowercased() {
            case "on": return true
            case "off": return false
            default:
                let name = context.directive
                let start = words.first.map { "'\($0)' is neither; " } ?? ""
                throw ArgumentError(
                    "\(name) must be On or Off",
                    remedy: "\(start)write \(name) On or \(name) Off")
            }
        }
    }
}

extension Argument where Value == String {
    /// One word as it stands.
    public static var string: Self { .word("string") { word, _ in word } }

    /// A file or directory; relative ones are under `ServerRoot`.
    public static var path: Self { .word("file-path") { word, context in context.resolve(word) } }

    /// All the text behind the name, quotes and all.
    public static var raw: Self { Self("text", arity: .raw) { $0[0] } }
}

extension Argument where Value == [String] {
    /// One word or more.
    public static var words: Self { Self("word [word] ...", arity: .oneOrMore) { $0 } }
}

extension Argument where Value == (String, String) {
    /// Two words.
    public static var pair: Self { Self("word word", arity: .two) { ($0[0], $0[1]) } }
}

extension Argument where Value == (String, String?) {
    /// One word or two.
    public static var optionalPair: Self {
        Self("word [word]", arity: .oneOrTwo) { ($0[0], $0.count > 1 ? $0[1] : nil) }
    }
}

extension Argument where Value: FixedWidthInteger & Sendable {
    /// A whole number within bounds.
    public static func integer(in range: ClosedRange<Value>) -> Self {
        .word("number") { word, context throws(ArgumentError) in
            guard let number = Value(word) else {
                throw ArgumentError(
                    "Invalid value for directive \(context.directive), expected integer",
                    remedy: "'\(word)' is no whole number; write \(wanted(range))")
            }
            guard range.contains(number) else {
                throw ArgumentError(
                    "\(context.directive) requires \(wanted(range))",
                    remedy: "\(number) is out of bounds")
            }
            return number
        }
    }

    /// A number of bytes, with K, M or G for the powers of 1024.
    public static var bytes: Self {
        .word("bytes") { word, context throws(ArgumentError) in
            let scales: [Character: Value] = ["k": 10, "m": 20, "g": 30]
            let scale = word.last.flatMap { scales[Character($0.lowercased())] }
            let digits = scale == nil ? word[...] : word.dropLast()
            let shift = scale ?? 0
            guard let number = Value(digits), number >= 0, number <= Value.max >> shift else {
                throw ArgumentError(
                    "\(context.directive) requires a non-negative integer.",
                    remedy: "'\(word)' is no size; write a number of bytes, or one with K, M or G")
            }
            return number << shift
        }
    }

    private static func wanted(_ range: ClosedRange<Value>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (0, .max): "a non-negative integer"
        case (1, .max): "a positive integer"
        case (.min, let upper): "an integer up to \(upper)"
        case (let lower, .max): "an integer from \(lower) on"
        case (let lower, let upper): "an integer between \(lower) and \(upper)"
        }
    }
}

extension Argument
where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// One of the cases of an enumeration, in any case of letters.
    ///
    /// - Parameter problem: Apache's words for anything else, where it has some of its own.
    public static func keywords(_ type: Value.Type, problem: String? = nil) -> Self {
        let cases = Array(Value.allCases)
        return .keyword(
            Dictionary(uniqueKeysWithValues: cases.map { ($0.rawValue, $0) }),
            order: cases.map(\.rawValue), problem: problem)
    }
}

extension Argument where Value: Sendable {
    /// A word that stands for a value, in any case of letters.
    ///
    /// - Parameters:
    ///   - order: the words in the order of the manual; alphabetically unless given.
    ///   - problem: Apache's words for anything else, where it has some of its own.
    public static func keyword(
        _ values: [String: Value], order: [String]? = nil, problem: String? = nil
    ) -> Self {
        let names = order ?? values.keys.sorted()
        let lowercased = Dictionary(
            values.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        return .word(names.joined(separator: "|")) { word, context throws(ArgumentError) in
            guard let value = lowercased[word.lowercased()] else {
                throw ArgumentError(
                    problem ?? "parameter must be \(alternatives(names))",
                    remedy: "'\(word)' is none of them; write \(context.directive) "
                        + names.joined(separator: "|"))
            }
            return value
        }
    }

    private static func alternatives(_ names: [String]) -> String {
        let quoted = names.map { "'\($0)'" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.joined() }
        if quoted.count == 2 { return "\(quoted[0]) or \(last)" }
        return quoted.dropLast().joined(separator: ", ") + ", or \(last)"
    }
}
