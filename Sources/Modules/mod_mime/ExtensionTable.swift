// SPDX-License-Identifier: Apache-2.0

// Every request for a file asks this table for each extension of its name, so the question costs
// a pass over the letters and most often one comparison, and allocates nothing.

/// Values by the extensions of file names, compared without regard to ASCII case.
struct ExtensionTable<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let hash: UInt32
        /// Where the extension stands in `letters`, in lower case.
        let start: UInt32
        let count: UInt32
    }

    private var entries: [Entry] = []
    private var letters: [UInt8] = []
    private(set) var values: [Value] = []
    /// One more than the index of an entry, 0 where there is none.
    ///
    /// Always a power of two, and at least half of it free, so that a search ends.
    private var slots: [UInt32] = []

    init() {}

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// Where the value of an extension stands in `values`, nil where there is none.
    func index(of name: Span<UInt8>) -> Int? {
        guard !slots.isEmpty else { return nil }
        let hash = Self.hash(name)
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if entries[index].hash == hash, matches(entries[index], name) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The value of an extension, written without its dot.
    subscript(name: String) -> Value? {
        get { index(of: name.utf8Span.span).map { values[$0] } }
        set {
            guard let newValue else { return }
            insert(newValue, for: name.utf8Span.span)
        }
    }

    /// Changes the value of an extension, which begins as `fresh`.
    mutating func update(_ name: String, or fresh: Value, _ change: (inout Value) -> Void) {
        let index = index(of: name.utf8Span.span) ?? insert(fresh, for: name.utf8Span.span)
        change(&values[index])
    }

    /// Lays a table over this one, value over value.
    mutating func merge(_ inner: Self, _ combine: (_ inner: Value, _ outer: Value) -> Value) {
        for (entry, value) in zip(inner.entries, inner.values) {
            let name = inner.letters.span.extracting(
                Int(entry.start)..<Int(entry.start + entry.count))
            if let index = index(of: name) {
                values[index] = combine(value, values[index])
            } else {
                insert(value, for: name)
            }
        }
    }

    @discardableResult
    private mutating func insert(_ value: Value, for name: Span<UInt8>) -> Int {
        if let index = index(of: name) {
            values[index] = value
            return index
        }
        if (entries.count + 1) * 2 > slots.count { grow() }
        let entry = Entry(
            hash: Self.hash(name), start: UInt32(letters.count), count: UInt32(name.count))
        for place in name.indices { letters.append(Self.lowercased(name[place])) }
        entries.append(entry)
        values.append(value)
        place(entries.count - 1)
        return entries.count - 1
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: max(16, slots.count * 2))
        for index in entries.indices { place(index) }
    }

    private mutating func place(_ index: Int) {
        var slot = Int(entries[index].hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index + 1)
    }

    private func matches(_ entry: Entry, _ name: Span<UInt8>) -> Bool {
        guard Int(entry.count) == name.count else { return false }
        var place = Int(entry.start)
        for index in name.indices {
            if letters[place] != Self.lowercased(name[index]) { return false }
            place += 1
        }
        return true
    }

    /// FNV-1a: the tables are the administrator's, so nobody can choose what collides in them.
    private static func hash(_ name: Span<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for index in name.indices { hash = (hash ^ UInt32(lowercased(name[index]))) &* 16_777_619 }
        return hash
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}
