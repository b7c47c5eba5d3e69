// SPDX-License-Identifier: Apache-2.0

// Writing into an array of bytes without anything made on the way.

extension [UInt8] {
    /// Appends a run of bytes in one copy.
    public mutating func append(copying span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends a number in decimal digits.
    public mutating func append(decimal number: Int) {
        if number < 0 { append(0x2D) }
        let magnitude = number.magnitude
        var divisor: UInt = 1
        while magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(0x30 + UInt8(truncatingIfNeeded: magnitude / divisor % 10))
            divisor /= 10
        }
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
