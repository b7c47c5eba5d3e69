// SPDX-License-Identifier: Apache-2.0

/// The options of a2query: single letters, three of them with an optional name.
struct QueryOptions: Equatable {
    /// What to look for, by kind; an empty name stands for all.
    var queries: [Kind: String] = [:]
    /// The letters without a name.
    var flags: Set<Character> = []
    var faults: [String] = []

    private static let kinds: [Character: Kind] = ["m": .module, "s": .site, "c": .conf]

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.first, argument.hasPrefix("-"), argument.count > 1 {
            rest.removeFirst()
            if argument == "--" { return }
            take(argument.dropFirst(), &rest)
        }
    }

    /// Takes the letters of one argument; a name is what follows its letter, or the next argument.
    private mutating func take(_ letters: Substring, _ rest: inout ArraySlice<String>) {
        var letters = letters
        while let letter = letters.popFirst() {
            if let kind = Self.kinds[letter] {
                queries[kind] = letters.isEmpty ? rest.popFirst() ?? "" : String(letters)
                return
            } else if "havMdq".contains(letter) {
                flags.insert(letter)
            } else {
                faults.append("Unknown option: \(letter)")
            }
        }
    }

    /// Whether there is nothing to answer, so that the usage is.
    var asksNothing: Bool { queries.isEmpty && flags.isEmpty }
}
