// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// The keys of environ, each made once, and the latest value of each.
///
/// Most of what a request says was said by the one before it, so its text is compared instead of
/// made. The GIL guards the tables.
@safe final class Keys {
    @safe
    private struct Known {
        var key: OpaquePointer?
        var keeps = true
        /// The latest value, if it was short and ASCII; and its characters, which are its own.
        var value: OpaquePointer?
        var text = Slice.empty
    }

    private static let longestKept = 256
    /// Names beyond these are made for each request, or clients could fill the memory.
    private static let literalLimit = 512

    private var known: [Known] = []
    private var literals: [(name: Slice, key: OpaquePointer)?]
    private var literalCount = 0

    /// Secrets are not kept, and neither is what differs from request to request.
    private static func keeps(_ name: Slice) -> Bool {
        !(name == "HTTP_COOKIE" || name == "HTTP_AUTHORIZATION" || name == "REMOTE_PORT"
            || name == "UNIQUE_ID" || name == "HTTP_X_CSRFTOKEN" || name == "HTTP_TRACEPARENT"
            || name == "HTTP_TRACESTATE" || name == "HTTP_X_REQUEST_ID"
            || name == "mod_wsgi.request_id" || name == "mod_wsgi.auth_user"
            || name == "mod_wsgi.auth_password" || name == "HTTP_SEC_WEBSOCKET_KEY")
    }

    init?() {
        unsafe literals = Array(repeating: nil, count: Self.literalLimit * 2)
        known.append(Known())
        var number: UInt8 = 1
        while let name = unsafe apus_key_name(number) {
            guard let key = unsafe PyUnicode_InternFromString(name) else { return nil }
            let text = unsafe Slice(start: UnsafeRawPointer(name), count: strlen(name))
            unsafe known.append(Known(key: key, keeps: Self.keeps(text)))
            number += 1
        }
    }

    /// Adds a variable to environ.
    func set(_ variable: Variable, in environ: OpaquePointer) -> Bool {
        let number = Int(variable.key)
        if number > 0 && number < known.count {
            guard let value = value(of: number, variable.value) else { return false }
            return unsafe PyDict_SetItem(environ, known[number].key!, value.object) == 0
        }
        guard Int32(variable.key) == APUS_KEY_LITERAL else { return true }
        guard let key = literal(variable.name), let value = text(variable.value) else {
            return false
        }
        return unsafe PyDict_SetItem(environ, key.object, value.object) == 0
    }

    private func value(of number: Int, _ bytes: Slice) -> Reference? {
        if let value = unsafe known[number].value, known[number].text == bytes {
            return unsafe Reference(keeping: value)
        }
        guard let value = text(bytes) else { return nil }
        if known[number].keeps && bytes.count <= Self.longestKept {
            unsafe keep(value.object, as: number, bytes.count)
        }
        return value
    }

    private func keep(_ value: OpaquePointer, as number: Int, _ length: Int) {
        var size = 0
        // The text as UTF-8 is the object's own memory if it is ASCII; else there is a copy, longer.
        guard let characters = unsafe PyUnicode_AsUTF8AndSize(value, &size), size == length else {
            PyErr_Clear()
            return
        }
        let former = unsafe known[number].value
        unsafe Py_IncRef(value)
        unsafe known[number].value = value
        known[number].text = unsafe Slice(start: UnsafeRawPointer(characters), count: size)
        unsafe Py_DecRef(former)
    }

    private func literal(_ name: Slice) -> Reference? {
        var place = unsafe Self.hash(name) % literals.count
        while let entry = unsafe literals[place] {
            if unsafe entry.name == name { return unsafe Reference(keeping: entry.key) }
            place = unsafe (place + 1) % literals.count
        }
        guard let key = text(name) else { return nil }
        guard literalCount < Self.literalLimit else { return key }
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, name.count), alignment: 1)
        unsafe copy.copyMemory(from: name.start, byteCount: name.count)
        var object: OpaquePointer = unsafe key.handOn()
        unsafe PyUnicode_InternInPlace(&object)
        // The table's own reference, and the caller's.
        unsafe literals[place] = (Slice(start: UnsafeRawPointer(copy), count: name.count), object)
        literalCount += 1
        return unsafe Reference(keeping: object)
    }

    private static func hash(_ name: Slice) -> Int {
        var hash: UInt32 = 2_166_136_261
        for offset in 0..<name.count {
            hash = unsafe (hash ^ UInt32((name.start + offset).load(as: UInt8.self))) &* 16_777_619
        }
        return Int(hash)
    }
}

/// A native string of PEP 3333: each byte a character.
func text(_ bytes: Slice) -> Reference? {
    unsafe Reference(
        PyUnicode_DecodeLatin1(
            bytes.start.assumingMemoryBound(to: CChar.self), bytes.count, nil))
}
