// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What a client may ask of an index: `?C=S;O=D;F=2;V=1;P=*.txt`.
struct IndexQuery {
    var order: IndexOrder
    var flags: IndexOptions.Flags
    /// The names to show; nil for all.
    private(set) var pattern: Glob?
    /// What the links of the columns keep of the query.
    private(set) var carried = ""

    /// - Parameter query: as it was sent; nil where the client has no say.
    init(_ query: String?, order: IndexOrder, flags: IndexOptions.Flags) {
        self.order = order
        self.flags = flags
        guard let query else { return }
        let parts = query.split(omittingEmptySubsequences: false) { "&;".contains($0) }
        // What is malformed ends the reading, as in httpd.
        for part in parts { guard take(part) else { break } }
        carried = format + version + names
    }

    private var format = ""
    private var version = ""
    private var names = ""

    private mutating func take(_ part: Substring) -> Bool {
        guard let value = Self.value(of: part) else { return false }
        switch (part.first!, value) {
        case ("C", "N"), ("C", "M"), ("C", "S"), ("C", "D"):
            order.key = IndexOrder.Key(rawValue: value)!
        case ("O", "A"), ("O", "D"): order.isAscending = value == "A"
        case ("F", "0"), ("F", "1"), ("F", "2"):
            setFormat(value)
            format = ";F=\(value)"
        case ("V", "0"), ("V", "1"):
            setVersionSort(value == "1")
            version = ";V=\(value)"
        case ("P", _): setPattern(value)
        default: return false
        }
        return true
    }

    private mutating func setPattern(_ value: String) {
        pattern = nil
        guard !value.isEmpty, let decoded = Escaping.decode(value) else { return }
        pattern = Glob(decoded, [.noEscape, .period])
        names = ";P=" + Escaping.path(decoded)
    }

    /// What follows `C=`.
    private static func value(of part: Substring) -> String? {
        let bytes = part.utf8
        guard bytes.count >= 2, bytes.dropFirst().first == UInt8(ascii: "="),
            "COFVP".utf8.contains(bytes.first!)
        else { return nil }
        return String(part.dropFirst(2))
    }

    private mutating func setFormat(_ value: String) {
        flags.subtract(.anyFancy)
        if value == "1" { flags.insert(.fancyIndexing) }
        if value == "2" { flags.formUnion(.anyFancy) }
    }

    private mutating func setVersionSort(_ isOn: Bool) {
        if isOn { flags.insert(.versionSort) } else { flags.remove(.versionSort) }
    }
}
