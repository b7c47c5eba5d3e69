// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// The type of what a request's task runs: the application's coroutine, in an outer layer that
/// learns how it ended.
///
/// A wrapper in Python would do the same at the price of a frame in each step and each traceback; a
/// callback of the task at the price of a turn of the loop for each request.
struct CoroutineType {
    private let type: OpaquePointer

    init?() {
        var blueprint = TypeBlueprint()
        blueprint.awaitItself()
        blueprint.slot(
            Py_tp_iternext,
            address { object in object.flatMap { request($0)?.stepWithMethod("send", apus_none()) }
            })
        blueprint.slot(
            Py_tp_dealloc,
            address { object in
                guard let object else { return }
                if let pointer = state(object, as: UnsafeMutableRawPointer?.self).pointee {
                    Unmanaged<Request>.fromOpaque(pointer).release()
                }
                Handle.free(object)
            })
        blueprint.send { object, value, result in
            guard let object, let value, let result, let request = request(object)
            else { return Int32(APUS_SEND_ERROR) }
            return request.step(value, result)
        }
        blueprint.methods([
            method("send", METH_O) { object, value in
                guard let object, let value else { return nil }
                return request(object)?.stepWithMethod("send", value)
            },
            method("throw", METH_VARARGS) { object, arguments in
                guard let object, let arguments else { return nil }
                return request(object)?.throwInto(arguments)
            },
            method("close", METH_NOARGS) { object, _ in
                guard let object, let request = request(object) else { return nil }
                return request.closeCoroutine()
            },
        ])
        blueprint.slot(Py_tp_getset, UnsafeMutableRawPointer(Self.attributes))
        guard
            let type = blueprint.make(
                "apus.Request", stateSize: MemoryLayout<UnsafeMutableRawPointer>.size)
        else { return nil }
        self.type = type
    }

    func make(_ request: Request) -> Object? {
        guard let object = PyType_GenericAlloc(type, 0) else { return nil }
        state(object, as: UnsafeMutableRawPointer?.self).pointee =
            Unmanaged.passRetained(request).toOpaque()
        return object
    }

    /// What debuggers and `Task.get_stack` ask a coroutine for: the application's answers.
    private static var attributes: UnsafeMutablePointer<PyGetSetDef> {
        let names: [StaticString] = [
            "__name__", "__qualname__", "cr_await", "cr_code", "cr_frame", "cr_origin",
            "cr_running", "cr_suspended",
        ]
        let table = UnsafeMutablePointer<PyGetSetDef>.allocate(capacity: names.count + 1)
        for index in names.indices {
            table[index] = PyGetSetDef(
                name: names[index].characters,
                get: { object, name in
                    guard let object, let name, let request = request(object) else { return nil }
                    return request.attribute(name.assumingMemoryBound(to: CChar.self))
                }, set: nil, doc: nil,
                closure: UnsafeMutableRawPointer(mutating: names[index].characters))
        }
        table[names.count] = PyGetSetDef(name: nil, get: nil, set: nil, doc: nil, closure: nil)
        return table
    }
}

/// Of an instance; nil with an exception for one that Python code has made itself.
func request(_ object: Object) -> Request? {
    guard let pointer = state(object, as: UnsafeMutableRawPointer?.self).pointee else {
        _ = raise(apus_type_error(), "a request cannot be made in Python")
        return nil
    }
    return Unmanaged<Request>.fromOpaque(pointer).takeUnretainedValue()
}

/// The types of a process, and the functions of its requests.
struct AwaitableTypes {
    let ready: ReadyType
    let waiting: WaitingType
    let coroutine: CoroutineType
    let holder: HolderType
    let receive: UnsafeMutablePointer<PyMethodDef>
    let send: UnsafeMutablePointer<PyMethodDef>

    init?() {
        guard let ready = ReadyType(), let waiting = WaitingType(),
            let coroutine = CoroutineType(), let holder = HolderType()
        else { return nil }
        self.ready = ready
        self.waiting = waiting
        self.coroutine = coroutine
        self.holder = holder
        receive = methodTable([
            method("receive", METH_NOARGS) { object, _ in
                guard let object, let request = request(object) else { return nil }
                return request.receive()
            }
        ])
        send = methodTable([
            method("send", METH_O) { object, message in
                guard let object, let message, let request = request(object) else { return nil }
                return request.send(message)
            }
        ])
    }
}
