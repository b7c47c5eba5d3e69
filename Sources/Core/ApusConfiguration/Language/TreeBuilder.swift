// SPDX-License-Identifier: Apache-2.0

/// Puts directives and sections together as they are read.
struct TreeBuilder {
    private(set) var nodes: [ConfigNode] = []
    /// The sections that are open, outermost first.
    private var open: [ConfigNode] = []

    var isAtTop: Bool { open.isEmpty }
    var depth: Int { open.count }
    var openNames: [String] { open.map(\.name) }

    mutating func append(_ node: ConfigNode) {
        if open.isEmpty {
            nodes.append(node)
        } else {
            open[open.count - 1].children!.append(node)
        }
    }

    mutating func append(_ list: [ConfigNode]) {
        for node in list { append(node) }
    }

    mutating func openSection(_ node: ConfigNode) { open.append(node) }

    /// Ends the innermost section.
    ///
    /// - Parameter tag: as written, such as `</Directory>`.
    /// - Throws: `ArgumentError` when the tag does not fit. Sections are closed nevertheless, as
    ///   the author most likely meant, so that the rest can be read.
    mutating func closeSection(_ tag: String) throws(ArgumentError) {
        let name = tag.dropFirst(2)
        guard let current = open.last else {
            throw ArgumentError("\(tag) without matching <\(name) section")
        }
        guard tag.utf8.last == UInt8(ascii: ">") else {
            closeInnermost()
            throw ArgumentError("\(tag)> directive missing closing '>'")
        }
        if isSameName(current, name.dropLast()) { return closeInnermost() }
        let match = open.lastIndex { isSameName($0, name.dropLast()) } ?? open.count - 1
        while open.count > match { closeInnermost() }
        throw ArgumentError("Expected </\(current.name)> but saw \(tag)")
    }

    /// Ends all sections at the end of a file.
    ///
    /// - Throws: `ArgumentError` naming those that were open, located at the outermost.
    mutating func closeAll() throws(ArgumentError) {
        guard let outermost = open.first else { return }
        let problems = open.reversed().map { "\($0.location): <\($0.name)> was not closed." }
        while !open.isEmpty { closeInnermost() }
        throw ArgumentError(problems.joined(separator: "\n"), at: outermost.location)
    }

    private mutating func closeInnermost() { append(open.removeLast()) }

    private func isSameName(_ node: ConfigNode, _ name: Substring) -> Bool {
        node.name.lowercased() == name.lowercased()
    }
}
