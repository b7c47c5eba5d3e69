// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A line: what it looks at, what it looks for, and the variables that follow from it.
struct EnvironmentRule: Sendable {
    let attribute: RequestAttribute
    let pattern: ValuePattern
    let changes: [EnvironmentChange]

    func apply(to request: inout Request) {
        switch attribute.withValue(of: request, pattern.find) {
        case .none: return
        case .plain: for change in changes { change.apply(to: &request.environment, filling: nil) }
        case .captured(let captures):
            for change in changes { change.apply(to: &request.environment, filling: captures) }
        }
    }
}

/// What a line does with one variable.
struct EnvironmentChange: Sendable {
    let name: String
    /// nil: the variable is removed.
    let value: String?

    /// `NAME`, `NAME=value` or `!NAME`.
    ///
    /// A value that begins with `!` removes the variable too.
    init(_ word: String) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[1].isEmpty {
            name = String(parts[0])
            value = parts[1].hasPrefix("!") ? nil : String(parts[1])
        } else {
            let isRemoved = parts[0].hasPrefix("!")
            name = String(isRemoved ? parts[0].dropFirst() : parts[0])
            value = isRemoved ? nil : "1"
        }
    }

    /// - Parameter captures: what `$0` to `$9` stand for; nil where they stand for themselves.
    func apply(to environment: inout Table, filling captures: Captures?) {
        guard let value else { return environment[name] = nil }
        environment[name] = captures?.expand(value) ?? value
    }
}

/// What a regular expression has found, with the text that it refers to.
struct Captures {
    let match: RegularExpression.Match
    let subject: String

    func expand(_ template: String) -> String { match.expand(template, subject: subject) }
}
