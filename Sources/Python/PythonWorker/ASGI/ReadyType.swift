// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// The type of what `await` gets None from at once.
///
/// One instance serves every `send` that need not wait. It has a coroutine's methods, so that
/// `asyncio.create_task(send(...))` works as with a function that is `async`.
@safe
struct ReadyType {
    /// The instance.
    let ready: Object

    init?() {
        var blueprint = TypeBlueprint()
        blueprint.awaitItself()
        // Nothing and no exception is the end, with None.
        unsafe blueprint.slot(Py_tp_iternext, address { _ in nil })
        unsafe blueprint.slot(Py_tp_dealloc, address { object in unsafe Handle.free(object) })
        unsafe blueprint.send { _, _, result in
            unsafe result?.pointee = none()
            return Int32(APUS_SEND_RETURN)
        }
        unsafe blueprint.methods([
            method("send", METH_O) { _, _ in
                unsafe PyErr_SetNone(apus_stop_iteration())
                return nil
            },
            unsafe method("throw", METH_VARARGS) { _, arguments in unsafe throwInto(arguments) },
            unsafe method("close", METH_NOARGS) { _, _ in unsafe none() },
        ])
        guard let type = unsafe blueprint.make("apus.Ready", stateSize: 0),
            let ready = unsafe PyType_GenericAlloc(type, 0)
        else { return nil }
        unsafe self.ready = ready
    }
}

/// `throw` of a coroutine that has nothing in it to catch an exception.
///
/// - Parameter arguments: of `throw`: an exception, or its type, value and traceback.
func throwInto(_ arguments: Object?) -> Object? {
    guard let arguments = unsafe arguments, let first = unsafe PyTuple_GetItem(arguments, 0) else {
        return nil
    }
    let type: Object
    var value: Object = unsafe first
    if unsafe hasFlag(first, 1 << 31) {
        unsafe type = first
        unsafe value = apus_none()
        if unsafe PyTuple_Size(arguments) > 1, let second = unsafe PyTuple_GetItem(arguments, 1) {
            unsafe value = second
        }
    } else {
        unsafe type = apus_type(first)
    }
    unsafe PyErr_SetObject(type, value)
    return nil
}
