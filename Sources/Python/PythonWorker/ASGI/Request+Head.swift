// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

extension Request {
    /// Makes the whole frame HEAD of a message; the content's length is filled in later.
    func makeHead(_ message: Object) -> Bool {
        guard let value = unsafe PyDict_GetItemWithError(message, loop.names.status) else {
            return unsafe refuse(apus_value_error(), "the start of a response has a status")
        }
        let status = unsafe PyLong_AsLongLong(value)
        if unsafe status == -1 && PyErr_Occurred() != nil { return false }
        guard status >= 200, status <= 999 else {
            return unsafe refuse(apus_value_error(), "the status is not that of a final response")
        }
        length = -1
        head.clear()
        head.frame(APUS_FRAME_HEAD, aux: UInt16(status), length: 0, request: id)
        head.append(Int64(-1))
        // Without a reason: the server knows the usual ones.
        head.append("\r\n")
        if let headers = unsafe PyDict_GetItemWithError(message, loop.names.headers) {
            guard unsafe append(headers, to: &head, keepsLength: true) else { return false }
        }
        // The fifth byte of a frame is the first of its payload's length.
        head.store(UInt32(head.count - MemoryLayout<apus_frame>.size), at: 4)
        self.status = Int(status)
        return true
    }

    /// Writes fields as an application gives them: any iterable of pairs of bytes.
    ///
    /// - Parameter keepsLength: whether a Content-Length is the response's.
    func append(_ headers: Object, to fields: inout Bytes, keepsLength: Bool) -> Bool {
        guard
            let list = unsafe Reference(
                apus_is_list(headers) != 0
                    ? retained(headers) : PySequence_List(headers))
        else { return false }
        var index = 0
        while unsafe index < PyList_Size(list.object) {
            guard let pair = unsafe PyList_GetItem(list.object, index) else { return false }
            guard unsafe append(pair: pair, to: &fields, keepsLength: keepsLength) else {
                return false
            }
            index += 1
        }
        return true
    }

    private func append(pair: Object, to fields: inout Bytes, keepsLength: Bool) -> Bool {
        if unsafe isTuple(pair), unsafe PyTuple_Size(pair) == 2 {
            return unsafe append(
                PyTuple_GetItem(pair, 0)!, PyTuple_GetItem(pair, 1)!, &fields, keepsLength)
        }
        guard let list = unsafe Reference(PySequence_List(pair)) else { return false }
        guard unsafe PyList_Size(list.object) == 2 else {
            return unsafe refuse(apus_value_error(), "a header is a pair of name and value")
        }
        return unsafe append(
            PyList_GetItem(list.object, 0)!, PyList_GetItem(list.object, 1)!, &fields,
            keepsLength)
    }

    private func append(
        _ name: Object, _ value: Object, _ fields: inout Bytes, _ keepsLength: Bool
    ) -> Bool {
        guard unsafe isBytes(name), unsafe isBytes(value) else {
            return unsafe refuse(apus_type_error(), "name and value of a header are bytes")
        }
        let nameBytes = unsafe contents(name)
        let valueBytes = unsafe contents(value)
        guard nameBytes.isToken else {
            return unsafe refuse(apus_value_error(), "not the name of a header")
        }
        guard valueBytes.isFieldValue else {
            return unsafe refuse(apus_value_error(), "control character in a header")
        }
        // "You may send a Transfer-Encoding header in this message, but the server must ignore it":
        // and so it does what else concerns the connection alone.
        if nameBytes.isHopByHop && !nameBytes.equals("te") { return true }
        if nameBytes.equals("content-length") {
            guard keepsLength else { return true }
            return set(length: valueBytes.trimmed)
        }
        unsafe fields.append(nameBytes.start, nameBytes.count)
        fields.append(": ")
        unsafe fields.append(valueBytes.start, valueBytes.count)
        fields.append("\r\n")
        return true
    }

    private func set(length text: Slice) -> Bool {
        guard text.count <= 18, let value = text.number(text.count),
            length < 0 || length == Int64(value)
        else { return unsafe refuse(apus_value_error(), "invalid Content-Length") }
        length = Int64(value)
        return true
    }
}
