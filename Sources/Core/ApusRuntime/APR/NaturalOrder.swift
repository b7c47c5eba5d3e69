// SPDX-License-Identifier: Apache-2.0

internal import CAPR

/// Order in which numbers inside of text count as numbers: `foo-1.9` before `foo-1.10`.
public enum NaturalOrder {
    /// Less than, equal to or greater than zero, as `apr_strnatcmp` and `apr_strnatcasecmp` have it.
    public static func compare(_ a: [UInt8], _ b: [UInt8], ignoringCase: Bool = false) -> Int {
        let a = a.map { CChar(bitPattern: $0) } + [0]
        let b = b.map { CChar(bitPattern: $0) } + [0]
        return unsafe Int(ignoringCase ? apr_strnatcasecmp(a, b) : apr_strnatcmp(a, b))
    }
}
