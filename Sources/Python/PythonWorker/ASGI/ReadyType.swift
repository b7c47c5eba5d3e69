// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// The type of what `await` gets None from at once.
///
/// One instance serves every `send` that need not wait. It has a coroutine's methods, so that
/// `asyncio.create_task(send(...))` works as with a function that is `async`.
struct ReadyType {
    /// The instance.
    let ready: Object

    init?() {
        var blueprint = TypeBlueprint()
        blueprint.awaitItself()
        // Nothing and no exception is the end, with None.
        blueprint.slot(Py_tp_iternext, address { _ in nil })
        blueprint.slot(Py_tp_dealloc, address { object in Handle.free(object) })
        blueprint.send { _, _, result in
            result?.pointee = none()
            return Int32(APUS_SEND_RETURN)
        }
        blueprint.methods([
            method("send", METH_O) { _, _ in
                PyErr_SetNone(apus_stop_iteration())
                return nil
            },
            method("throw", METH_VARARGS) { _, arguments in throwInto(arguments) },
            method("close", METH_NOARGS) { _, _ in none() },
        ])
        guard let type = blueprint.make("apus.Ready", stateSize: 0),
            let ready = PyType_GenericAlloc(type, 0)
        else { return nil }
        self.ready = ready
    }
}

/// `throw` of a coroutine that has nothing in it to catch an exception.
///
/// - Parameter arguments: of `throw`: an exception, or its type, value and traceback.
func throwInto(_ arguments: Object?) -> Object? {
    guard let arguments, let first = PyTuple_GetItem(arguments, 0) else { return nil }
    let type: Object
    var value: Object = first
    if hasFlag(first, 1 << 31) {
        type = first
        value = apus_none()
        if PyTuple_Size(arguments) > 1, let second = PyTuple_GetItem(arguments, 1) {
            value = second
        }
    } else {
        type = apus_type(first)
    }
    PyErr_SetObject(type, value)
    return nil
}
