// SPDX-License-Identifier: Apache-2.0

/// How many words a directive takes, and how they are handed to its argument.
///
/// The names are those of httpd's TAKE1, TAKE12, ITERATE and so on.
public enum Arity: Hashable, Sendable {
    case none, one, two, three
    case oneOrTwo, twoOrThree, oneTwoOrThree, oneOrThree
    /// `On` or `Off`; words behind it are ignored, as httpd does.
    case flag
    /// Each word is an argument by itself.
    case iterate
    /// The first word goes with each of the others.
    case iterate2
    /// All the words at once, at least one.
    case oneOrMore
    /// All the words at once, or none.
    case any
    /// The text behind the name as one word, unread.
    case raw

    /// Divides the words of a line into the arguments they are, in Apache's words where they are
    /// too few or too many.
    ///
    /// - Parameter help: what `httpd -L` says of the arguments.
    func arguments(
        in node: ConfigNode, directive: String, help: String
    ) throws(ArgumentError) -> [[String]] {
        if self == .raw { return [[node.arguments]] }
        let words = node.words
        switch self {
        case .raw, .any:
            return [words]
        case .none:
            guard words.isEmpty else { throw ArgumentError("\(directive) takes no arguments") }
            return [[]]
        case .flag:
            return [Array(words.prefix(1))]
        case .iterate:
            // An empty word ends the list, as in httpd.
            let filled = words.prefix { !$0.isEmpty }
            try check(!filled.isEmpty, directive, "requires at least one argument", help)
            return filled.map { [$0] }
        case .iterate2:
            let filled = words.count >= 2 && !words[0].isEmpty
            try check(filled, directive, "requires at least two arguments", help)
            return words.dropFirst().prefix { !$0.isEmpty }.map { [words[0], $0] }
        case .oneOrMore:
            try check(!words.isEmpty, directive, "requires at least one argument", help)
            return [words]
        default:
            return [try counted(words, directive, help)]
        }
    }

    private func counted(
        _ words: [String], _ directive: String, _ help: String
    ) throws(ArgumentError) -> [String] {
        var words = words
        // `Alias /a ""` has one argument: an empty optional word counts as missing.
        let optional = words.count - leastCount
        if optional > 0, words.count <= mostCount, words.last!.isEmpty { words.removeLast() }
        let fits =
            (leastCount...mostCount).contains(words.count)
            && !(self == .oneOrThree && words.count == 2)
        let filled = words.prefix(leastCount).allSatisfy { !$0.isEmpty }
        try check(fits && filled, directive, requirement, help)
        return words
    }

    private func check(
        _ holds: Bool, _ directive: String, _ requirement: String, _ help: String
    ) throws(ArgumentError) {
        if !holds {
            throw ArgumentError("\(directive) \(requirement)" + (help.isEmpty ? "" : ", \(help)"))
        }
    }

    private var leastCount: Int {
        switch self {
        case .two, .twoOrThree: 2
        case .three: 3
        default: 1
        }
    }

    private var mostCount: Int {
        switch self {
        case .one: 1
        case .two, .oneOrTwo: 2
        default: 3
        }
    }

    private var requirement: String {
        switch self {
        case .one: "takes one argument"
        case .two: "takes two arguments"
        case .three: "takes three arguments"
        case .oneOrTwo: "takes 1-2 arguments"
        case .twoOrThree: "takes two or three arguments"
        case .oneTwoOrThree: "takes one, two or three arguments"
        default: "takes one or three arguments"
        }
    }
}
