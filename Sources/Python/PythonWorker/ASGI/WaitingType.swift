// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// What `receive`, and a `send` that has to wait, give to `await`.
///
/// It asks the request for its result, and as long as there is none it waits on a future that the
/// request resolves when something has changed. So it is lazy, as a coroutine is: a message is
/// taken when somebody really gets it, and none is lost with a cancelled task.
struct WaitingType {
    enum Purpose: UInt8 { case receive, send }

    struct State {
        var request: UnsafeMutableRawPointer?
        /// Of the future that it waits on.
        var iterator: Object?
        var purpose: Purpose
        var isOver: Bool
    }

    private let type: OpaquePointer

    init?() {
        var blueprint = TypeBlueprint()
        blueprint.awaitItself()
        blueprint.slot(
            Py_tp_iternext,
            address { object in
                guard let object else { return nil }
                return stepWithStopIteration(object)
            })
        blueprint.slot(
            Py_tp_dealloc,
            address { object in
                guard let object else { return }
                let state = state(object, as: State.self)
                if let iterator = state.pointee.iterator { Py_DecRef(iterator) }
                if let request = state.pointee.request {
                    Unmanaged<Request>.fromOpaque(request).release()
                }
                Handle.free(object)
            })
        blueprint.send { object, _, result in
            guard let object, let result else { return Int32(APUS_SEND_ERROR) }
            return step(object, result)
        }
        blueprint.methods([
            method("send", METH_O) { object, _ in
                guard let object else { return nil }
                return stepWithStopIteration(object)
            },
            method("throw", METH_VARARGS) { object, arguments in
                guard let object else { return nil }
                return throwWhileWaiting(object, arguments)
            },
            method("close", METH_NOARGS) { object, _ in
                if let object { endWait(object) }
                return none()
            },
        ])
        guard
            let type = blueprint.make("apus.Waiting", stateSize: MemoryLayout<State>.size)
        else { return nil }
        self.type = type
    }

    func make(_ request: Request, _ purpose: Purpose) -> Object? {
        guard let object = PyType_GenericAlloc(type, 0) else { return nil }
        state(object, as: State.self).pointee = State(
            request: Unmanaged.passRetained(request).toOpaque(), iterator: nil, purpose: purpose,
            isOver: false)
        return object
    }
}

/// - Returns: APUS_SEND_RETURN with the result, APUS_SEND_NEXT with a future for the task to wait
///   on, or APUS_SEND_ERROR with an exception.
private func step(_ object: Object, _ result: UnsafeMutablePointer<Object?>) -> Int32 {
    let wait = state(object, as: WaitingType.State.self)
    guard let pointer = wait.pointee.request, !wait.pointee.isOver else {
        _ = raise(apus_runtime_error(), "cannot reuse already awaited coroutine")
        return Int32(APUS_SEND_ERROR)
    }
    let request = Unmanaged<Request>.fromOpaque(pointer).takeUnretainedValue()
    if let iterator = wait.pointee.iterator {
        if let next = PyIter_Next(iterator) {
            result.pointee = next
            return Int32(APUS_SEND_NEXT)
        }
        Py_DecRef(iterator)
        wait.pointee.iterator = nil
        guard PyErr_Occurred() == nil else {
            wait.pointee.isOver = true
            return Int32(APUS_SEND_ERROR)
        }
    }
    let outcome = wait.pointee.purpose == .receive ? request.nextMessage() : request.sent()
    switch outcome {
    case .result(let object):
        wait.pointee.isOver = true
        result.pointee = object
        return Int32(APUS_SEND_RETURN)
    case .failed:
        wait.pointee.isOver = true
        return Int32(APUS_SEND_ERROR)
    case .notYet: break
    }
    guard let iterator = request.waitForChange() else {
        return Int32(APUS_SEND_ERROR)
    }
    wait.pointee.iterator = iterator
    guard let future = PyIter_Next(iterator) else {
        if PyErr_Occurred() == nil {
            _ = raise(apus_runtime_error(), "a new future is done")
        }
        return Int32(APUS_SEND_ERROR)
    }
    result.pointee = future
    return Int32(APUS_SEND_NEXT)
}

/// The same in the form of an iterator: the result is in a StopIteration.
private func stepWithStopIteration(_ object: Object) -> Object? {
    var result: Object?
    switch step(object, &result) {
    case Int32(APUS_SEND_NEXT): return result
    case Int32(APUS_SEND_RETURN):
        if let result {
            PyErr_SetObject(apus_stop_iteration(), result)
            Py_DecRef(result)
        }
        return nil
    default: return nil
    }
}

private func throwWhileWaiting(_ object: Object, _ arguments: Object?) -> Object? {
    let wait = state(object, as: WaitingType.State.self)
    wait.pointee.isOver = true
    guard let iterator = wait.pointee.iterator, let arguments else { return throwInto(arguments) }
    wait.pointee.iterator = nil
    defer { Py_DecRef(iterator) }
    guard let function = PyObject_GetAttrString(iterator, "throw") else { return nil }
    defer { Py_DecRef(function) }
    return PyObject_CallObject(function, arguments)
}

private func endWait(_ object: Object) {
    let wait = state(object, as: WaitingType.State.self)
    wait.pointee.isOver = true
    if let iterator = wait.pointee.iterator {
        wait.pointee.iterator = nil
        Py_DecRef(iterator)
    }
}

/// What a request answers to somebody who waits.
enum Outcome {
    /// A reference that the caller takes over.
    case result(Object)
    case notYet
    /// With an exception.
    case failed
}
