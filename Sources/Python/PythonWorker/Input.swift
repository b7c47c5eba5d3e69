// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// `wsgi.input`, an object for one request.
enum Input {
    static func makeType() -> Bool {
        Worker.inputType = PythonWorker.makeType(
            "apus_worker.input", size: Handle.size,
            iterator: { object in
                Py_IncRef(object)
                return object
            },
            next: { object in Input.next(object!) },
            methods: [
                ("read", METH_VARARGS, { Input.read($0!, $1!) }),
                ("readline", METH_VARARGS, { Input.readLine($0!, $1!) }),
                ("readlines", METH_VARARGS, { Input.readLines($0!, $1!) }),
                ("close", METH_NOARGS, { _, _ in none() }),
            ])
        return Worker.inputType != nil
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
        let count = PyTuple_Size(arguments)
        guard count <= 1 else {
            _ = raise(apus_type_error(), "at most one argument, the size")
            return .invalid
        }
        guard count == 1, let argument = PyTuple_GetItem(arguments, 0), argument != apus_none()
        else { return .none }
        let value = PyLong_AsLongLong(argument)
        if value == -1 && PyErr_Occurred() != nil { return .invalid }
        return value < 0 ? .none : .bytes(Int(value))
    }

    private static func read(
        _ object: OpaquePointer, _ arguments: OpaquePointer
    ) -> OpaquePointer? {
        guard let slot = Handle.slot(of: object) else { return nil }
        let limit = limit(arguments)
        if case .invalid = limit { return nil }
        return slot.content.read(slot, limit: limit.count)
    }

    private static func readLine(
        _ object: OpaquePointer, _ arguments: OpaquePointer
    ) -> OpaquePointer? {
        guard let slot = Handle.slot(of: object) else { return nil }
        let limit = limit(arguments)
        if case .invalid = limit { return nil }
        return slot.content.readLine(slot, limit: limit.count)
    }

    /// - Parameter arguments: as in `io`, a hint: no further lines after so many bytes.
    private static func readLines(
        _ object: OpaquePointer, _ arguments: OpaquePointer
    ) -> OpaquePointer? {
        guard let slot = Handle.slot(of: object) else { return nil }
        let hint = limit(arguments)
        if case .invalid = hint { return nil }
        guard let lines = Reference(PyList_New(0)) else { return nil }
        var count = 0
        while true {
            guard let line = Reference(slot.content.readLine(slot, limit: nil)) else { return nil }
            let length = PyBytes_Size(line.object)
            guard length > 0 else { return lines.handOn() }
            guard PyList_Append(lines.object, line.object) == 0 else { return nil }
            count += length
            if let hint = hint.count, hint > 0, count >= hint { return lines.handOn() }
        }
    }

    private static func next(_ object: OpaquePointer) -> OpaquePointer? {
        guard let slot = Handle.slot(of: object),
            let line = Reference(slot.content.readLine(slot, limit: nil)),
            PyBytes_Size(line.object) > 0
        else { return nil }
        return line.handOn()
    }
}
