// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What an index is sorted by, and in which direction.
struct IndexOrder: Hashable, Sendable {
    /// The columns, by their letters in queries.
    enum Key: String, Sendable {
        case name = "N"
        case modified = "M"
        case size = "S"
        case description = "D"
    }

    var key = Key.name
    var isAscending = true

    /// `IndexOrderDefault Descending Size`.
    init(_ direction: String, _ key: String) throws(ArgumentError) {
        switch direction.lowercased() {
        case "ascending": isAscending = true
        case "descending": isAscending = false
        default: throw ArgumentError("First keyword must be 'Ascending' or 'Descending'")
        }
        switch key.lowercased() {
        case "name": self.key = .name
        case "date": self.key = .modified
        case "size": self.key = .size
        case "description": self.key = .description
        default:
            throw ArgumentError("Second keyword must be 'Name', 'Date', 'Size', or 'Description'")
        }
    }

    init() {}

    /// Whether `a` stands before `b`.
    func precedes(_ a: IndexEntry, _ b: IndexEntry, _ flags: IndexOptions.Flags) -> Bool {
        if a.isParent != b.isParent { return a.isParent }
        if flags.contains(.foldersFirst),
            flags.contains(.fancyIndexing) || flags.contains(.htmlTable),
            a.isDirectory != b.isDirectory
        {
            return a.isDirectory
        }
        let order = compare(a, b, flags)
        return isAscending ? order < 0 : order > 0
    }

    private func compare(_ a: IndexEntry, _ b: IndexEntry, _ flags: IndexOptions.Flags) -> Int {
        let byKey =
            switch key {
            case .name: 0
            case .modified: (a.modified?.microseconds ?? 0).order(b.modified?.microseconds ?? 0)
            case .size: a.size.order(b.size)
            case .description: Self.compare(a.description, b.description, flags)
            }
        return byKey == 0 ? Self.compareNames(a.sortName, b.sortName, flags) : byKey
    }

    private static func compare(
        _ a: [UInt8]?, _ b: [UInt8]?, _ flags: IndexOptions.Flags
    ) -> Int {
        let (a, b) = (a ?? [], b ?? [])
        return flags.contains(.versionSort) ? NaturalOrder.compare(a, b) : a.order(b)
    }

    /// Names that differ in case alone are told apart, so that their order is always the same.
    private static func compareNames(
        _ a: [UInt8], _ b: [UInt8], _ flags: IndexOptions.Flags
    ) -> Int {
        let ignoresCase = flags.contains(.ignoreCase)
        if flags.contains(.versionSort) {
            let order = NaturalOrder.compare(a, b, ignoringCase: ignoresCase)
            return order == 0 ? NaturalOrder.compare(a, b) : order
        }
        let order = ignoresCase ? a.map(\.lowercased).order(b.map(\.lowercased)) : 0
        return order == 0 ? a.order(b) : order
    }
}

extension Int64 {
    fileprivate func order(_ other: Int64) -> Int { self < other ? -1 : self > other ? 1 : 0 }
}

extension [UInt8] {
    fileprivate func order(_ other: [UInt8]) -> Int {
        if lexicographicallyPrecedes(other) { return -1 }
        return self == other ? 0 : 1
    }
}

extension UInt8 {
    fileprivate var lowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
