// SPDX-License-Identifier: Apache-2.0

internal import Apus

// How the lines are read, with what is wrong with them in httpd's words.

extension EnvironmentRule {
    /// `SetEnvIf attribute regex [!]NAME[=value] ...`.
    static func attributeArgument(ignoringCase: Bool) -> Argument<Self> {
        Argument(
            "attribute regex [!]env-variable[=value] [[!]env-variable[=value]] ...", arity: .raw
        ) {
            words, context throws(ArgumentError) in
            var words = ConfigWords(words[0])
            guard let name = words.next(), !name.isEmpty else {
                throw ArgumentError("Missing header-field name for \(context.directive)")
            }
            let attribute: RequestAttribute
            do throws(RegularExpressionError) {
                attribute = try RequestAttribute(name, ignoringCase: ignoringCase)
            } catch {
                // Without a space, as httpd has it, for programs that look for its messages.
                throw ArgumentError(
                    "\(context.directive)Header name regex could not be compiled.",
                    remedy: "\(error)")
            }
            return try Self(attribute, words, ignoringCase: ignoringCase, context)
        }
    }

    /// `BrowserMatch regex [!]NAME[=value] ...`.
    static func browserArgument(ignoringCase: Bool) -> Argument<Self> {
        Argument("regex [!]env-variable[=value] [[!]env-variable[=value]] ...", arity: .raw) {
            words, context throws(ArgumentError) in
            try Self(.field(.userAgent), ConfigWords(words[0]), ignoringCase: ignoringCase, context)
        }
    }

    static let expressionArgument = Argument<Self>(
        "expr [!]env-variable[=value] [[!]env-variable[=value]] ...", arity: .raw
    ) { _, context throws(ArgumentError) in throw .expression(in: context.directive) }

    private init(
        _ attribute: RequestAttribute, _ rest: ConfigWords, ignoringCase: Bool,
        _ context: DirectiveContext
    ) throws(ArgumentError) {
        var words = rest
        guard let text = words.next(), !text.isEmpty else {
            throw ArgumentError("Missing regular expression for \(context.directive)")
        }
        do throws(RegularExpressionError) {
            pattern = try ValuePattern(text, ignoringCase: ignoringCase)
        } catch {
            throw ArgumentError(
                "\(context.directive) regex could not be compiled.", remedy: "\(error)")
        }
        var changes: [EnvironmentChange] = []
        while let word = words.next(), !word.isEmpty { changes.append(EnvironmentChange(word)) }
        guard !changes.isEmpty else {
            throw ArgumentError("Missing envariable expression for \(context.directive)")
        }
        self.attribute = attribute
        self.changes = changes
    }
}
