// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A media type as it is configured and sent: `text/html; charset=utf-8`.
///
/// Kept apart from `MediaType` of the protocol, for what was put in quotes goes out in quotes.
struct MediaTypeText {
    /// Type and subtype.
    let base: String
    var parameters: [(name: String, value: String)] = []

    /// Why a text is no media type, in Apache's words.
    struct Problem: Error {
        let number: String
        let message: String
    }

    init(_ text: String) throws(Problem) {
        let parts = Self.parts(of: text)
        base = parts[0]
        guard let slash = base.firstIndex(of: "/"), slash != base.startIndex else {
            throw Problem(number: "AH01599", message: "Cannot get media type from '\(text)'")
        }
        guard base.index(after: slash) != base.endIndex else {
            throw Problem(number: "AH01601", message: "Cannot get media subtype.")
        }
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "="), equals != part.startIndex,
                part.index(after: equals) != part.endIndex
            else { throw Problem(number: "AH01608", message: "Cannot get media parameter.") }
            parameters.append(
                (
                    Self.trimmed(part[..<equals]), Self.trimmed(part[part.index(after: equals)...])
                ))
        }
    }

    var text: String {
        parameters.reduce(base) { "\($0); \($1.name)=\($1.value)" }
    }

    /// The same type with a charset: in place of the one it names, or at its end.
    func with(charset: String) -> String {
        var copy = self
        copy.parameters.removeAll { $0.name == "charset" }
        let place = parameters.firstIndex { $0.name == "charset" } ?? copy.parameters.endIndex
        copy.parameters.insert(("charset", charset), at: place)
        return copy.text
    }

    /// A type with a charset; what is no media type stays as it is.
    static func type(_ type: String, with charset: String) -> String {
        do throws(Problem) {
            return try MediaTypeText(type).with(charset: charset)
        } catch {
            return type
        }
    }

    /// The parts between the semicolons that stand in no quotes.
    private static func parts(of text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if character == ";", !isQuoted {
                parts.append(trimmed(part[...]))
                part = ""
                continue
            }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = isQuoted && character == "\\" && !isEscaped
            part.append(character)
        }
        return parts + [trimmed(part[...])]
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
