// SPDX-License-Identifier: Apache-2.0

/// The members of a list such as `no-cache, private="a, b"`, as they are compared by `merge`.
///
/// A comma in double quotes separates nothing. A member is compared as it stands, with the blanks
/// behind it, for that is what httpd does.
struct ListMembers: Sequence, IteratorProtocol {
    private var rest: Substring.UTF8View

    init(_ list: String) { rest = list[...].utf8 }

    mutating func next() -> String? {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
        guard !rest.isEmpty else { return nil }
        var isQuoted = false
        let end =
            rest.firstIndex { byte in
                if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
                return byte == UInt8(ascii: ",") && !isQuoted
            } ?? rest.endIndex
        defer { rest = rest[end...].dropFirst() }
        return String(rest[..<end])
    }
}
