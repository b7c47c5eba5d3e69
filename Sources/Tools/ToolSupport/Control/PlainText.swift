// SPDX-License-Identifier: Apache-2.0

/// The text of a simple HTML page: lines where its blocks end, and columns for its cells.
struct PlainText {
    private(set) var text = ""

    private static let breaks: Set<String> = [
        "br", "dt", "dd", "h1", "h2", "h3", "hr", "p", "pre", "table", "title", "tr",
    ]
    private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "nbsp": " "]

    init(html: String) {
        var rest = html[...]
        while let character = rest.popFirst() {
            switch character {
            case "<":
                let tag = rest.prefix { $0 != ">" }
                rest = rest.dropFirst(tag.count + 1)
                take(tag: tag)
            case "&":
                let name = rest.prefix(8).prefix { $0 != ";" }
                if let entity = Self.entities[String(name)] {
                    text += entity
                    rest = rest.dropFirst(name.count + 1)
                } else {
                    text += "&"
                }
            default:
                take(character)
            }
        }
        endLine()
    }

    private mutating func take(_ character: Character) {
        guard character.isWhitespace else { return text.append(character) }
        if character.isNewline, text.last != "\n" { return endLine() }
        if let last = text.last, !last.isWhitespace { text += " " }
    }

    private mutating func take(tag: Substring) {
        let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }.lowercased()
        if Self.breaks.contains(name) {
            endLine()
        } else if ["td", "th"].contains(name), !tag.hasPrefix("/"), text.last != "\n" {
            text += "\t"
        }
    }

    private mutating func endLine() {
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        if !text.isEmpty, text.last != "\n" { text += "\n" }
    }
}
