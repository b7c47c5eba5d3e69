// SPDX-License-Identifier: Apache-2.0

/// How the words of a directive become a value, and how to say what was wanted.
///
/// A module makes its own where none of the ready-made ones fits:
///
///     static let argument = Argument("field value") { words throws(ArgumentError) in ... }
public struct Argument<Value>: Sendable {
    /// As the manual writes it: `On|Off`, `seconds`, `URL-path file-path`.
    public let usage: String
    public let arity: Arity
    /// Reads the words that `arity` hands over together; `.raw` hands over one, the whole text.
    public let parse: @Sendable ([String], DirectiveContext) throws(ArgumentError) -> Value

    public init(
        _ usage: String, arity: Arity = .oneOrMore,
        _ parse: @escaping @Sendable ([String], DirectiveContext) throws(ArgumentError) -> Value
    ) {
        self.usage = usage
        self.arity = arity
        self.parse = parse
    }

    /// An argument that reads the same in any place.
    public init(
        _ usage: String, arity: Arity = .oneOrMore,
        _ parse: @escaping @Sendable ([String]) throws(ArgumentError) -> Value
    ) {
        self.init(usage, arity: arity) { words, _ throws(ArgumentError) in try parse(words) }
    }

    /// An argument of one word.
    public static func word(
        _ usage: String,
        _ parse: @escaping @Sendable (String, DirectiveContext) throws(ArgumentError) -> Value
    ) -> Self {
        Self(usage, arity: .one) { words, context throws(ArgumentError) in
            try parse(words[0], context)
        }
    }

    /// The same words read further, into another value.
    public func map<Other>(
        _ transform: @escaping @Sendable (Value) throws(ArgumentError) -> Other
    ) -> Argument<Other> {
        Argument<Other>(usage, arity: arity) { words, context throws(ArgumentError) in
            try transform(try parse(words, context))
        }
    }

    /// Each word of the line is one such value.
    public var iterated: Self {
        Self("\(usage) [\(usage)] ...", arity: .iterate, parse)
    }

    /// The same argument described by other words in the manual.
    public func named(_ usage: String) -> Self { Self(usage, arity: arity, parse) }
}
