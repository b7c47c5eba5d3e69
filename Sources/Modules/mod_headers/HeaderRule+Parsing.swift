// SPDX-License-Identifier: Apache-2.0

internal import Apus

// How the lines are read, with what is wrong with them in httpd's words.

/// A line `Header`: the rule, and whether it acts on all responses.
struct ResponseHeaderRule: Sendable {
    let isAlways: Bool
    let rule: HeaderRule

    static let argument = Argument<Self>(
        "[onsuccess|always] add|append|echo|edit|edit*|merge|set|setifempty|unset|note header "
            + "[[expr=]value [replacement]] [early|env=[!]varname|expr=expression]",
        arity: .raw
    ) { words, context throws(ArgumentError) in
        var words = ConfigWords(words[0])
        var action = words.next() ?? ""
        let isAlways = action.lowercased() == "always"
        if isAlways || action.lowercased() == "onsuccess" { action = words.next() ?? "" }
        return Self(isAlways: isAlways, rule: try HeaderRule(action, &words, .response, context))
    }
}

extension HeaderRule {
    static let requestArgument = Argument<Self>(
        "add|append|edit|edit*|merge|set|setifempty|unset header "
            + "[[expr=]value [replacement]] [early|env=[!]varname|expr=expression]",
        arity: .raw
    ) { words, context throws(ArgumentError) in
        var words = ConfigWords(words[0])
        let action = words.next() ?? ""
        return try Self(action, &words, .request, context)
    }

    enum Message: Sendable { case request, response }

    fileprivate init(
        _ action: String, _ words: inout ConfigWords, _ message: Message,
        _ context: DirectiveContext
    ) throws(ArgumentError) {
        var line = try HeaderLine(action.lowercased(), &words, context)
        self.action = try line.action(of: message)
        name = try line.fieldName(for: self.action)
        (moment, condition) = try line.clause()
    }
}

/// The words of a line.
private struct HeaderLine {
    let action: String
    let name: String
    private var arguments: [String]

    init(
        _ action: String, _ words: inout ConfigWords, _ context: DirectiveContext
    ) throws(ArgumentError) {
        self.action = action
        name = words.next() ?? ""
        arguments = []
        while arguments.count < 3, let word = words.next() { arguments.append(word) }
        guard words.rest.isEmpty else {
            throw ArgumentError("\(context.directive) has too many arguments")
        }
    }

    /// Takes the words that belong to the action.
    mutating func action(of message: HeaderRule.Message) throws(ArgumentError) -> HeaderRule.Action
    {
        switch action {
        case "set": return .set(try value())
        case "setifempty": return .setIfEmpty(try value())
        case "add": return .add(try value())
        case "append": return .append(try value())
        case "merge": return .merge(try value())
        case "unset":
            try limit(to: 1, "header unset takes two arguments")
            return .unset
        case "echo":
            try limit(to: 1, "Header echo takes two arguments")
            guard message == .response else {
                throw ArgumentError("Header echo only valid on Header directives")
            }
            return .echo(try expression(name, "Header echo regex could not be compiled"))
        case "edit", "edit*": return .edit(try edit())
        case "note":
            guard message == .response else {
                throw ArgumentError("RequestHeader does not support the 'note' action")
            }
            return .note(try value())
        default:
            throw ArgumentError(
                "first argument must be 'add', 'set', 'setifempty', 'append', 'merge', 'unset', "
                    + "'echo', 'note', 'edit', or 'edit*'.")
        }
    }

    /// The name, which may have a colon behind it; that of `echo` is a regular expression.
    func fieldName(for action: HeaderRule.Action) throws(ArgumentError) -> FieldName {
        let text = String(name.prefix { $0 != ":" })
        if case .echo = action { return FieldName(text) }
        var fields = Fields()
        guard fields.append(text, "") else {
            throw ArgumentError(
                "'\(text)' is not the name of a header field",
                remedy: "a name has letters, digits and any of !#$%&'*+-.^_`|~")
        }
        return FieldName(text)
    }

    private mutating func value() throws(ArgumentError) -> HeaderValue {
        guard !arguments.isEmpty else { throw ArgumentError("Header requires three arguments") }
        let text = arguments.removeFirst()
        try limit(to: 1, "Too many arguments to directive")
        if text.lowercased().hasPrefix("expr=") { throw .expression(in: "Header value expr=") }
        return try HeaderValue(text)
    }

    private mutating func edit() throws(ArgumentError) -> HeaderEdit {
        guard arguments.count >= 2 else {
            throw ArgumentError("Header edit requires a match and a substitution")
        }
        let pattern = try expression(
            arguments.removeFirst(), "Header edit regex could not be compiled")
        return HeaderEdit(
            pattern: pattern, replacement: try HeaderValue(arguments.removeFirst()),
            isRepeated: action == "edit*")
    }

    private func expression(
        _ text: String, _ problem: String
    ) throws(ArgumentError) -> RegularExpression {
        do throws(RegularExpressionError) {
            return try RegularExpression(text)
        } catch {
            throw ArgumentError(problem, remedy: "\(error)")
        }
    }

    private func limit(to count: Int, _ problem: String) throws(ArgumentError) {
        if arguments.count > count { throw ArgumentError(problem) }
    }

    /// Reads the last word, which says when the rule acts.
    func clause() throws(ArgumentError) -> (HeaderRule.Moment, HeaderRule.Condition?) {
        guard let clause = arguments.first else { return (.late, nil) }
        let lowercased = clause.lowercased()
        if lowercased == "early" { return (.early, nil) }
        if lowercased.hasPrefix("expr=") { throw .expression(in: "Header condition expr=") }
        guard lowercased.hasPrefix("env=") else {
            throw ArgumentError(
                "Unknown parameter: \(clause)",
                remedy: "write early or env=NAME there; a value with blanks needs quotes")
        }
        let text = clause.dropFirst("env=".count)
        let isSet = !text.hasPrefix("!")
        let variable = String(isSet ? text : text.dropFirst())
        guard !variable.isEmpty else {
            throw ArgumentError(
                "error: missing environment variable name. envclause should be in the form "
                    + "env=envar ")
        }
        return (.late, HeaderRule.Condition(variable: variable, isSet: isSet))
    }
}
