// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// The fields of a message, in order: those of a request, of a response, or its trailers.
///
/// Names and values are ranges of one array of bytes, so a table costs two allocations however
/// many fields it has, and the table of a request shares its bytes with the message as received.
/// No String is made until somebody asks for one. Names compare regardless of case; values hold
/// whatever bytes came (ApusRuntime/ByteStrings.swift).
public struct Fields: Sendable {
    /// Names and values.
    ///
    /// What a removed field leaves behind stays until `removeAll`.
    var arena: [UInt8]
    var entries: [Entry]
    /// A bit for each name that there may be: most questions are for fields that are not there.
    @usableFromInline var seen: UInt64

    /// Where a field stands in the arena.
    struct Entry: Sendable {
        var hash: UInt32
        var name: ByteRange
        var value: ByteRange
    }

    public init() {
        arena = []
        entries = []
        seen = 0
    }

    init(arena: [UInt8], entries: [Entry]) {
        self.arena = arena
        self.entries = entries
        seen = 0
        for entry in entries { seen |= Self.bit(of: entry.hash) }
    }

    @inlinable static func bit(of hash: UInt32) -> UInt64 { 1 << UInt64(hash >> 26) }

    /// The number of fields; a name that occurs twice counts twice.
    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }
    public var indices: Range<Int> { entries.indices }
    /// The bytes there is room for.
    public var capacity: Int { arena.capacity }

    public mutating func reserveCapacity(fields: Int, bytes: Int) {
        entries.reserveCapacity(fields)
        arena.reserveCapacity(bytes)
    }
}

/// A range of an arena in half the size of `Range<Int>`; no message is 4 GiB long.
struct ByteRange: Sendable {
    var start: UInt32
    var count: UInt32

    init(_ range: Range<Int>) {
        start = UInt32(range.lowerBound)
        count = UInt32(range.count)
    }

    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

// MARK: - Reading

extension Fields {
    /// The bytes of the name of the field at `index`, as received.
    @_lifetime(borrow self)
    public func name(at index: Int) -> Span<UInt8> {
        arena.span.extracting(entries[index].name.range)
    }

    /// The bytes of the value of the field at `index`, without blanks around them.
    @_lifetime(borrow self)
    public func value(at index: Int) -> Span<UInt8> {
        arena.span.extracting(entries[index].value.range)
    }

    public func nameText(at index: Int) -> String { String(bytes: name(at: index)) }
    public func valueText(at index: Int) -> String { String(bytes: value(at: index)) }

    /// The position of the first field of that name at or after `start`.
    @inlinable @inline(__always)
    public func firstIndex(of name: FieldName, from start: Int = 0) -> Int? {
        mayContain(name) ? find(name, from: start) : nil
    }

    /// False where there is certainly no field of that name.
    @inlinable @inline(__always)
    func mayContain(_ name: FieldName) -> Bool { seen & Self.bit(of: name.hash) != 0 }

    @usableFromInline
    func find(_ name: borrowing FieldName, from start: Int) -> Int? {
        var index = start
        while index < entries.count {
            if entries[index].hash == name.hash,
                self.name(at: index).equalsIgnoringCase(name.bytes())
            {
                return index
            }
            index += 1
        }
        return nil
    }

    /// The value of the first field of that name.
    @inlinable
    public subscript(name: FieldName) -> String? {
        firstIndex(of: name).map { valueText(at: $0) }
    }

    public subscript(name: String) -> String? { self[FieldName(name)] }

    /// The values of all fields of that name, joined with `, `: how a field that is a list
    /// reads, in whatever number of lines it came (RFC 9110 section 5.3).
    public func combined(_ name: FieldName) -> String? {
        guard let first = firstIndex(of: name) else { return nil }
        guard var next = firstIndex(of: name, from: first + 1) else { return valueText(at: first) }
        var result = valueText(at: first)
        while true {
            result += ", "
            result += valueText(at: next)
            guard let following = firstIndex(of: name, from: next + 1) else { return result }
            next = following
        }
    }

    public func combined(_ name: String) -> String? { combined(FieldName(name)) }

    /// The values of all fields of that name, in order.
    public func values(_ name: FieldName) -> [String] {
        var result: [String] = []
        var next = firstIndex(of: name)
        while let index = next {
            result.append(valueText(at: index))
            next = firstIndex(of: name, from: index + 1)
        }
        return result
    }

    public func values(_ name: String) -> [String] { values(FieldName(name)) }

    @inlinable @inline(__always)
    public func contains(_ name: FieldName) -> Bool { firstIndex(of: name) != nil }
    public func contains(_ name: String) -> Bool { contains(FieldName(name)) }

    /// Whether fields of that name list `token` (`Connection: close, Upgrade`), regardless of
    /// case and of how many fields the list is spread over (`ap_find_token`).
    @inlinable @inline(__always)
    public func hasToken(_ name: FieldName, _ token: String) -> Bool {
        mayContain(name) && findToken(name, token)
    }

    @usableFromInline
    func findToken(_ name: FieldName, _ token: String) -> Bool {
        var next = firstIndex(of: name)
        while let index = next {
            if value(at: index).listContains(token.utf8Span.span) { return true }
            next = firstIndex(of: name, from: index + 1)
        }
        return false
    }

    public func hasToken(_ name: String, _ token: String) -> Bool {
        hasToken(FieldName(name), token)
    }

    /// Hands every field to `body`, in order, as bytes.
    public func forEach<Failure: Error>(
        _ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        for index in indices { try body(name(at: index), value(at: index)) }
    }

    /// All fields as text, in order: for logs and for what is handed to other programs.
    public var all: [(name: String, value: String)] {
        indices.map { (nameText(at: $0), valueText(at: $0)) }
    }
}

extension Span<UInt8> {
    /// Whether this comma-separated list has `token` as a member, parameters aside.
    func listContains(_ token: Span<UInt8>) -> Bool {
        var start = 0
        while start <= count {
            let end = firstIndex(of: 0x2C, from: start) ?? count
            let member = trimmingBlanks(start..<end)
            if extracting(member).equalsIgnoringCase(token) { return true }
            start = end + 1
        }
        return false
    }
}
