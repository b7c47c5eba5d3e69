// SPDX-License-Identifier: Apache-2.0

/// Names with values, in order, names compared without regard to ASCII case: httpd's `apr_table_t`.
///
/// Made for a few dozen entries: the environment of a request, its notes.
public struct Table: Sendable {
    public private(set) var entries: [(name: String, value: String)] = []

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    public subscript(name: String) -> String? {
        get { entries.first { equalsIgnoringCase($0.name, name) }?.value }
        set {
            guard let index = entries.firstIndex(where: { equalsIgnoringCase($0.name, name) })
            else {
                if let newValue { entries.append((name, newValue)) }
                return
            }
            if let newValue {
                entries[index].value = newValue
            } else {
                entries.removeAll { equalsIgnoringCase($0.name, name) }
            }
        }
    }

    /// Adds an entry without looking for others of its name.
    public mutating func append(_ name: String, _ value: String) { entries.append((name, value)) }

    public mutating func removeAll() { entries.removeAll() }

    /// Lays `other` over this table.
    public mutating func merge(_ other: Table) {
        for (name, value) in other.entries { self[name] = value }
    }
}

/// Compares ASCII letters without regard to case, other bytes as they are.
@inlinable
public func equalsIgnoringCase(_ a: String, _ b: String) -> Bool {
    let a = a.utf8
    let b = b.utf8
    guard a.count == b.count else { return false }
    return zip(a, b).allSatisfy { lowercased($0) == lowercased($1) }
}

@inlinable
func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
}
