// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

// Field lines (RFC 9112 section 5). A line that continues the one before (obs-fold) is refused,
// as section 5.2 allows and most servers do: joined or not, the value differs from what a proxy
// in front may have judged. In Unsafe mode it is joined with one space, as Apache does always.

/// Collects the fields of a head or of a trailer section, line by line.
struct FieldSectionParser: Sendable {
    let limits: RequestLimits
    let isStrict: Bool
    private(set) var entries: [Fields.Entry] = []
    private var hasFolds = false

    init(limits: RequestLimits, isStrict: Bool) {
        self.limits = limits
        self.isStrict = isStrict
    }

    mutating func reserveCapacity(_ fields: Int) { entries.reserveCapacity(fields) }

    /// Collects the fields in spare memory, where there is some.
    ///
    /// - Parameter arena: what gets memory for their bytes.
    mutating func useMemory(of spares: SpareFields, _ arena: inout [UInt8]) {
        spares.lend(&arena, &entries)
        if entries.capacity == 0 { entries.reserveCapacity(16) }
    }

    /// Hands out the fields and forgets them.
    mutating func takeEntries() -> [Fields.Entry] {
        hasFolds = false
        return entries.take()
    }

    mutating func reset() {
        entries = []
        hasFolds = false
    }

    /// Adds the field on a line, given without its end.
    mutating func readLine(
        _ bytes: Span<UInt8>, _ line: Range<Int>
    ) throws(RequestParseError) {
        guard !bytes[line.lowerBound].isBlank else { return try readFold(bytes, line) }
        guard limits.fields == 0 || entries.count < limits.fields else {
            throw RequestParseError(.tooManyFields)
        }
        let colon = try endOfName(bytes, line)
        let name = line.lowerBound..<colon
        let value = bytes.trimmingBlanks(colon + 1..<line.upperBound)
        try checkValue(bytes, value)
        entries.append(
            Fields.Entry(
                hash: FieldName.hash(bytes.extracting(name)), name: ByteRange(name),
                value: ByteRange(value)))
    }

    private func endOfName(
        _ bytes: Span<UInt8>, _ line: Range<Int>
    ) throws(RequestParseError) -> Int {
        var index = line.lowerBound
        if isStrict {
            while index < line.upperBound, bytes[index].isTokenCharacter { index += 1 }
        } else {
            while index < line.upperBound, bytes[index] != 0x3A { index += 1 }
            guard index < line.upperBound else {
                throw RequestParseError(.missingColon, bytes, line)
            }
            for position in line.lowerBound..<index
            where bytes[position] <= 0x20 || bytes[position] == 0x7F {
                throw RequestParseError(.malformedName, bytes, line)
            }
        }
        // A space before the colon ends up here too: proxies that took it for a part of the
        // name and servers that did not gave request smuggling its start.
        guard index > line.lowerBound, index < line.upperBound, bytes[index] == 0x3A else {
            throw RequestParseError(.malformedName, bytes, line)
        }
        return index
    }

    private func checkValue(
        _ bytes: Span<UInt8>, _ value: Range<Int>
    ) throws(RequestParseError) {
        if isStrict {
            guard bytes.endOfFieldContent(from: value.lowerBound) >= value.upperBound else {
                throw RequestParseError(.malformedValue, bytes, value)
            }
        } else {
            for index in value
            where bytes[index] == 0 || bytes[index] >= 0x0A && bytes[index] <= 0x0D {
                throw RequestParseError(.malformedValue, bytes, value)
            }
        }
    }

    private mutating func readFold(
        _ bytes: Span<UInt8>, _ line: Range<Int>
    ) throws(RequestParseError) {
        guard let last = entries.last else { throw RequestParseError(.foldBeforeFirstField) }
        guard !isStrict else {
            throw RequestParseError(.foldedField, bytes, last.name.range)
        }
        let text = bytes.trimmingBlanks(line)
        guard !text.isEmpty else { throw RequestParseError(.emptyFold) }
        try checkValue(bytes, text)
        let value = last.value.range.lowerBound..<text.upperBound
        guard value.count < limits.fieldSize else {
            throw RequestParseError(.fieldTooLong, bytes, last.name.range)
        }
        entries[entries.count - 1].value = ByteRange(value)
        hasFolds = true
    }

    /// Makes one space of each line end within a value and the blanks around it.
    mutating func unfold(_ block: inout [UInt8]) {
        guard hasFolds else { return }
        for index in entries.indices {
            let value = entries[index].value.range
            var end = value.lowerBound
            var isAtFold = false
            for position in value {
                let byte = block[position]
                if byte == 0x0A {
                    isAtFold = true
                    while end > value.lowerBound,
                        block[end - 1].isBlank || block[end - 1] == 0x0D
                    {
                        end -= 1
                    }
                } else if !isAtFold || !byte.isBlank {
                    if isAtFold, end > value.lowerBound {
                        block[end] = 0x20
                        end += 1
                    }
                    isAtFold = false
                    block[end] = byte
                    end += 1
                }
            }
            entries[index].value = ByteRange(value.lowerBound..<end)
        }
    }

    /// LimitRequestFieldSize holds for a field in all its lines together, too.
    func checkMergedSizes(_ bytes: Span<UInt8>, end: Int) throws(RequestParseError) {
        // Whatever is not longer as a whole has no part that is.
        guard end > limits.fieldSize else { return }
        for (index, first) in entries.enumerated() {
            var size = Int(first.value.count)
            for other in entries[(index + 1)...] where other.hash == first.hash {
                let name = bytes.extracting(other.name.range)
                guard name.equalsIgnoringCase(bytes.extracting(first.name.range)) else { continue }
                size += 2 + Int(other.value.count)
            }
            guard size <= limits.fieldSize else {
                throw RequestParseError(.mergedFieldTooLong, bytes, first.name.range)
            }
        }
    }
}
