// SPDX-License-Identifier: Apache-2.0

internal import Apus

// Most patterns are plain words (`MSIE`), which are found faster without a regular expression.
// They are told apart as httpd does it, since it shows: `$1` means something only where the
// pattern is a regular expression.

/// What a line looks for.
enum ValuePattern: Sendable {
    case text(TextPattern)
    case expression(RegularExpression)

    enum Found {
        case none
        case plain
        case captured(Captures)
    }

    init(_ pattern: String, ignoringCase: Bool) throws(RegularExpressionError) {
        if let text = Self.plainText(of: pattern) {
            self = .text(TextPattern(text, ignoringCase: ignoringCase))
        } else {
            let options = RegularExpression.Options.standard
            self = .expression(
                try RegularExpression(pattern, ignoringCase ? options.union(.ignoreCase) : options))
        }
    }

    func find(in value: Span<UInt8>) -> Found {
        switch self {
        case .text(let text): return text.isFound(in: value) ? .plain : .none
        case .expression(let expression):
            guard let match = expression.firstMatch(in: value) else { return .none }
            return .captured(Captures(match: match, subject: String(bytes: value)))
        }
    }

    /// The text that a pattern without any special character stands for.
    ///
    /// A backslash before such a character takes its meaning away; before any other it has one
    /// itself.
    static func plainText(of pattern: String) -> [UInt8]? {
        var text: [UInt8] = []
        var isEscaped = false
        for byte in pattern.bytes {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
                continue
            }
            let isSpecial = byte == UInt8(ascii: "\\") || specialCharacters.contains(byte)
            guard isSpecial == isEscaped else { return nil }
            text.append(byte)
            isEscaped = false
        }
        return isEscaped ? nil : text
    }

    private static let specialCharacters = Set("^.$|()[]*+?{}".utf8)
}
