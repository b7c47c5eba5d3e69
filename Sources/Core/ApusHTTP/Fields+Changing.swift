// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

// What code puts into a table goes out to a client, and part of it often came from another one.
// A CR or LF in a value would end the field and begin another (response splitting), so control
// characters other than tab become spaces here, at the one way in; RFC 9110 section 5.5 demands
// it of CR, LF and NUL, and Apache answers 500 to the rest. A name that is no token is refused.

extension Fields {
    /// Adds a field, leaving those of the same name (`apr_table_add`).
    ///
    /// - Returns: false where `name` is no token, and nothing was added.
    @discardableResult
    public mutating func append(_ name: FieldName, _ value: String) -> Bool {
        let text = value.utf8Span
        if text.isKnownASCII { return append(name, text.span) }
        return value.withBytes { append(name, $0) }
    }

    @discardableResult
    public mutating func append(_ name: String, _ value: String) -> Bool {
        append(FieldName(name), value)
    }

    @discardableResult
    public mutating func append(_ name: FieldName, _ value: Span<UInt8>) -> Bool {
        guard name.isToken else { return false }
        add(name.bytes(), hash: name.hash, value)
        return true
    }

    @discardableResult
    public mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
        guard name.isToken else { return false }
        add(name, hash: FieldName.hash(name), value)
        return true
    }

    /// Adds a field whose value is a number, without a String between.
    @discardableResult
    public mutating func append(_ name: FieldName, _ value: Int) -> Bool {
        guard name.isToken else { return false }
        makeRoom()
        let start = arena.count
        arena.append(copying: name.bytes())
        let middle = arena.count
        arena.append(decimal: value)
        addEntry(name.hash, start..<middle, ByteRange(middle..<arena.count))
        return true
    }

    /// The first field makes room for as many as most responses have.
    private mutating func makeRoom() {
        if arena.capacity == 0 { reserveCapacity(fields: 8, bytes: 256) }
    }

    /// Makes this the only field of its name, in the place of the first (`apr_table_set`).
    @discardableResult
    public mutating func set(_ name: FieldName, _ value: String) -> Bool {
        replace(name, ifThere: mayContain(name), with: append(name, value))
    }

    @discardableResult
    public mutating func set(_ name: String, _ value: String) -> Bool {
        set(FieldName(name), value)
    }

    @discardableResult
    public mutating func set(_ name: FieldName, _ value: Span<UInt8>) -> Bool {
        replace(name, ifThere: mayContain(name), with: append(name, value))
    }

    @discardableResult
    public mutating func set(_ name: FieldName, _ value: Int) -> Bool {
        replace(name, ifThere: mayContain(name), with: append(name, value))
    }

    /// Adds `value` to the list that the first field of that name is, or the field
    /// (`apr_table_merge`).
    @discardableResult
    public mutating func merge(_ name: FieldName, _ value: String) -> Bool {
        guard let index = firstIndex(of: name) else { return append(name, value) }
        let start = arena.count
        let old = entries[index].value.range
        arena.reserveCapacity(start + old.count + value.utf8.count + 2)
        for position in old { arena.append(arena[position]) }
        arena.append(contentsOf: ", ".utf8)
        arena.append(bytesOf: value)
        entries[index].value = sanitizedRange(from: start)
        return true
    }

    @discardableResult
    public mutating func merge(_ name: String, _ value: String) -> Bool {
        merge(FieldName(name), value)
    }

    /// Removes every field of that name (`apr_table_unset`).
    ///
    /// - Returns: whether there was one.
    @discardableResult
    @inlinable @inline(__always)
    public mutating func remove(_ name: FieldName) -> Bool {
        guard let first = firstIndex(of: name) else { return false }
        remove(name, from: first)
        return true
    }

    @discardableResult
    public mutating func remove(_ name: String) -> Bool { remove(FieldName(name)) }

    public mutating func remove(at index: Int) { entries.remove(at: index) }

    public mutating func removeAll(keepingCapacity: Bool = false) {
        arena.removeAll(keepingCapacity: keepingCapacity)
        entries.removeAll(keepingCapacity: keepingCapacity)
        seen = 0
    }

    /// Adds all fields of another table (`apr_table_overlay`).
    public mutating func append(contentsOf other: Fields) {
        reserveCapacity(fields: count + other.count, bytes: arena.count + other.arena.count)
        for index in other.indices { append(other.name(at: index), other.value(at: index)) }
    }

    /// Replaces the value of the field at `index`.
    public mutating func setValue(at index: Int, _ value: String) {
        let start = arena.count
        arena.append(bytesOf: value)
        entries[index].value = sanitizedRange(from: start)
    }
}

extension Fields {
    /// The field that was just appended takes the place of the first of its name; the rest go.
    ///
    /// - Parameter mayBeThere: false where there certainly was none before.
    private mutating func replace(
        _ name: FieldName, ifThere mayBeThere: Bool, with added: Bool
    ) -> Bool {
        guard added, mayBeThere else { return added }
        let first = firstIndex(of: name)!
        guard first < entries.count - 1 else { return true }
        entries[first] = entries.removeLast()
        if firstIndex(of: name, from: first + 1) != nil { remove(name, from: first + 1) }
        return true
    }

    @usableFromInline
    mutating func remove(_ name: FieldName, from start: Int) {
        var kept = start
        for index in start..<entries.count {
            let isNamed =
                entries[index].hash == name.hash
                && self.name(at: index).equalsIgnoringCase(name.bytes())
            guard !isNamed else { continue }
            entries[kept] = entries[index]
            kept += 1
        }
        entries.removeLast(entries.count - kept)
    }

    /// Copies a field into the arena.
    private mutating func add(_ name: Span<UInt8>, hash: UInt32, _ value: Span<UInt8>) {
        makeRoom()
        let start = arena.count
        arena.append(addingCapacity: name.count + value.count) { room in
            room.append(copying: name)
            room.append(copying: value)
        }
        let middle = start + name.count
        addEntry(hash, start..<middle, sanitizedRange(from: middle))
    }

    private mutating func addEntry(_ hash: UInt32, _ name: Range<Int>, _ value: ByteRange) {
        entries.append(Entry(hash: hash, name: ByteRange(name), value: value))
        seen |= Self.bit(of: hash)
    }

    /// The bytes from `start` on as a value, with its control characters made spaces.
    private mutating func sanitizedRange(from start: Int) -> ByteRange {
        var index = start
        while true {
            index = arena.span.endOfFieldContent(from: index)
            guard index < arena.count else { break }
            arena[index] = 0x20
        }
        return ByteRange(start..<arena.count)
    }
}

extension Fields {
    /// Writes the fields as lines `Name: value` CRLF, without the empty line after them.
    public func serialize(into output: inout [UInt8]) {
        var size = 0
        for entry in entries { size += Int(entry.name.count) + Int(entry.value.count) + 4 }
        let arena = arena.span
        output.append(addingCapacity: size) { output in
            for index in entries.indices {
                output.append(copying: arena.extracting(entries[index].name.range))
                output.append(0x3A)
                output.append(0x20)
                output.append(copying: arena.extracting(entries[index].value.range))
                output.append(0x0D)
                output.append(0x0A)
            }
        }
    }
}
