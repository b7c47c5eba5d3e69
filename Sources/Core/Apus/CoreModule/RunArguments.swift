// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusRuntime

/// Arguments of the directives about the run as a whole.
enum RunArguments {
    /// `Mutex`: the mechanism, then the mutexes that it is for.
    ///
    /// Locks here are kernel objects without names, so a mechanism is checked and told by
    /// `httpd -S`, and nothing else follows from it.
    static let mutex = Argument<[String]>("mechanism [mutex-name] ...", arity: .oneOrMore) {
        words, context throws(ArgumentError) in
        let parts = words[0].split(separator: ":", maxSplits: 1).map(String.init)
        guard let mechanism = parts.first?.lowercased(), mechanisms.contains(mechanism),
            parts.count == 1 || mechanismsWithFile.contains(mechanism)
        else {
            throw ArgumentError(
                "Invalid Mutex argument \(words[0]) (Mutex mechanisms are: 'none', 'default', "
                    + "'flock:/path/to/file', 'fcntl:/path/to/file', 'file:/path/to/file', "
                    + "'pthread', 'sysvsem', 'posixsem', 'sem')")
        }
        if parts.count == 2, FileStatus(of: context.resolve(parts[1]))?.isDirectory != true {
            throw ArgumentError("Invalid Mutex directory in argument \(words[0])")
        }
        return words
    }

    private static let mechanisms: Set = [
        "none", "no", "default", "flock", "fcntl", "file", "pthread", "sysvsem", "posixsem", "sem",
    ]
    private static let mechanismsWithFile: Set = ["flock", "fcntl", "file"]

    /// `RegexDefaultOptions`: changes what there is, or begins anew with an option without sign.
    static let regularExpressionOptions = Argument<RegularExpression.Options>(
        "[none] [+|-]option ...", arity: .oneOrMore
    ) { words, context throws(ArgumentError) in
        var options = RegularExpression.Options.standard
        for word in words {
            if word.lowercased() == "none" {
                options = []
                continue
            }
            let isSigned = word.hasPrefix("+") || word.hasPrefix("-")
            let name = isSigned ? String(word.dropFirst()) : word
            guard let option = named[name.uppercased()] else {
                throw ArgumentError("\(context.directive): option '\(name)' unknown")
            }
            if word.hasPrefix("-") {
                options.remove(option)
            } else if isSigned {
                options.insert(option)
            } else {
                options = option
            }
        }
        return options
    }

    private static let named: [String: RegularExpression.Options] = [
        "ICASE": .ignoreCase, "EXTENDED": .extended, "DOTALL": .dotAll,
        "DOLLAR_ENDONLY": .dollarEndOnly,
    ]
}
