// SPDX-License-Identifier: Apache-2.0

/// A line divided into its name and what follows.
struct OpeningLine {
    /// With `<` of a section, without its `>`; the end of a section is whole: `</Directory>`.
    let name: String
    private let rest: String
    private let hadBracket: Bool

    /// - Returns: nil for a line that a variable has left empty.
    init?(_ text: String) {
        var words = ConfigWords(text)
        guard var name = words.next(), !name.isEmpty else { return nil }
        rest = words.rest
        hadBracket = !name.utf8.dropFirst().starts(with: [UInt8(ascii: "/")]) && name.hasSuffix(">")
        if hadBracket { name.removeLast() }
        self.name = name
    }

    func node(at location: SourceLocation) -> ConfigNode {
        guard name.hasPrefix("<") else { return ConfigNode(name, rest, at: location) }
        let bracket = rest.utf8.lastIndex(of: UInt8(ascii: ">"))
        let arguments =
            if let bracket { String(rest[..<bracket]) } else { rest }
        return ConfigNode(
            String(name.dropFirst()), arguments, at: location, children: [],
            isBracketClosed: bracket != nil || (hadBracket && rest.isEmpty))
    }
}

/// A line of a section that is not read: only the nesting of sections is followed.
struct SkippedLine {
    private let name: String
    private let rest: String

    init(_ text: String) {
        var words = ConfigWords(text)
        name = words.next() ?? ""
        rest = words.rest
    }

    /// - Parameter open: the names of the sections around, outermost first.
    /// - Returns: in Apache's words, what is wrong with the end of a section.
    func update(_ open: inout [String]) -> String? {
        if name.hasPrefix("</") {
            let ended = name.dropFirst(2).dropLast()
            guard ended.lowercased() == open.last!.lowercased() else {
                return "Expected </\(open.last!)> but saw </\(ended)>"
            }
            open.removeLast()
        } else if name.hasPrefix("<") {
            let isWhole = rest.isEmpty && name.hasSuffix(">")
            open.append(String(isWhole ? name.dropFirst().dropLast() : name.dropFirst()))
        }
        return nil
    }
}
