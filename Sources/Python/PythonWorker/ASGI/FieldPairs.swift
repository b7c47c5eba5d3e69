// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform

/// The pairs of name and value in `headers`, of which the latest of each name is kept.
///
/// Most fields of a request are those of the request before; as a pair is a tuple of two `bytes`,
/// which nobody can change, it may serve again.
struct FieldPairs {
    @safe
    private struct Entry {
        let name: Slice
        let nameObject: Object
        /// Secrets are not kept.
        let keeps: Bool
        var value: Slice
        var pair: Object?
    }

    private static let limit = 256
    private static let longestName = 64
    private static let longestValue = 256

    private var entries: [Entry?] = [Entry?](repeating: nil, count: limit * 2)
    private var count = 0

    /// - Returns: a reference, or nil with an exception.
    mutating func pair(_ name: Slice, _ value: Slice) -> Object? {
        var place = Self.hash(name) & (entries.count - 1)
        while entries[place] != nil {
            if entries[place]!.name == name { return unsafe pair(at: place, value) }
            place = (place + 1) & (entries.count - 1)
        }
        guard let nameObject = unsafe bytes(name) else { return nil }
        guard count < Self.limit, name.count <= Self.longestName else {
            defer { unsafe Py_DecRef(nameObject) }
            return unsafe Self.make(nameObject, value)
        }
        count += 1
        entries[place] = unsafe Entry(
            name: contents(nameObject), nameObject: nameObject, keeps: Self.keeps(name),
            value: Slice.empty, pair: nil)
        return unsafe pair(at: place, value)
    }

    private mutating func pair(at place: Int, _ value: Slice) -> Object? {
        if let pair = unsafe entries[place]!.pair, entries[place]!.value == value {
            return unsafe retained(pair)
        }
        let name = unsafe entries[place]!.nameObject
        guard let pair = unsafe Self.make(name, value) else { return nil }
        guard entries[place]!.keeps, value.count <= Self.longestValue,
            let kept = unsafe PyTuple_GetItem(pair, 1)
        else { return unsafe pair }
        let former = unsafe entries[place]!.pair
        unsafe entries[place]!.pair = retained(pair)
        entries[place]!.value = unsafe contents(kept)
        unsafe Py_DecRef(former)
        return unsafe pair
    }

    private static func make(_ name: Object, _ value: Slice) -> Object? {
        guard let pair = unsafe PyTuple_New(2) else { return nil }
        guard let value = unsafe bytes(value) else {
            unsafe Py_DecRef(pair)
            return nil
        }
        _ = unsafe PyTuple_SetItem(pair, 0, retained(name))
        _ = unsafe PyTuple_SetItem(pair, 1, value)
        return unsafe pair
    }

    private static func keeps(_ name: Slice) -> Bool {
        !(name == "cookie" || name == "authorization" || name == "proxy-authorization"
            || name == "x-csrftoken" || name == "sec-websocket-key" || name == "traceparent"
            || name == "x-request-id")
    }

    private static func hash(_ name: Slice) -> Int {
        var hash: UInt32 = 2_166_136_261
        for index in 0..<name.count { hash = (hash ^ UInt32(name[index])) &* 16_777_619 }
        return Int(hash)
    }
}

/// - Returns: a `bytes` object, or nil with an exception.
func bytes(_ slice: Slice) -> Object? {
    unsafe PyBytes_FromStringAndSize(slice.characters, slice.count)
}

/// A `str` of UTF-8, where what is none is replaced.
func text(utf8 slice: Slice) -> Object? {
    unsafe PyUnicode_DecodeUTF8(slice.characters, slice.count, "replace")
}
