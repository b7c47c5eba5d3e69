// SPDX-License-Identifier: Apache-2.0

/// An entity tag (RFC 9110 section 8.8.3): `"x"`, or `W/"x"` where it is weak.
public struct EntityTag: Sendable, Hashable {
    /// What stands between the quotes.
    public let opaque: String
    public let isWeak: Bool

    public init(_ opaque: String, isWeak: Bool = false) {
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// Reads the value of an ETag field; nil if it is none.
    public init?(field: String) {
        let bytes = field.utf8Span.span
        var reader = EntityTagReader(bytes)
        guard let tag = reader.next(), tag.end == bytes.count, tag.start == 0 else { return nil }
        isWeak = tag.isWeak
        opaque = String(field.dropFirst(tag.isWeak ? 3 : 1).dropLast())
    }

    /// As the value of a field.
    public var text: String { isWeak ? "W/\"\(opaque)\"" : "\"\(opaque)\"" }
}

extension EntityTag {
    /// How two tags are compared (RFC 9110 section 8.8.3.2).
    public enum Comparison: Sendable {
        /// Equal, and both strong: the bytes are the same.
        case strong
        /// Equal: either will do for whoever reads it.
        case weak
    }

    /// Whether a list such as that of If-None-Match has a tag (`ap_find_etag_strong`,
    /// `ap_find_etag_weak`).
    ///
    /// A member that is no entity tag ends the list.
    ///
    /// - Parameter tag: the value of the ETag field.
    public static func list(
        _ list: Span<UInt8>, has tag: Span<UInt8>, by comparison: Comparison
    ) -> Bool {
        var own = EntityTagReader(tag)
        guard let wanted = own.next(), comparison == .weak || !wanted.isWeak else { return false }
        let opaque = tag.extracting(wanted.opaque)
        var reader = EntityTagReader(list)
        while let member = reader.next() {
            if member.isWeak, comparison == .strong { continue }
            if list.extracting(member.opaque).equals(opaque) { return true }
        }
        return false
    }
}

/// Steps through a list of entity tags.
private struct EntityTagReader: ~Escapable {
    struct Tag {
        var isWeak: Bool
        var start: Int
        var opaque: Range<Int>
        var end: Int
    }

    private let list: Span<UInt8>
    private var index = 0

    @_lifetime(copy list)
    init(_ list: Span<UInt8>) { self.list = list }

    @_lifetime(self: copy self)
    mutating func next() -> Tag? {
        while index < list.count, list[index] == 0x2C || list[index].isWhitespace { index += 1 }
        let start = index
        let isWeak =
            list.count - index >= 2 && list[index] == 0x57 && list[index + 1] == 0x2F
        if isWeak { index += 2 }
        guard index < list.count, list[index] == 0x22 else { return nil }
        let open = index + 1
        guard let close = list.firstIndex(of: 0x22, from: open) else { return nil }
        index = close + 1
        let end = index
        while index < list.count, list[index].isBlank { index += 1 }
        guard index == list.count || list[index] == 0x2C else { return nil }
        return Tag(isWeak: isWeak, start: start, opaque: open..<close, end: end)
    }
}
