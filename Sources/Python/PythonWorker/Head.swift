// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// Writes what an application gives to `start_response` as the payload of HEAD.
///
/// Each function returns false with an exception set if the application's words cannot be a
/// response's head.
extension Response {
    mutating func start(_ status: OpaquePointer, _ fields: OpaquePointer) -> Bool {
        head.clear()
        length = -1
        head.append(Int64(-1))
        guard unsafe append(status: status) else { return false }
        guard unsafe isList(fields) else {
            return unsafe refuse(apus_type_error(), "response headers must be a list")
        }
        var index = 0
        while unsafe index < PyList_Size(fields) {
            guard let field = unsafe PyList_GetItem(fields, index), unsafe isTuple(field),
                unsafe PyTuple_Size(field) == 2
            else {
                return unsafe refuse(apus_type_error(), "a response header must be a tuple of two")
            }
            guard unsafe append(name: PyTuple_GetItem(field, 0)!, value: PyTuple_GetItem(field, 1)!)
            else { return false }
            index += 1
        }
        phase = .started
        return true
    }

    private mutating func append(status: OpaquePointer) -> Bool {
        guard unsafe isText(status) else {
            return unsafe refuse(apus_type_error(), "status must be str")
        }
        let start = head.count
        guard unsafe appendText(status) else { return false }
        let line = unsafe Slice(
            start: UnsafeRawPointer(head.start + start), count: head.count - start)
        guard line.count >= 3, let code = line.number(3), code >= 100 else {
            return unsafe refuse(apus_value_error(), "status code is not a number of three digits")
        }
        // The message behind the space may be empty.
        guard line.count > 3, line[3] == 32 else {
            return unsafe refuse(apus_value_error(), "no space following status code")
        }
        guard line.isFieldValue else {
            return unsafe refuse(apus_value_error(), "control character in the status")
        }
        guard code >= 200 else {
            return unsafe refuse(apus_value_error(), "status code is not that of a final response")
        }
        self.status = UInt16(code)
        // The code stands in the frame; the reason moves to its place.
        let reason = head.count - start - 4
        unsafe memmove(head.start + start, head.start + start + 4, reason)
        head.grow(-4)
        head.append("\r\n")
        return true
    }

    private mutating func append(name: OpaquePointer, value: OpaquePointer) -> Bool {
        guard unsafe isText(name), unsafe isText(value) else {
            return unsafe refuse(
                apus_type_error(), "name and value of a response header must be str")
        }
        let start = head.count
        guard unsafe appendText(name) else { return false }
        let nameLength = head.count - start
        head.append(": ")
        guard unsafe appendText(value) else { return false }
        let line = unsafe UnsafeRawPointer(head.start + start)
        let nameBytes = unsafe Slice(start: line, count: nameLength)
        let valueBytes = unsafe Slice(
            start: line + nameLength + 2, count: head.count - start - nameLength - 2)
        guard nameBytes.isToken else {
            return unsafe refuse(apus_value_error(), "not the name of a response header")
        }
        guard valueBytes.isFieldValue else {
            return unsafe refuse(apus_value_error(), "control character in a response header")
        }
        guard !nameBytes.isHopByHop else {
            return unsafe refuse(
                apus_value_error(), "a response header of the connection is the server's to send")
        }
        guard nameBytes.equals("content-length") else {
            head.append("\r\n")
            return true
        }
        head.grow(start - head.count)
        return set(length: valueBytes)
    }

    private mutating func set(length text: Slice) -> Bool {
        let trimmed = text.trimmed
        guard trimmed.count <= 18, let value = trimmed.number(trimmed.count),
            length < 0 || length == Int64(value)
        else { return unsafe refuse(apus_value_error(), "invalid content length") }
        length = Int64(value)
        return true
    }

    /// Appends text as Latin-1.
    private mutating func appendText(_ text: OpaquePointer) -> Bool {
        var count = 0
        if let bytes = unsafe PyUnicode_AsUTF8AndSize(text, &count) {
            if unsafe count == PyUnicode_GetLength(text) {
                unsafe head.append(UnsafeRawPointer(bytes), count)
                return true
            }
        } else {
            PyErr_Clear()
        }
        guard let bytes = unsafe Reference(PyUnicode_AsLatin1String(text)),
            let start = unsafe PyBytes_AsString(bytes.object)
        else { return false }
        unsafe head.append(UnsafeRawPointer(start), PyBytes_Size(bytes.object))
        return true
    }

    private func refuse(_ type: OpaquePointer, _ message: StaticString) -> Bool {
        _ = unsafe raise(type, message)
        return false
    }
}

extension Slice {
    subscript(index: Int) -> UInt8 { unsafe (start + index).load(as: UInt8.self) }

    /// The first digits as a number; nil if they are not all digits, or none.
    func number(_ digits: Int) -> Int? {
        guard digits > 0 else { return nil }
        var value = 0
        for index in 0..<digits {
            guard self[index] >= 48, self[index] <= 57 else { return nil }
            value = value * 10 + Int(self[index] - 48)
        }
        return value
    }

    var trimmed: Slice {
        var slice = self
        while slice.count > 0, slice[0] == 32 || slice[0] == 9 {
            unsafe slice.start += 1
            slice.count -= 1
        }
        while slice.count > 0, slice[slice.count - 1] == 32 || slice[slice.count - 1] == 9 {
            slice.count -= 1
        }
        return slice
    }

    /// RFC 9110 section 5.6.2.
    var isToken: Bool {
        for index in 0..<count {
            switch self[index] {
            case 48...57, 65...90, 94...122, 33, 35...39, 42, 43, 45, 46, 124, 126: continue
            default: return false
            }
        }
        return count > 0
    }

    /// RFC 9110 section 5.5: no control characters but tabs.
    var isFieldValue: Bool {
        for index in 0..<count where (self[index] < 32 && self[index] != 9) || self[index] == 127 {
            return false
        }
        return true
    }

    /// PEP 3333, "Other HTTP Features".
    var isHopByHop: Bool {
        switch count {
        case 2: equals("te")
        case 7: equals("upgrade")
        case 8: equals("trailers")
        case 10: equals("connection") || equals("keep-alive")
        case 17: equals("transfer-encoding")
        case 18: equals("proxy-authenticate")
        case 19: equals("proxy-authorization")
        default: false
        }
    }

    /// - Parameter lowercase: ASCII.
    func equals(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        if self == lowercase { return true }
        for index in 0..<count {
            let byte = self[index]
            let lower = byte >= 65 && byte <= 90 ? byte | 32 : byte
            guard unsafe lower == lowercase.utf8Start[index] else { return false }
        }
        return true
    }
}
