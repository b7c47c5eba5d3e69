// SPDX-License-Identifier: Apache-2.0

// The classes of bytes that the grammars of RFC 9110 and RFC 3986 are made of. A class is two
// words of bits, so that a test is a shift and neither a table in memory nor a lazy global.

extension UInt8 {
    /// Whether this is a `tchar` of RFC 9110 section 5.6.2, of which methods and names are made.
    @inline(__always)
    package var isTokenCharacter: Bool {
        isIn(low: 0x3ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)
    }

    @inline(__always)
    package var isDigit: Bool { self &- 0x30 < 10 }

    @inline(__always)
    package var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }

    /// Space or tab: what RFC 9110 section 5.6.3 calls optional whitespace.
    @inline(__always)
    package var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// Space, tab, LF, VT, FF, CR: `isspace` of C.
    @inline(__always)
    package var isWhitespace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }

    /// Whether this may not stand in a field value: every control character but tab.
    @inline(__always)
    package var isForbiddenInValue: Bool { (self < 0x20 && self != 0x09) || self == 0x7F }

    @inline(__always)
    package var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// The value of a hexadecimal digit; nil for any other byte.
    @inline(__always)
    package var hexadecimalValue: UInt8? {
        if isDigit { return self &- 0x30 }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? letter + 10 : nil
    }

    @inline(__always)
    package func isIn(low: UInt64, high: UInt64) -> Bool {
        self < 0x80 && (self < 0x40 ? low : high) >> UInt64(self & 0x3F) & 1 == 1
    }
}

/// `0123456789abcdef`: the digit of a value below 16.
@inline(__always)
package func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 &+ value : 0x57 &+ value
}
