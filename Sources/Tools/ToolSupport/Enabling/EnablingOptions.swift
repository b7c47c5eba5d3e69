// SPDX-License-Identifier: Apache-2.0

/// The options of a2enmod and its kin, and the names given with them.
///
/// Options may stand after names, be bundled (`-qf`), and be shortened when long (`--pur`).
struct EnablingOptions: Equatable {
    var isQuiet = false
    var isForced = false
    /// A package's script acts, not the administrator.
    var isMaintenance = false
    /// Forget who enabled or disabled it.
    var purges = false
    var names: [String] = []
    /// What to say about options there are not; the command then exits with 2.
    var faults: [String] = []

    private static let long: [(name: String, letter: Character)] = [
        ("quiet", "q"), ("force", "f"), ("maintmode", "m"), ("purge", "p"),
    ]

    init() {}

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                names += rest
                return
            } else if argument.hasPrefix("--") {
                takeLong(argument.dropFirst(2))
            } else if argument.hasPrefix("-"), argument.count > 1 {
                for letter in argument.dropFirst() { take(letter) }
            } else {
                names.append(argument)
            }
        }
    }

    private mutating func take(_ letter: Character) {
        switch letter {
        case "q": isQuiet = true
        case "f": isForced = true
        case "m": isMaintenance = true
        case "p": purges = true
        default: faults.append("Unknown option: \(letter)")
        }
    }

    private mutating func takeLong(_ text: Substring) {
        let name = text.prefix { $0 != "=" }.lowercased()
        guard let option = Self.long.first(where: { !name.isEmpty && $0.name.hasPrefix(name) })
        else {
            return faults.append("Unknown option: \(name)")
        }
        if text.contains("=") {
            faults.append("Option \(name) does not take an argument")
        } else {
            take(option.letter)
        }
    }
}
