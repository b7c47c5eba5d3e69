// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration

/// `Options`: what the server may do in a directory.
///
/// Without signs a line replaces what holds further out; with signs it adds to that and takes
/// from it. Said twice in one place, the later line acts on the earlier one.
public struct DirectoryOptions: Mergeable, Sendable {
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let indexes = Flags(rawValue: 1)
        public static let includes = Flags(rawValue: 2)
        public static let followSymLinks = Flags(rawValue: 4)
        public static let execCGI = Flags(rawValue: 8)
        /// Includes, but without `#exec`: httpd's `OPT_INC_WITH_EXEC` is its absence.
        public static let includesNoExec = Flags(rawValue: 16)
        public static let symLinksIfOwnerMatch = Flags(rawValue: 32)
        public static let multiViews = Flags(rawValue: 64)

        public static let all: Flags = [.indexes, .includes, .followSymLinks, .execCGI]
    }

    private var base: Flags?
    private var added: Flags = []
    private var removed: Flags = []

    public init() {}

    /// What holds in the end: FollowSymLinks where nothing is said.
    public var flags: Flags { (base ?? .followSymLinks).union(added).subtracting(removed) }
    public func contains(_ flag: Flags) -> Bool { flags.contains(flag) }

    public func merged(over parent: Self) -> Self {
        if base != nil { return self }
        var result = parent
        result.added = parent.added.subtracting(removed).union(added)
        result.removed = parent.removed.subtracting(added).union(removed)
        return result
    }

    /// The words of one `Options` line.
    init(_ words: [String]) throws(ArgumentError) {
        let signs = Set(words.map { $0.hasPrefix("+") || $0.hasPrefix("-") })
        guard signs.count < 2 else {
            throw ArgumentError(
                "Either all Options must start with + or -, or no Option may.",
                remedy: "give every option a sign, or none")
        }
        if signs == [false] { base = [] }
        for word in words { try add(word) }
    }

    private mutating func add(_ word: String) throws(ArgumentError) {
        let sign = word.first.flatMap { "+-".contains($0) ? $0 : nil }
        let flags = try Self.flags(named: String(sign == nil ? word[...] : word.dropFirst()))
        switch sign {
        case "-":
            removed.formUnion(flags)
            added.subtract(flags)
        case "+":
            added.formUnion(flags)
            removed.subtract(flags)
        default: base = base!.union(flags)
        }
    }

    /// The options of a name, as `Options` and `AllowOverride Options=` know them.
    static func flags(named name: String) throws(ArgumentError) -> Flags {
        switch name.lowercased() {
        case "indexes": .indexes
        case "includes": .includes
        case "includesnoexec": [.includes, .includesNoExec]
        case "followsymlinks": .followSymLinks
        case "symlinksifownermatch": .symLinksIfOwnerMatch
        case "execcgi": .execCGI
        case "multiviews": .multiViews
        case "all": .all
        case "none": []
        default:
            throw ArgumentError(
                "Illegal option \(name)",
                remedy:
                    "write All, None, or any of ExecCGI FollowSymLinks Includes IncludesNOEXEC "
                    + "Indexes MultiViews SymLinksIfOwnerMatch")
        }
    }
}
