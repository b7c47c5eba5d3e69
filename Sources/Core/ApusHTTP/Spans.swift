// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

// What the grammars ask of a run of bytes: where it ends, whether it equals a name.

extension Span<UInt8> {
    /// Whether two runs are equal, letters regardless of case (RFC 9110 section 5.1).
    package func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] {
            guard self[index].lowercased == other[index].lowercased else { return false }
        }
        return true
    }

    /// Whether this is a `token` of RFC 9110 section 5.6.2.
    package var isToken: Bool {
        for index in indices where !self[index].isTokenCharacter { return false }
        return !isEmpty
    }

    package func equals(_ other: Span<UInt8>) -> Bool {
        count == other.count && starts(with: other)
    }

    /// The position of the first `byte` at or after `start`.
    package func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        var index = start
        // Eight at a time: a zero byte in `word` is where `byte` stood.
        let pattern = 0x0101_0101_0101_0101 &* UInt64(byte)
        while count - index >= 8 {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let different = UInt64(littleEndian: word) ^ pattern
            let zeros =
                (different &- 0x0101_0101_0101_0101) & ~different & 0x8080_8080_8080_8080
            if zeros != 0 { return index + zeros.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// The bytes from `start` on as a number, as they lie in memory.
    @inline(__always)
    package func load<Number: FixedWidthInteger & BitwiseCopyable>(at start: Int) -> Number {
        precondition(start >= 0 && start <= count - MemoryLayout<Number>.size)
        return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: Number.self)
    }

    /// The range without blanks (space, tab) at either end.
    package func trimmingBlanks(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return start..<end
    }

    /// The position of the first byte at or after `start` that may not stand in a field value
    /// (a control character other than tab), or `count`.
    package func endOfFieldContent(from start: Int) -> Int {
        var index = start
        while true {
            // A byte below 0x20 borrows in the subtraction, DEL becomes zero by the exclusive or.
            // A tab, or a byte with its high bit near a borrow, only makes us look closely.
            while count - index >= 8 {
                let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
                let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
                let controls = (word &- 0x2020_2020_2020_2020) & ~word
                let deletes = (delete &- 0x0101_0101_0101_0101) & ~delete
                guard (controls | deletes) & 0x8080_8080_8080_8080 == 0 else { break }
                index += 8
            }
            let close = Swift.min(index + 8, count)
            while index < close {
                if self[index].isForbiddenInValue { return index }
                index += 1
            }
            if index == count { return count }
        }
    }
}
