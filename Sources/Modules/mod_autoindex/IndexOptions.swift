// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// `IndexOptions`: how an index looks.
///
/// Words without signs make the settings of their section; words with signs change those of the
/// outer section, and only in a section without words of the first kind. What the top of the
/// configuration says with signs thus holds only where a section says something too. That is not
/// what the manual says, but what Apache does. Widths, type and charset inherit by themselves.
struct IndexOptions: Mergeable, Sendable {
    struct Flags: OptionSet, Hashable, Sendable {
        let rawValue: UInt32

        static let addAltClass = Flags(rawValue: 1 << 0)
        static let fancyIndexing = Flags(rawValue: 1 << 1)
        static let foldersFirst = Flags(rawValue: 1 << 2)
        static let htmlTable = Flags(rawValue: 1 << 3)
        static let iconsAreLinks = Flags(rawValue: 1 << 4)
        static let ignoreCase = Flags(rawValue: 1 << 5)
        static let ignoreClient = Flags(rawValue: 1 << 6)
        static let scanHTMLTitles = Flags(rawValue: 1 << 7)
        static let showForbidden = Flags(rawValue: 1 << 8)
        static let suppressColumnSorting = Flags(rawValue: 1 << 9)
        static let suppressDescription = Flags(rawValue: 1 << 10)
        static let suppressHTMLPreamble = Flags(rawValue: 1 << 11)
        static let suppressIcon = Flags(rawValue: 1 << 12)
        static let suppressLastModified = Flags(rawValue: 1 << 13)
        static let suppressRules = Flags(rawValue: 1 << 14)
        static let suppressSize = Flags(rawValue: 1 << 15)
        static let trackModified = Flags(rawValue: 1 << 16)
        static let useOldDateFormat = Flags(rawValue: 1 << 17)
        static let versionSort = Flags(rawValue: 1 << 18)
        static let xhtml = Flags(rawValue: 1 << 19)
        /// `None`, which is a setting too: nothing, and nothing of outer sections.
        static let none = Flags(rawValue: 1 << 20)

        /// Fancy in one of its two forms.
        static let anyFancy: Flags = [.fancyIndexing, .htmlTable]
    }

    /// How wide a column is.
    enum Width: Hashable, Sendable {
        case fixed(Int)
        /// As its widest entry.
        case automatic

        static let standard = 23
    }

    /// Whether this is what stands outside of all sections and hosts.
    var isOutermost = false
    private(set) var base: Flags = []
    private(set) var added: Flags = []
    private(set) var removed: Flags = []
    private(set) var iconWidth: Int?
    private(set) var iconHeight: Int?
    private(set) var nameWidth: Width?
    private(set) var descriptionWidth: Width?
    private(set) var type: String?
    private(set) var charset: String?

    /// What holds in the end.
    var flags: Flags { base.subtracting(.none) }

    func merged(over parent: Self) -> Self {
        if isOutermost { return self }
        var result = self
        result.iconWidth = iconWidth ?? parent.iconWidth
        result.iconHeight = iconHeight ?? parent.iconHeight
        result.nameWidth = nameWidth ?? parent.nameWidth
        result.descriptionWidth = descriptionWidth ?? parent.descriptionWidth
        result.type = type ?? parent.type
        result.charset = charset ?? parent.charset
        (result.added, result.removed) = ([], [])
        if base.isEmpty {
            result.added = parent.added.union(added).subtracting(removed)
            result.removed = parent.removed.union(removed)
            result.base = parent.base.subtracting(.none)
                .union(result.added).subtracting(result.removed)
        }
        return result
    }
}

// Reading

extension IndexOptions {
    private static let names: [String: Flags] = [
        "addaltclass": .addAltClass, "fancyindexing": .fancyIndexing,
        "foldersfirst": .foldersFirst, "htmltable": .htmlTable, "iconsarelinks": .iconsAreLinks,
        "ignorecase": .ignoreCase, "ignoreclient": .ignoreClient,
        "scanhtmltitles": .scanHTMLTitles, "showforbidden": .showForbidden,
        "suppresscolumnsorting": .suppressColumnSorting,
        "suppressdescription": .suppressDescription,
        "suppresshtmlpreamble": .suppressHTMLPreamble, "suppressicon": .suppressIcon,
        "suppresslastmodified": .suppressLastModified, "suppressrules": .suppressRules,
        "suppresssize": .suppressSize, "trackmodified": .trackModified,
        "useolddateformat": .useOldDateFormat, "versionsort": .versionSort, "xhtml": .xhtml,
    ]

    /// Takes in the words of a line, after those of the lines before it.
    mutating func add(_ words: [String]) throws(ArgumentError) {
        for word in words {
            let sign = word.first.flatMap { "+-".contains($0) ? $0 : nil }
            try add(sign == nil ? word : String(word.dropFirst()), sign)
        }
        guard !base.contains(.none) || base == .none else {
            throw ArgumentError(
                "Cannot combine other IndexOptions keywords with 'None'",
                remedy: "leave out None, or all the other options")
        }
    }

    private mutating func add(_ word: String, _ sign: Character?) throws(ArgumentError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if let flags = Self.names[word.lowercased()] {
            set(flags, sign)
        } else if word.lowercased() == "none" {
            guard sign == nil else {
                throw ArgumentError("Cannot combine '+' or '-' with 'None' keyword")
            }
            (base, added, removed) = (.none, [], [])
        } else {
            let value = parts.count > 1 ? String(parts[1]) : nil
            try setValue(parts[0].lowercased(), value, isRemoved: sign == "-")
            if sign == nil { set([], nil) }
        }
    }

    private mutating func set(_ flags: Flags, _ sign: Character?) {
        switch sign {
        case "+":
            added.formUnion(flags)
            removed.subtract(flags)
        case "-":
            removed.formUnion(flags)
            added.subtract(flags)
        default:
            base.formUnion(flags)
            (added, removed) = ([], [])
        }
    }

    private mutating func setValue(
        _ name: String, _ value: String?, isRemoved: Bool
    ) throws(ArgumentError) {
        switch (name, value) {
        case ("iconwidth", _):
            iconWidth = try Self.pixels("IconWidth", value, standard: 20, isRemoved)
        case ("iconheight", _):
            iconHeight = try Self.pixels("IconHeight", value, standard: 22, isRemoved)
        case ("namewidth", _):
            nameWidth = try Self.width("NameWidth", value, atLeast: 5, isRemoved)
        case ("descriptionwidth", _):
            descriptionWidth = try Self.width("DescriptionWidth", value, atLeast: 12, isRemoved)
        case ("type", let value?): type = value
        case ("charset", let value?): charset = value
        default:
            throw ArgumentError(
                "Invalid directory indexing option",
                remedy: "'\(name)' is none; docs/directives names all of them")
        }
    }

    private static func pixels(
        _ name: String, _ value: String?, standard: Int, _ isRemoved: Bool
    ) throws(ArgumentError) -> Int? {
        guard let value else { return isRemoved ? nil : standard }
        guard !isRemoved else { throw ArgumentError("Cannot combine '-' with \(name)=n") }
        let pixels = Int(value.prefix { $0.isASCII && $0.isNumber }) ?? 0
        return pixels == 0 ? nil : pixels
    }

    private static func width(
        _ name: String, _ value: String?, atLeast minimum: Int, _ isRemoved: Bool
    ) throws(ArgumentError) -> Width {
        guard let value else {
            guard isRemoved else {
                throw ArgumentError(
                    "\(name) with no value may only appear as '-\(name)'",
                    remedy: "write \(name)=n, \(name)=* or -\(name)")
            }
            return .fixed(Width.standard)
        }
        guard !isRemoved else { throw ArgumentError("Cannot combine '-' with \(name)=n") }
        if value.hasPrefix("*") { return .automatic }
        let width = Int(value.prefix { $0.isASCII && $0.isNumber }) ?? 0
        guard (minimum...4096).contains(width) else {
            throw ArgumentError("\(name) value must be greater than \(minimum)")
        }
        return .fixed(width)
    }
}
