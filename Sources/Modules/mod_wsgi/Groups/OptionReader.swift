// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// Reads `name=value` words as mod_wsgi does, whose values may be quoted on their own:
/// `home=/srv/app display-name="%{GROUP}"`.
struct OptionReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    /// A word, with or without quotes; nil at the end.
    mutating func word() -> String? {
        skipBlanks()
        guard let first = rest.first else { return nil }
        guard first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") else {
            let word = rest.prefix { !isBlank($0) }
            rest = rest.dropFirst(word.count)
            return String(decoding: word, as: UTF8.self)
        }
        rest = rest.dropFirst()
        return quoted(until: first)
    }

    private mutating func quoted(until quote: UInt8) -> String {
        var word: [UInt8] = []
        while let byte = rest.popFirst(), byte != quote {
            if byte == UInt8(ascii: "\\"), let next = rest.first,
                next == quote || next == UInt8(ascii: "\\")
            {
                rest = rest.dropFirst()
                word.append(next)
            } else {
                word.append(byte)
            }
        }
        return String(decoding: word, as: UTF8.self)
    }

    /// What the next word is.
    enum Option {
        case option(name: String, value: String)
        /// It has no `=`.
        case other(String)
        case end
    }

    mutating func option() -> Option {
        skipBlanks()
        guard !rest.isEmpty else { return .end }
        let name = rest.prefix { $0 != UInt8(ascii: "=") && !isBlank($0) }
        let after = rest.dropFirst(name.count)
        guard !name.isEmpty, after.first == UInt8(ascii: "=") else {
            rest = after
            return .other(String(decoding: name, as: UTF8.self))
        }
        rest = after.dropFirst()
        return .option(name: String(decoding: name, as: UTF8.self), value: word() ?? "")
    }

    private mutating func skipBlanks() { rest = rest.drop(while: isBlank) }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte >= 0x09 && byte <= 0x0D }
}
