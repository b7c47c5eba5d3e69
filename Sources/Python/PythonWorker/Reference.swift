// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// A reference to a Python object, given back when the value goes.
///
/// It is made, used and dropped by a thread that holds the GIL. What is borrowed is a plain
/// `OpaquePointer`.
@safe
struct Reference: ~Copyable {
    let object: OpaquePointer
    private var isHandedOn = false

    /// Takes over a reference, as the interpreter's functions return it; nil with an exception set.
    init?(_ object: OpaquePointer?) {
        guard let object = unsafe object else { return nil }
        unsafe self.object = object
    }

    init(keeping object: OpaquePointer) {
        unsafe Py_IncRef(object)
        unsafe self.object = object
    }

    deinit { if !isHandedOn { unsafe Py_DecRef(object) } }

    /// Hands the reference on, for instance as the result of a function.
    consuming func handOn() -> OpaquePointer {
        isHandedOn = true
        return unsafe object
    }
}

/// None, as a result.
func none() -> OpaquePointer {
    let none = unsafe apus_none()
    unsafe Py_IncRef(none)
    return unsafe none
}

/// A text constant of the interpreter's, for keys and attributes.
func interned(_ text: StaticString) -> OpaquePointer? {
    unsafe text.utf8Start.withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount + 1) {
        unsafe PyUnicode_InternFromString($0)
    }
}

/// Sets an exception.
///
/// - Returns: nil, for the caller to return.
func raise(_ type: OpaquePointer, _ message: StaticString) -> OpaquePointer? {
    unsafe message.utf8Start.withMemoryRebound(
        to: CChar.self, capacity: message.utf8CodeUnitCount + 1
    ) {
        unsafe PyErr_SetString(type, $0)
    }
    return nil
}

func isText(_ object: OpaquePointer) -> Bool {
    unsafe PyType_GetFlags(apus_type(object)) & UInt(APUS_SUBCLASS_OF_STR) != 0
}

func isBytes(_ object: OpaquePointer) -> Bool {
    unsafe PyType_GetFlags(apus_type(object)) & UInt(APUS_SUBCLASS_OF_BYTES) != 0
}

func isList(_ object: OpaquePointer) -> Bool {
    unsafe PyType_GetFlags(apus_type(object)) & UInt(APUS_SUBCLASS_OF_LIST) != 0
}

func isTuple(_ object: OpaquePointer) -> Bool {
    unsafe PyType_GetFlags(apus_type(object)) & UInt(APUS_SUBCLASS_OF_TUPLE) != 0
}
