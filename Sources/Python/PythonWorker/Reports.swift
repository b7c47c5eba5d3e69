// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

extension Slot {
    /// Logs the exception that is set, and forgets it.
    func reportException(_ target: Target) {
        var type: OpaquePointer?
        var value: OpaquePointer?
        var traceback: OpaquePointer?
        unsafe PyErr_Fetch(&type, &value, &traceback)
        guard unsafe type != nil else { return }
        unsafe PyErr_NormalizeException(&type, &value, &traceback)
        defer {
            unsafe Py_DecRef(type)
            unsafe Py_DecRef(value)
            unsafe Py_DecRef(traceback)
        }
        guard let script = path(target.script), let arguments = unsafe Reference(PyTuple_New(4))
        else {
            PyErr_Clear()
            return
        }
        let objects = unsafe [script.object, type, value, traceback]
        for index in unsafe objects.indices {
            let object = unsafe objects[index] ?? apus_none()
            unsafe Py_IncRef(object)
            _ = unsafe PyTuple_SetItem(arguments.object, index, object)
        }
        let result = unsafe Reference(PyObject_CallObject(Worker.hooks.report, arguments.object))
        if result == nil { unsafe PyErr_WriteUnraisable(Worker.hooks.report) }
    }

    /// Logs a fault of the application that is no exception.
    func report(_ message: StaticString, _ target: Target) {
        var text = Bytes(capacity: 256)
        text.append(message)
        text.append(" (WSGI script '")
        unsafe text.append(target.script.start, target.script.count)
        text.append("')")
        unsafe log(level: 3, Slice(start: UnsafeRawPointer(text.start), count: text.count))
    }

    /// Puts a line before whatever is sent next.
    func log(level: UInt16, _ line: Slice) {
        let count = min(line.count, 65536)
        out.frame(APUS_FRAME_LOG, aux: level, length: count, request: request)
        unsafe out.append(line.start, count)
    }

    /// Takes text of `wsgi.errors`; whole lines are sent at once.
    func writeErrors(_ text: Slice) {
        unsafe errorLine.append(text.start, text.count)
        var start = 0
        while start < errorLine.count,
            let end = unsafe memchr(errorLine.start + start, 10, errorLine.count - start)
        {
            let place = unsafe UnsafeRawPointer(errorLine.start + start)
            let count = unsafe UnsafeRawPointer(end) - place
            unsafe log(level: 3, Slice(start: place, count: count))
            start += count + 1
        }
        errorLine.drop(start)
        if errorLine.count > 65536 { endErrorLine() }
        if start > 0 { unsafe flush() }
    }

    /// What there is of a line is a line, when the application says so or the request ends.
    func endErrorLine() {
        guard errorLine.count > 0 else { return }
        unsafe log(
            level: 3, Slice(start: UnsafeRawPointer(errorLine.start), count: errorLine.count))
        errorLine.clear(keeping: 4096)
    }

    /// Asks a function of an access or authentication script.
    func callAuthorization(_ packet: borrowing Packet, _ target: Target) -> Ending {
        guard let template = unsafe Reference(PyDict_New()),
            let environ = unsafe Worker.environ.make(
                packet, template.object, keys: Worker.keys, slot: self),
            let script = path(target.script),
            let answer = unsafe Reference(
                apus_call2(Worker.hooks.authorize, script.object, environ.object))
        else {
            reportException(target)
            return (APUS_END_FAILED, 0)
        }
        guard unsafe isBytes(answer.object), let start = unsafe PyBytes_AsString(answer.object)
        else {
            return (APUS_END_NOT_LOADED, 0)
        }
        let count = unsafe PyBytes_Size(answer.object)
        out.frame(APUS_FRAME_DATA, length: count, request: request)
        unsafe out.append(UnsafeRawPointer(start), count)
        return (0, 0)
    }
}
