// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// What `receive`, and a `send` that has to wait, give to `await`.
///
/// It asks the request for its result, and as long as there is none it waits on a future that the
/// request resolves when something has changed. So it is lazy, as a coroutine is: a message is
/// taken when somebody really gets it, and none is lost with a cancelled task.
@safe
struct WaitingType {
    enum Purpose: UInt8 { case receive, send }

    @safe
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
        unsafe blueprint.slot(
            Py_tp_iternext,
            address { object in
                guard let object = unsafe object else { return nil }
                return unsafe stepWithStopIteration(object)
            })
        unsafe blueprint.slot(
            Py_tp_dealloc,
            address { object in
                guard let object = unsafe object else { return }
                let state = unsafe state(object, as: State.self)
                if let iterator = unsafe state.pointee.iterator { unsafe Py_DecRef(iterator) }
                if let request = unsafe state.pointee.request {
                    unsafe Unmanaged<Request>.fromOpaque(request).release()
                }
                unsafe Handle.free(object)
            })
        unsafe blueprint.send { object, _, result in
            guard let object = unsafe object, let result = unsafe result else {
                return Int32(APUS_SEND_ERROR)
            }
            return unsafe step(object, result)
        }
        unsafe blueprint.methods([
            method("send", METH_O) { object, _ in
                guard let object = unsafe object else { return nil }
                return unsafe stepWithStopIteration(object)
            },
            unsafe method("throw", METH_VARARGS) { object, arguments in
                guard let object = unsafe object else { return nil }
                return unsafe throwWhileWaiting(object, arguments)
            },
            unsafe method("close", METH_NOARGS) { object, _ in
                if let object = unsafe object { unsafe endWait(object) }
                return unsafe none()
            },
        ])
        guard
            let type = unsafe blueprint.make("apus.Waiting", stateSize: MemoryLayout<State>.size)
        else { return nil }
        unsafe self.type = type
    }

    func make(_ request: Request, _ purpose: Purpose) -> Object? {
        guard let object = unsafe PyType_GenericAlloc(type, 0) else { return nil }
        unsafe state(object, as: State.self).pointee = State(
            request: Unmanaged.passRetained(request).toOpaque(), iterator: nil, purpose: purpose,
            isOver: false)
        return unsafe object
    }
}

/// - Returns: APUS_SEND_RETURN with the result, APUS_SEND_NEXT with a future for the task to wait
///   on, or APUS_SEND_ERROR with an exception.
private func step(_ object: Object, _ result: UnsafeMutablePointer<Object?>) -> Int32 {
    let wait = unsafe state(object, as: WaitingType.State.self)
    guard let pointer = unsafe wait.pointee.request, unsafe !wait.pointee.isOver else {
        _ = unsafe raise(apus_runtime_error(), "cannot reuse already awaited coroutine")
        return Int32(APUS_SEND_ERROR)
    }
    let request = unsafe Unmanaged<Request>.fromOpaque(pointer).takeUnretainedValue()
    if let iterator = unsafe wait.pointee.iterator {
        if let next = unsafe PyIter_Next(iterator) {
            unsafe result.pointee = next
            return Int32(APUS_SEND_NEXT)
        }
        unsafe Py_DecRef(iterator)
        unsafe wait.pointee.iterator = nil
        guard unsafe PyErr_Occurred() == nil else {
            unsafe wait.pointee.isOver = true
            return Int32(APUS_SEND_ERROR)
        }
    }
    let outcome = unsafe wait.pointee.purpose == .receive ? request.nextMessage() : request.sent()
    switch outcome {
    case .result(let object):
        unsafe wait.pointee.isOver = true
        unsafe result.pointee = object
        return Int32(APUS_SEND_RETURN)
    case .failed:
        unsafe wait.pointee.isOver = true
        return Int32(APUS_SEND_ERROR)
    case .notYet: break
    }
    guard let iterator = unsafe request.waitForChange() else {
        return Int32(APUS_SEND_ERROR)
    }
    unsafe wait.pointee.iterator = iterator
    guard let future = unsafe PyIter_Next(iterator) else {
        if unsafe PyErr_Occurred() == nil {
            _ = unsafe raise(apus_runtime_error(), "a new future is done")
        }
        return Int32(APUS_SEND_ERROR)
    }
    unsafe result.pointee = future
    return Int32(APUS_SEND_NEXT)
}

/// The same in the form of an iterator: the result is in a StopIteration.
private func stepWithStopIteration(_ object: Object) -> Object? {
    var result: Object?
    switch unsafe step(object, &result) {
    case Int32(APUS_SEND_NEXT): return unsafe result
    case Int32(APUS_SEND_RETURN):
        if let result = unsafe result {
            unsafe PyErr_SetObject(apus_stop_iteration(), result)
            unsafe Py_DecRef(result)
        }
        return nil
    default: return nil
    }
}

private func throwWhileWaiting(_ object: Object, _ arguments: Object?) -> Object? {
    let wait = unsafe state(object, as: WaitingType.State.self)
    unsafe wait.pointee.isOver = true
    guard let iterator = unsafe wait.pointee.iterator, let arguments = unsafe arguments else {
        return unsafe throwInto(arguments)
    }
    unsafe wait.pointee.iterator = nil
    defer { unsafe Py_DecRef(iterator) }
    guard let function = unsafe PyObject_GetAttrString(iterator, "throw") else { return nil }
    defer { unsafe Py_DecRef(function) }
    return unsafe PyObject_CallObject(function, arguments)
}

private func endWait(_ object: Object) {
    let wait = unsafe state(object, as: WaitingType.State.self)
    unsafe wait.pointee.isOver = true
    if let iterator = unsafe wait.pointee.iterator {
        unsafe wait.pointee.iterator = nil
        unsafe Py_DecRef(iterator)
    }
}

/// What a request answers to somebody who waits.
@safe
enum Outcome {
    /// A reference that the caller takes over.
    case result(Object)
    case notYet
    /// With an exception.
    case failed
}
