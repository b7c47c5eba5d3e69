// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// The type of what a request's task runs: the application's coroutine, in an outer layer that
/// learns how it ended.
///
/// A wrapper in Python would do the same at the price of a frame in each step and each traceback; a
/// callback of the task at the price of a turn of the loop for each request.
@safe
struct CoroutineType {
    private let type: OpaquePointer

    init?() {
        var blueprint = TypeBlueprint()
        blueprint.awaitItself()
        unsafe blueprint.slot(
            Py_tp_iternext,
            address { object in
                unsafe object.flatMap { unsafe request($0)?.stepWithMethod("send", apus_none()) }
            })
        unsafe blueprint.slot(
            Py_tp_dealloc,
            address { object in
                guard let object = unsafe object else { return }
                if let pointer = unsafe state(object, as: UnsafeMutableRawPointer?.self).pointee {
                    var request = unsafe Unmanaged<Request>.fromOpaque(pointer).takeRetainedValue()
                    if isKnownUniquelyReferenced(&request) { request.channel.keep(request) }
                }
                unsafe Handle.free(object)
            })
        unsafe blueprint.send { object, value, result in
            guard let object = unsafe object, let value = unsafe value, let result = unsafe result,
                let outcome = unsafe withRequest(object, { unsafe $0.step(value, result) })
            else { return Int32(APUS_SEND_ERROR) }
            return outcome
        }
        unsafe blueprint.methods([
            method("send", METH_O) { object, value in
                guard let object = unsafe object, let value = unsafe value else { return nil }
                return unsafe request(object)?.stepWithMethod("send", value)
            },
            unsafe method("throw", METH_VARARGS) { object, arguments in
                guard let object = unsafe object, let arguments = unsafe arguments else {
                    return nil
                }
                return unsafe request(object)?.throwInto(arguments)
            },
            unsafe method("close", METH_NOARGS) { object, _ in
                guard let object = unsafe object, let request = unsafe request(object) else {
                    return nil
                }
                return unsafe request.closeCoroutine()
            },
        ])
        unsafe blueprint.slot(Py_tp_getset, UnsafeMutableRawPointer(Self.attributes))
        guard
            let type = unsafe blueprint.make(
                "apus.Request", stateSize: MemoryLayout<UnsafeMutableRawPointer>.size)
        else { return nil }
        unsafe self.type = type
    }

    func make(_ request: Request) -> Object? {
        guard let object = unsafe PyType_GenericAlloc(type, 0) else { return nil }
        unsafe state(object, as: UnsafeMutableRawPointer?.self).pointee =
            unsafe Unmanaged.passRetained(request).toOpaque()
        return unsafe object
    }

    /// What debuggers and `Task.get_stack` ask a coroutine for: the application's answers; and the
    /// request's label, for logs.
    private static var attributes: UnsafeMutablePointer<PyGetSetDef> {
        let names: [StaticString] = [
            "__name__", "__qualname__", "cr_await", "cr_code", "cr_frame", "cr_origin",
            "cr_running", "cr_suspended",
        ]
        let table = UnsafeMutablePointer<PyGetSetDef>.allocate(capacity: names.count + 2)
        for index in names.indices {
            unsafe table[index] = PyGetSetDef(
                name: names[index].characters,
                get: { object, name in
                    guard let object = unsafe object, let name = unsafe name,
                        let request = unsafe request(object)
                    else { return nil }
                    return unsafe request.attribute(name.assumingMemoryBound(to: CChar.self))
                }, set: nil, doc: nil,
                closure: unsafe UnsafeMutableRawPointer(mutating: names[index].characters))
        }
        let label: StaticString = "label"
        unsafe table[names.count] = PyGetSetDef(
            name: label.characters,
            get: { object, _ in
                guard let object = unsafe object, let request = unsafe request(object) else {
                    return nil
                }
                return unsafe request.label.map(retained)
            }, set: nil, doc: nil, closure: nil)
        unsafe table[names.count + 1] = PyGetSetDef(
            name: nil, get: nil, set: nil, doc: nil, closure: nil)
        return unsafe table
    }
}

/// The same as `request`, for what is called for each request; the instance keeps it meanwhile.
func withRequest<Result>(_ object: Object, _ body: (Request) -> Result) -> Result? {
    guard let pointer = unsafe state(object, as: UnsafeMutableRawPointer?.self).pointee else {
        _ = unsafe request(object)
        return nil
    }
    return unsafe Unmanaged<Request>.fromOpaque(pointer)._withUnsafeGuaranteedRef(body)
}

/// Of an instance; nil with an exception for one that Python code has made itself.
func request(_ object: Object) -> Request? {
    guard let pointer = unsafe state(object, as: UnsafeMutableRawPointer?.self).pointee else {
        _ = unsafe raise(apus_type_error(), "a request cannot be made in Python")
        return nil
    }
    return unsafe Unmanaged<Request>.fromOpaque(pointer).takeUnretainedValue()
}

/// The types of a process, and the functions of its requests.
@safe
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
        unsafe receive = methodTable([
            method("receive", METH_NOARGS) { object, _ in
                guard let object = unsafe object, let request = unsafe request(object) else {
                    return nil
                }
                return unsafe request.receive()
            }
        ])
        unsafe send = methodTable([
            method("send", METH_O) { object, message in
                guard let object = unsafe object, let message = unsafe message else { return nil }
                return unsafe withRequest(object) { unsafe $0.send(message) } ?? nil
            }
        ])
    }
}
