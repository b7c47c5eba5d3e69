// SPDX-License-Identifier: Apache-2.0

internal import Apus

enum DomainName {
    /// Whether `name` is `domain` or belongs to it: `www.example.org` to `example.org` and to
    /// `.example.org`, `notexample.org` to neither.
    static func isIn(_ domain: String, _ name: String) -> Bool {
        let start = name.utf8.count - domain.utf8.count
        guard start >= 0, equalsIgnoringCase(String(name.utf8.dropFirst(start)) ?? "", domain)
        else { return false }
        if start == 0 || domain.hasPrefix(".") { return true }
        return name.utf8.dropFirst(start - 1).first == UInt8(ascii: ".")
    }
}
