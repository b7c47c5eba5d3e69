// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// A reference to a Python object, given back when the value goes.
///
/// It is made, used and dropped by a thread that holds the GIL. What is borrowed is a plain
/// `OpaquePointer`.
struct Reference: ~Copyable {
    let object: OpaquePointer

    /// Takes over a reference, as the interpreter's functions return it; nil with an exception set.
    init?(_ object: OpaquePointer?) {
        guard let object else { return nil }
        self.object = object
    }

    init(keeping object: OpaquePointer) {
        Py_IncRef(object)
        self.object = object
    }

    deinit { Py_DecRef(object) }

    /// Hands the reference on, for instance as the result of a function.
    consuming func handOn() -> OpaquePointer {
        Py_IncRef(object)
        return object
    }
}

/// None, as a result.
func none() -> OpaquePointer {
    let none = apus_none()
    Py_IncRef(none)
    return none
}

/// A text constant of the interpreter's, for keys and attributes.
func interned(_ text: StaticString) -> OpaquePointer? {
    text.utf8Start.withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount + 1) {
        PyUnicode_InternFromString($0)
    }
}

/// Sets an exception.
///
/// - Returns: nil, for the caller to return.
func raise(_ type: OpaquePointer, _ message: StaticString) -> OpaquePointer? {
    message.utf8Start.withMemoryRebound(to: CChar.self, capacity: message.utf8CodeUnitCount + 1) {
        PyErr_SetString(type, $0)
    }
    return nil
}

func isText(_ object: OpaquePointer) -> Bool {
    PyType_GetFlags(apus_type(object)) & UInt(APUS_SUBCLASS_OF_STR) != 0
}

func isBytes(_ object: OpaquePointer) -> Bool {
    PyType_GetFlags(apus_type(object)) & UInt(APUS_SUBCLASS_OF_BYTES) != 0
}

func isList(_ object: OpaquePointer) -> Bool {
    PyType_GetFlags(apus_type(object)) & UInt(APUS_SUBCLASS_OF_LIST) != 0
}

func isTuple(_ object: OpaquePointer) -> Bool {
    PyType_GetFlags(apus_type(object)) & UInt(APUS_SUBCLASS_OF_TUPLE) != 0
}
