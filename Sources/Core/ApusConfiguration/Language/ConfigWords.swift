// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// Takes the words of a line one by one (httpd: `ap_getword_conf`).
///
/// Words are separated by white space. A word in double or single quotes may hold white space;
/// inside, a backslash keeps itself or the quote from meaning anything else. Elsewhere only a
/// double backslash is special. A quote that is not closed runs to the end of the line.
public struct ConfigWords {
    private let bytes: [UInt8]
    private var position = 0

    public init(_ text: String) { bytes = text.bytes }

    /// All the words of a text.
    public static func split(_ text: String) -> [String] {
        var scanner = ConfigWords(text)
        var words: [String] = []
        while let word = scanner.next() { words.append(word) }
        return words
    }

    /// What is left, without the white space in front.
    public var rest: String { Self.text(bytes[position...]) }

    /// - Returns: nil at the end. A pair of quotes with nothing inside is an empty word.
    public mutating func next() -> String? {
        skipSpace()
        guard position < bytes.count else { return nil }
        let first = bytes[position]
        let word = first == doubleQuote || first == singleQuote ? quoted(by: first) : unquoted()
        skipSpace()
        return word
    }

    /// As `next`, but a word that begins with `{` runs to the `}` that matches it
    /// (httpd: `ap_getword_conf2`).
    public mutating func nextBraced() -> String? {
        skipSpace()
        guard position < bytes.count, bytes[position] == openBrace else { return next() }
        position += 1
        let start = position
        var depth = 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == closeBrace {
                depth -= 1
                if depth == 0 { break }
            } else if byte == openBrace {
                depth += 1
            } else if byte == backslash, position + 1 < bytes.count,
                bytes[position + 1] == backslash
            {
                position += 1
            }
            position += 1
        }
        let word = unescaped(start..<position, quote: nil)
        if position < bytes.count { position += 1 }
        skipSpace()
        return word
    }

    private mutating func quoted(by quote: UInt8) -> String {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != quote {
            let escapes =
                position + 1 < bytes.count && bytes[position] == backslash
                && (bytes[position + 1] == quote || bytes[position + 1] == backslash)
            position += escapes ? 2 : 1
        }
        let word = unescaped(start..<position, quote: quote)
        if position < bytes.count { position += 1 }
        return word
    }

    private mutating func unquoted() -> String {
        let start = position
        while position < bytes.count, !isSpace(bytes[position]) { position += 1 }
        return unescaped(start..<position, quote: nil)
    }

    private func unescaped(_ range: Range<Int>, quote: UInt8?) -> String {
        guard bytes[range].contains(backslash) else { return Self.text(bytes[range]) }
        var result: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == backslash, index + 1 < range.upperBound,
                bytes[index + 1] == backslash || bytes[index + 1] == quote
            {
                index += 1
            }
            result.append(bytes[index])
            index += 1
        }
        return Self.text(result[...])
    }

    private mutating func skipSpace() {
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(bytes: bytes.span) }
}

private let backslash = UInt8(ascii: "\\")
private let doubleQuote = UInt8(ascii: "\"")
private let singleQuote = UInt8(ascii: "'")
private let openBrace = UInt8(ascii: "{")
private let closeBrace = UInt8(ascii: "}")

/// White space in the sense of C: space, tab, line feed, vertical tab, form feed, return.
func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
