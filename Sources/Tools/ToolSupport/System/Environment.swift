// SPDX-License-Identifier: Apache-2.0

@unsafe @preconcurrency internal import Glibc

/// The variables of a process, kept as bytes so that they reach a child unchanged.
public struct Environment: Sendable {
    /// `NAME=value`, each without its closing NUL.
    private(set) var entries: [[UInt8]] = []

    public init(_ variables: [String: String] = [:]) {
        for (name, value) in variables { set(name, to: value) }
    }

    /// The variables this process was started with.
    public static func ofThisProcess() -> Environment {
        var environment = Environment()
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let length = unsafe strlen(entry)
            let bytes = unsafe UnsafeRawBufferPointer(start: entry, count: length)
            unsafe environment.entries.append([UInt8](bytes))
            unsafe next += 1
        }
        return environment
    }

    /// The value of a variable; nil when it is not set, or set to nothing.
    ///
    /// The commands take an empty `APACHE_CONFDIR=` for none, as a shell's `${NAME:-default}` does.
    public subscript(name: String) -> String? {
        let prefix = Array(name.utf8) + [UInt8(ascii: "=")]
        guard let entry = entries.first(where: { $0.starts(with: prefix) }),
            entry.count > prefix.count
        else { return nil }
        return String(decoding: entry.dropFirst(prefix.count), as: UTF8.self)
    }

    public mutating func set(_ name: String, to value: String) {
        insert(Array("\(name)=\(value)".utf8))
    }

    public mutating func remove(_ name: String) {
        let prefix = Array(name.utf8) + [UInt8(ascii: "=")]
        entries.removeAll { $0.starts(with: prefix) }
    }

    /// Takes `NAME=value`, replacing what the name had before; other bytes are not a variable.
    mutating func insert(_ entry: [UInt8]) {
        guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { return }
        entries.removeAll { $0.starts(with: entry[...equals]) }
        entries.append(entry)
    }

    /// Takes over every variable of another environment.
    mutating func merge(_ other: Environment) {
        for entry in other.entries { insert(entry) }
    }
}
