// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A line `WSGIScriptAlias` or `WSGIScriptAliasMatch`.
final class ScriptAlias: Sendable {
    enum Pattern: Sendable {
        case prefix(PathPrefix)
        case expression(RegularExpression)
    }

    let pattern: Pattern
    /// The script, or the folder of scripts; with `$1` and so on where the pattern is an
    /// expression.
    let target: String
    let processGroup: String?
    let applicationGroup: String?
    let callableObject: String?
    let passesAuthorization: Bool?
    let location: SourceLocation
    private let isForRoot: Bool

    init(
        _ text: String, isExpression: Bool, _ context: DirectiveContext
    ) throws(ArgumentError) {
        var reader = OptionReader(text)
        guard let place = reader.word(), !place.isEmpty, let target = reader.word(), !target.isEmpty
        else {
            throw ArgumentError(
                "\(context.directive) requires at least two arguments, "
                    + Self.help(isExpression: isExpression))
        }
        let arguments = try ScriptArguments(
            path: target, options: &reader,
            allowed: [
                "process-group", "application-group", "callable-object", "pass-authorization",
            ], purpose: "script alias")
        pattern = try Self.pattern(place, isExpression: isExpression)
        // As other paths, from the ServerRoot on.
        self.target = target.hasPrefix("/") ? target : context.resolve(target)
        processGroup = arguments.processGroup
        applicationGroup = arguments.applicationGroup
        callableObject = arguments.callableObject
        passesAuthorization = arguments.passesAuthorization
        location = context.location
        if case .prefix(let prefix) = pattern {
            isForRoot = prefix.text == "/"
        } else {
            isForRoot = false
        }
    }

    /// Leads a request to the script, with the rest of its path as the path info.
    ///
    /// - Parameter request: of a path that begins with a slash, or is empty.
    /// - Returns: false where the path leads elsewhere.
    func leads(_ request: inout Request) -> Bool {
        // At the root, the whole path is behind the script.
        if isForRoot {
            if request.path.isEmpty { return false }
            request.filename = target
            request.pathInfo = request.path
            request.isDivided = true
            return true
        }
        let filename: String
        let end: Int
        switch pattern {
        case .prefix(let prefix):
            guard let count = request.path.withBytes({ prefix.matchedCount(in: $0) }) else {
                return false
            }
            filename = target
            end = count
        case .expression(let expression):
            guard let match = expression.firstMatch(in: request.path) else { return false }
            filename = match.expand(target, subject: request.path)
            end = match.range.upperBound
        }
        let rest = request.path.withBytes { String(bytes: $0.extracting(end...)) }
        // What does not begin with a slash belongs to the name of the file.
        request.isDivided = rest.utf8.first == UInt8(ascii: "/")
        request.filename = request.isDivided ? filename : filename + rest
        request.pathInfo = request.isDivided ? rest : nil
        return true
    }

    /// The script and its groups, where all three are known before any request: it is loaded when
    /// the processes start.
    var preload: (script: String, processGroup: String, applicationGroup: String)? {
        guard let processGroup, let applicationGroup, !processGroup.contains("%{"),
            !applicationGroup.contains("%{")
        else { return nil }
        if case .expression = pattern, target.contains("$") { return nil }
        return (target, processGroup, applicationGroup)
    }
}

extension ScriptAlias {
    static func argument(isExpression: Bool) -> Argument<ScriptAlias> {
        Argument(
            isExpression
                ? "regex file-path [option=value] ..." : "URL-path file-path [option=value] ...",
            arity: .raw
        ) { words, context throws(ArgumentError) in
            try ScriptAlias(words[0], isExpression: isExpression, context)
        }
    }

    static func help(isExpression: Bool) -> String {
        isExpression
            ? "Map location pattern to target WSGI script file."
            : "Map location to target WSGI script file."
    }

    private static func pattern(
        _ text: String, isExpression: Bool
    ) throws(ArgumentError) -> Pattern {
        guard isExpression else { return .prefix(PathPrefix(text)) }
        do throws(RegularExpressionError) {
            return .expression(try RegularExpression(text))
        } catch {
            throw ArgumentError("Regular expression could not be compiled.", remedy: "\(error)")
        }
    }
}
