// SPDX-License-Identifier: Apache-2.0

/// The size of a file in four characters: ` 54 `, `1.5K`, `132M` (`apr_strfsize`).
enum FileSize {
    static func text(_ size: Int64) -> String {
        guard size >= 0 else { return "  - " }
        guard size >= 973 else { return padded(size) + " " }
        var size = size
        for unit in "KMGTPE" {
            let remainder = size & 1023
            size >>= 10
            if size >= 973 { continue }
            if size < 9 || size == 9 && remainder < 973 {
                let tenths = (remainder * 5 + 256) / 512
                return tenths >= 10 ? "\(size + 1).0\(unit)" : "\(size).\(tenths)\(unit)"
            }
            return padded(remainder >= 512 ? size + 1 : size) + String(unit)
        }
        return "****"
    }

    private static func padded(_ number: Int64) -> String {
        let digits = String(number)
        return String(repeating: " ", count: max(0, 3 - digits.count)) + digits
    }
}
