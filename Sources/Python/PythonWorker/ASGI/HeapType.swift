// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform

/// What a type of ours is made of; the memory is never given back, as types live on.
@safe
struct TypeBlueprint {
    private var slots: [PyType_Slot] = unsafe []

    mutating func slot(_ number: Int, _ function: UnsafeMutableRawPointer) {
        unsafe slots.append(PyType_Slot(slot: CInt(number), function: function))
    }

    /// Makes an instance what `await` and `iter` give for it.
    mutating func awaitItself() {
        unsafe slot(Py_am_await, address { object in unsafe object.map(retained) })
        unsafe slot(Py_tp_iter, address { object in unsafe object.map(retained) })
    }

    /// Has the interpreter send without an exception for each result, if it can (from 3.10 on).
    mutating func send(_ function: @escaping SendFunction) {
        if apus_has_iter_send() != 0 { unsafe slot(Py_am_send, address(function)) }
    }

    mutating func methods(_ methods: [(name: StaticString, flags: Int, function: PyCFunction)]) {
        unsafe slot(Py_tp_methods, UnsafeMutableRawPointer(methodTable(methods)))
    }

    /// - Parameter stateSize: of what each instance holds behind the object's head.
    func make(_ name: StaticString, stateSize: Int) -> OpaquePointer? {
        let table = unsafe UnsafeMutablePointer<PyType_Slot>.allocate(capacity: slots.count + 1)
        for index in unsafe slots.indices { unsafe table[index] = unsafe slots[index] }
        unsafe table[slots.count] = PyType_Slot(slot: 0, function: nil)
        var specification = unsafe PyType_Spec(
            name: name.characters, basicsize: CInt(APUS_OBJECT_HEAD + stateSize), itemsize: 0,
            flags: UInt32(APUS_TYPE_DEFAULT), slots: table)
        return unsafe PyType_FromSpec(&specification)
    }
}

func method(
    _ name: StaticString, _ flags: Int, _ function: @escaping PyCFunction
) -> (name: StaticString, flags: Int, function: PyCFunction) {
    unsafe (name, flags, function)
}

/// What an instance holds behind its head.
func state<State>(_ object: Object, as: State.Type) -> UnsafeMutablePointer<State> {
    unsafe (UnsafeMutableRawPointer(object) + APUS_OBJECT_HEAD).assumingMemoryBound(to: State.self)
}

/// The address of a slot's function.
func address(_ function: @escaping @convention(c) (Object?) -> Object?) -> UnsafeMutableRawPointer {
    unsafe unsafeBitCast(function, to: UnsafeMutableRawPointer.self)
}
func address(_ function: @escaping @convention(c) (Object?) -> Void) -> UnsafeMutableRawPointer {
    unsafe unsafeBitCast(function, to: UnsafeMutableRawPointer.self)
}

/// `am_send`.
typealias SendFunction =
    @convention(c) (
        Object?, Object?, UnsafeMutablePointer<Object?>?
    ) -> Int32

func address(_ function: @escaping SendFunction) -> UnsafeMutableRawPointer {
    unsafe unsafeBitCast(function, to: UnsafeMutableRawPointer.self)
}
