// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

extension Request {
    /// Calls the application and makes a task of its coroutine.
    ///
    /// - Returns: false with an exception; then there is no task.
    func run(_ application: Object, _ scope: Object) -> Bool {
        let types = loop.types
        guard let object = unsafe types.coroutine.make(self) else { return false }
        unsafe self.object = object
        guard let receive = unsafe PyCFunction_NewEx(types.receive, object, nil) else {
            return false
        }
        defer { unsafe Py_DecRef(receive) }
        guard let send = unsafe PyCFunction_NewEx(types.send, object, nil) else { return false }
        defer { unsafe Py_DecRef(send) }
        guard let coroutine = unsafe apus_call3(application, scope, receive, send) else {
            return false
        }
        unsafe self.coroutine = coroutine
        guard let task = unsafe loop.makeTask(object) else { return false }
        // A task that began at once may be over.
        if isOver { unsafe Py_DecRef(task) } else { unsafe self.task = unsafe task }
        return true
    }

    // MARK: As a coroutine

    func step(_ value: Object, _ result: UnsafeMutablePointer<Object?>) -> Int32 {
        guard let coroutine = unsafe coroutine else {
            _ = unsafe raise(apus_runtime_error(), "cannot reuse already awaited coroutine")
            return Int32(APUS_SEND_ERROR)
        }
        enter()
        let outcome = unsafe PyIter_Send(coroutine, value, result)
        if outcome == Int32(APUS_SEND_NEXT) { return outcome }
        if outcome == Int32(APUS_SEND_RETURN) {
            if let object = unsafe result.pointee { unsafe Py_DecRef(object) }
            returned()
        } else if !raised() {
            return outcome
        }
        unsafe result.pointee = none()
        return Int32(APUS_SEND_RETURN)
    }

    /// `send` of the coroutine; before 3.10 there is no other way.
    func stepWithMethod(_ method: StaticString, _ value: Object) -> Object? {
        guard let coroutine = unsafe coroutine else {
            return unsafe raise(apus_runtime_error(), "cannot reuse already awaited coroutine")
        }
        enter()
        return unsafe outcome(apus_call_method1(coroutine, loop.names.send, value))
    }

    func throwInto(_ arguments: Object) -> Object? {
        guard let coroutine = unsafe coroutine else {
            return unsafe raise(apus_runtime_error(), "cannot reuse already awaited coroutine")
        }
        enter()
        guard let function = unsafe PyObject_GetAttr(coroutine, loop.names.throw) else {
            return nil
        }
        defer { unsafe Py_DecRef(function) }
        return unsafe outcome(PyObject_CallObject(function, arguments))
    }

    func closeCoroutine() -> Object? {
        guard let coroutine = unsafe coroutine else { return unsafe none() }
        let result = unsafe apus_call_method(coroutine, loop.names.close)
        if unsafe result != nil { returned() }
        return unsafe result
    }

    func attribute(_ name: UnsafePointer<CChar>) -> Object? {
        guard let coroutine = unsafe coroutine else {
            if unsafe name[0] == 95 { return unsafe PyUnicode_InternFromString("ASGI request") }
            return unsafe none()
        }
        return unsafe PyObject_GetAttrString(coroutine, name)
    }

    /// Puts the request's label where all that it calls finds it, for the log.
    private func enter() {
        guard !hasEntered else { return }
        hasEntered = true
        loop.hooks.enter(self)
    }

    /// Passes on what a method of the coroutine answered; but its end is the request's.
    private func outcome(_ result: Object?) -> Object? {
        if let result = unsafe result { return unsafe result }
        if unsafe PyErr_ExceptionMatches(apus_stop_iteration()) != 0 {
            PyErr_Clear()
            returned()
        } else if !raised() {
            return nil
        }
        unsafe PyErr_SetNone(apus_stop_iteration())
        return nil
    }

    // MARK: The end

    private func returned() {
        if phase == .complete || isDisconnected {
            over(flags: isDisconnected ? APUS_END_ABORTED : 0)
        } else if isWebSocket && phase == .open {
            close(code: 1000, reason: nil)
            over(flags: 0)
        } else if phase == .none || phase == .started {
            log("ASGI application returned without a response")
            over(flags: APUS_END_FAILED)
        } else {
            log("ASGI application returned before the response was complete")
            over(flags: APUS_END_ABORTED)
        }
    }

    /// - Returns: false if the task is to know of it, which is cancellation; the exception is set.
    private func raised() -> Bool {
        let isCancelled = unsafe PyErr_ExceptionMatches(loop.hooks.cancelled) != 0
        var type: Object?
        var value: Object?
        var traceback: Object?
        unsafe PyErr_Fetch(&type, &value, &traceback)
        if isCancelled {
            fail()
            unsafe PyErr_Restore(type, value, traceback)
            return false
        }
        unsafe PyErr_NormalizeException(&type, &value, &traceback)
        if let value = unsafe value, let traceback = unsafe traceback {
            _ = unsafe PyException_SetTraceback(value, traceback)
        }
        if let value = unsafe value { unsafe loop.hooks.report(self, value) }
        unsafe Py_DecRef(type)
        unsafe Py_DecRef(value)
        unsafe Py_DecRef(traceback)
        fail()
        return true
    }

    /// The application could not be called; an exception is set.
    func couldNotRun() {
        guard !isOver else { return }
        if !raised() { PyErr_Clear() }
    }

    /// Ends a request whose application has raised an exception, or could not be called.
    func fail() {
        if phase == .complete || isDisconnected {
            over(flags: APUS_END_ABORTED)
        } else if isWebSocket && phase == .open {
            close(code: 1011, reason: nil)
            over(flags: APUS_END_FAILED)
        } else if phase == .none || phase == .started {
            over(flags: APUS_END_FAILED)
        } else {
            over(flags: APUS_END_ABORTED)
        }
    }

    private func over(flags: Int) {
        guard !isOver else { return }
        isOver = true
        if phase != .complete { complete(flags: flags) }
        let references = unsafe (coroutine, task, object)
        unsafe coroutine = nil
        unsafe task = nil
        unsafe object = nil
        unsafe Py_DecRef(references.0)
        unsafe Py_DecRef(references.1)
        unsafe Py_DecRef(references.2)
        loop.requestEnds()
        if hasSentEnd { channel.requests.remove(id) }
    }

    /// The response has ended; the task may go on.
    func complete(flags: Int) {
        phase = .complete
        put(.end(flags: flags))
        changed()
    }

    func log(_ text: StaticString) {
        channel.log(id, text)
    }
}
