// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// `wsgi.input`, an object for one request.
enum Input {
    static func makeType() -> Bool {
        unsafe Worker.inputType = PythonWorker.makeType(
            "apus_worker.input", size: Handle.size,
            iterator: { object in
                unsafe Py_IncRef(object)
                return unsafe object
            },
            next: { object in unsafe Input.next(object!) },
            methods: unsafe [
                ("read", METH_VARARGS, { unsafe Input.read($0!, $1!) }),
                ("readline", METH_VARARGS, { unsafe Input.readLine($0!, $1!) }),
                ("readlines", METH_VARARGS, { unsafe Input.readLines($0!, $1!) }),
                ("close", METH_NOARGS, { _, _ in unsafe none() }),
            ])
        return unsafe Worker.inputType != nil
    }

    private enum Limit {
        case invalid
        case none
        case bytes(Int)

        var count: Int? {
            if case .bytes(let count) = self { return count }
            return nil
        }
    }

    /// The only argument: a number, where one below zero and None mean all.
    private static func limit(_ arguments: OpaquePointer) -> Limit {
        let count = unsafe PyTuple_Size(arguments)
        guard count <= 1 else {
            _ = unsafe raise(apus_type_error(), "at most one argument, the size")
            return .invalid
        }
        guard count == 1, let argument = unsafe PyTuple_GetItem(arguments, 0),
            unsafe argument != apus_none()
        else { return .none }
        let value = unsafe PyLong_AsLongLong(argument)
        if unsafe value == -1 && PyErr_Occurred() != nil { return .invalid }
        return value < 0 ? .none : .bytes(Int(value))
    }

    private static func read(
        _ object: OpaquePointer, _ arguments: OpaquePointer
    ) -> OpaquePointer? {
        guard let slot = unsafe Handle.slot(of: object) else { return nil }
        let limit = unsafe limit(arguments)
        if case .invalid = limit { return nil }
        return unsafe slot.content.read(slot, limit: limit.count)
    }

    private static func readLine(
        _ object: OpaquePointer, _ arguments: OpaquePointer
    ) -> OpaquePointer? {
        guard let slot = unsafe Handle.slot(of: object) else { return nil }
        let limit = unsafe limit(arguments)
        if case .invalid = limit { return nil }
        return unsafe slot.content.readLine(slot, limit: limit.count)
    }

    /// - Parameter arguments: as in `io`, a hint: no further lines after so many bytes.
    private static func readLines(
        _ object: OpaquePointer, _ arguments: OpaquePointer
    ) -> OpaquePointer? {
        guard let slot = unsafe Handle.slot(of: object) else { return nil }
        let hint = unsafe limit(arguments)
        if case .invalid = hint { return nil }
        guard let lines = unsafe Reference(PyList_New(0)) else { return nil }
        var count = 0
        while true {
            guard let line = unsafe Reference(slot.content.readLine(slot, limit: nil)) else {
                return nil
            }
            let length = unsafe PyBytes_Size(line.object)
            guard length > 0 else { return unsafe lines.handOn() }
            guard unsafe PyList_Append(lines.object, line.object) == 0 else { return nil }
            count += length
            if let hint = hint.count, hint > 0, count >= hint { return unsafe lines.handOn() }
        }
    }

    private static func next(_ object: OpaquePointer) -> OpaquePointer? {
        guard let slot = unsafe Handle.slot(of: object),
            let line = unsafe Reference(slot.content.readLine(slot, limit: nil)),
            unsafe PyBytes_Size(line.object) > 0
        else { return nil }
        return unsafe line.handOn()
    }
}
