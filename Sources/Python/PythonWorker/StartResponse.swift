// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// `start_response` and the `write` that it returns, each an object for one request.
enum StartResponse {
    static func makeTypes() -> Bool {
        unsafe Worker.startResponseType = makeType(
            "apus_worker.start_response", size: Handle.size,
            call: { object, arguments, named in
                unsafe StartResponse.call(object!, arguments!, named)
            })
        unsafe Worker.writeType = makeType(
            "apus_worker.write", size: Handle.size,
            call: { object, arguments, _ in unsafe StartResponse.write(object!, arguments!) })
        return unsafe Worker.startResponseType != nil && Worker.writeType != nil
    }

    private static func call(
        _ object: OpaquePointer, _ arguments: OpaquePointer, _ named: OpaquePointer?
    ) -> OpaquePointer? {
        guard let slot = unsafe Handle.slot(of: object) else { return nil }
        let count = unsafe PyTuple_Size(arguments)
        guard count == 2 || count == 3 else {
            return unsafe raise(
                apus_type_error(), "start_response takes status, headers and exc_info")
        }
        var exception = unsafe count == 3 ? PyTuple_GetItem(arguments, 2) : nil
        if let named = unsafe named {
            guard let key = unsafe Reference(interned("exc_info")) else { return nil }
            unsafe exception = PyDict_GetItemWithError(named, key.object) ?? exception
        }
        if let exception = unsafe exception, unsafe exception != apus_none() {
            guard slot.response.phase != .committed else { return unsafe raiseAgain(exception) }
        } else if slot.response.phase != .none {
            return unsafe raise(
                apus_assertion_error(), "start_response was called before, and without exc_info")
        }
        guard
            unsafe slot.response.start(
                PyTuple_GetItem(arguments, 0)!, PyTuple_GetItem(arguments, 1)!)
        else {
            slot.response.phase = .none
            return nil
        }
        return unsafe Handle.make(Worker.writeType!, slot)
    }

    /// The head has been sent, so the application's error handler cannot say anything else.
    private static func raiseAgain(_ exception: OpaquePointer) -> OpaquePointer? {
        guard unsafe isTuple(exception), unsafe PyTuple_Size(exception) == 3 else {
            return unsafe raise(apus_type_error(), "exc_info must be a tuple of three")
        }
        let parts = unsafe (0..<3).map { unsafe PyTuple_GetItem(exception, $0) }
        unsafe parts.forEach { unsafe Py_IncRef($0) }
        let traceback = unsafe parts[2] == apus_none() ? nil : parts[2]
        if unsafe traceback == nil { unsafe Py_DecRef(parts[2]) }
        unsafe PyErr_Restore(parts[0], parts[1], traceback)
        return nil
    }

    private static func write(
        _ object: OpaquePointer, _ arguments: OpaquePointer
    ) -> OpaquePointer? {
        guard let slot = unsafe Handle.slot(of: object) else { return nil }
        guard unsafe PyTuple_Size(arguments) == 1, let block = unsafe PyTuple_GetItem(arguments, 0)
        else {
            return unsafe raise(apus_type_error(), "write takes one argument")
        }
        guard unsafe slot.send(block, holds: false) else { return nil }
        guard !slot.response.isLost else {
            return unsafe raise(apus_os_error(), "failed to write data")
        }
        return unsafe none()
    }
}
