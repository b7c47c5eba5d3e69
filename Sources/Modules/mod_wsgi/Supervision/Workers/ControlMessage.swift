// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What the parent and a worker say to each other: a verb, then keys and values, all of them
/// strings that end with a NUL where another follows.
struct ControlMessage: Hashable, Sendable {
    struct Pair: Hashable, Sendable {
        var key: String
        var value: String
    }

    var verb: String
    var pairs: [Pair] = []

    init(_ verb: String, _ pairs: KeyValuePairs<String, String> = [:]) {
        self.verb = verb
        self.pairs = pairs.map { Pair(key: $0.key, value: $0.value) }
    }

    /// The first value of a key.
    subscript(key: String) -> String? { pairs.first { $0.key == key }?.value }

    func values(of key: String) -> [String] { pairs.filter { $0.key == key }.map(\.value) }

    mutating func add(_ key: String, _ value: String?) {
        if let value { pairs.append(Pair(key: key, value: value)) }
    }

    mutating func add(_ key: String, _ value: Int?) { add(key, value.map(String.init)) }

    mutating func add(_ key: String, _ isSo: Bool) { add(key, isSo ? "1" : "0") }

    /// In seconds, with as many digits as it takes.
    mutating func add(_ key: String, _ value: Duration?) {
        add(key, value.map { "\(Double($0.nanoseconds) / 1e9)" })
    }

    // MARK: As bytes

    var encoded: [UInt8] {
        var bytes = verb.bytes
        for pair in pairs {
            bytes.append(0)
            bytes.append(bytesOf: pair.key)
            bytes.append(0)
            bytes.append(bytesOf: pair.value)
        }
        return bytes
    }

    /// Reads a message; nil for what is none.
    init?(encoded bytes: [UInt8]) {
        var parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(bytes: Array($0).span) }
        // A last NUL ends the last string, and begins none.
        if parts.count % 2 == 0, parts.last == "" { parts.removeLast() }
        guard let verb = parts.first, !verb.isEmpty, parts.count % 2 == 1 else { return nil }
        self.verb = verb
        pairs = stride(from: 1, to: parts.count, by: 2).map {
            Pair(key: parts[$0], value: parts[$0 + 1])
        }
    }
}
