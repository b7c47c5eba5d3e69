// SPDX-License-Identifier: Apache-2.0

/// A directive or a section as it was read, before anybody knows what it means.
public struct ConfigNode: Hashable, Sendable {
    /// As written, without `<`: `KeepAlive`, `Directory`.
    public var name: String
    /// The text behind the name, variables filled in; of a section, what is before its last `>`.
    public var arguments: String
    public var location: SourceLocation
    /// What stands inside; nil for a directive that is no section.
    public var children: [ConfigNode]?
    /// Whether the opening line of a section had its `>`.
    public var isBracketClosed: Bool

    public init(
        _ name: String, _ arguments: String, at location: SourceLocation,
        children: [ConfigNode]? = nil, isBracketClosed: Bool = true
    ) {
        self.name = name
        self.arguments = arguments
        self.location = location
        self.children = children
        self.isBracketClosed = isBracketClosed
    }

    public var isSection: Bool { children != nil }

    /// The name a table of directives has it under: that of a section begins with `<`.
    public var key: String { isSection ? "<" + name : name }

    /// The arguments, with their quotes read.
    public var words: [String] { ConfigWords.split(arguments) }
}
