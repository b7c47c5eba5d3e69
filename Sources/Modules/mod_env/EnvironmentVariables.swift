// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What the lines of a section, taken together, say about variables.
struct EnvironmentVariables: Mergeable, Sendable {
    /// In the order in which they were first named.
    private(set) var values: [(name: String, value: String)] = []
    /// Those that outer sections may set, and this one takes away.
    var removed: [String] = []

    /// `UnsetEnv` takes away what was set before it, here and further out; a `SetEnv` behind it
    /// sets anew.
    func merged(over parent: Self) -> Self {
        var result = parent
        for name in removed {
            result.values.removeAll { equalsIgnoringCase($0.name, name) }
            result.removed.append(name)
        }
        for (name, value) in values { result.set(name, value) }
        return result
    }

    mutating func set(_ name: String, _ value: String) {
        if let index = values.firstIndex(where: { equalsIgnoringCase($0.name, name) }) {
            values[index].value = value
        } else {
            values.append((name, value))
        }
    }
}

extension EnvironmentVariables {
    /// `SetEnv NAME [value]`.
    static let set = Argument<Self>("env-variable [value]", arity: .oneOrTwo) {
        words, context throws(ArgumentError) in
        warnOfEqualsSign(words[0], context)
        var variables = Self()
        variables.set(words[0], words.count > 1 ? words[1] : "")
        return variables
    }

    /// A word of `UnsetEnv NAME ...`.
    static let unset = Argument<Self>("env-variable", arity: .iterate) {
        words, context throws(ArgumentError) in
        warnOfEqualsSign(words[0], context)
        var variables = Self()
        variables.removed = words
        return variables
    }

    /// A word of `PassEnv NAME ...`: the value is that of the server's own environment.
    static let passed = Argument<Self>("env-variable", arity: .iterate) {
        words, context throws(ArgumentError) in
        warnOfEqualsSign(words[0], context)
        var variables = Self()
        if let value = ProcessEnvironment.value(words[0]) {
            variables.set(words[0], value)
        } else {
            context.warn("AH01506", "PassEnv variable \(words[0]) was undefined")
        }
        return variables
    }

    /// `SetEnv NAME=value` is a shell's way, and sets a variable of a strange name here.
    private static func warnOfEqualsSign(_ word: String, _ context: DirectiveContext) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        context.warn(
            "AH10032",
            "Spurious usage of '=' in an environment variable name. "
                + "'\(context.directive) \(parts[0]) \(parts[1])' expected instead?")
    }
}
