// SPDX-License-Identifier: Apache-2.0

// Writing into an array of bytes without anything made on the way.

extension [UInt8] {
    /// Appends a number in decimal digits.
    public mutating func append(decimal number: Int) {
        if number < 0 { append(0x2D) }
        var rest = number.magnitude
        if rest < 10 { return append(0x30 + UInt8(truncatingIfNeeded: rest)) }
        // From behind, for each division by a constant is a multiplication.
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var first = digits.count
        while rest > 0 {
            first -= 1
            digits[first] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        for index in first..<digits.count { append(digits[index]) }
    }

    /// Appends a number in hexadecimal digits.
    public mutating func append(hexadecimal number: Int) {
        precondition(number >= 0)
        let width = Swift.max(1, (Int.bitWidth - number.leadingZeroBitCount + 3) / 4)
        for position in (0..<width).reversed() {
            append(hexadecimalDigit(UInt8(truncatingIfNeeded: number >> (4 * position)) & 0xF))
        }
    }
}
