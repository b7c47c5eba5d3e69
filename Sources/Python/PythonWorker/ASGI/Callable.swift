// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform

/// What Python keeps alive by having a function of it.
class Owned {}

/// The type of a function's `self`: it holds an object of ours.
///
/// A built-in function is what the interpreter calls fastest, so that is what loops are given.
struct HolderType {
    private let type: OpaquePointer

    init?() {
        var blueprint = TypeBlueprint()
        blueprint.slot(
            Py_tp_dealloc,
            address { object in
                guard let object else { return }
                if let pointer = state(object, as: UnsafeMutableRawPointer?.self).pointee {
                    Unmanaged<Owned>.fromOpaque(pointer).release()
                }
                Handle.free(object)
            })
        guard
            let type = blueprint.make(
                "apus.Holder", stateSize: MemoryLayout<UnsafeMutableRawPointer>.size)
        else { return nil }
        self.type = type
    }

    /// A function that Python can call without arguments.
    func callable(_ definition: UnsafeMutablePointer<PyMethodDef>, _ owner: Owned) -> Object? {
        guard let holder = PyType_GenericAlloc(type, 0) else { return nil }
        state(holder, as: UnsafeMutableRawPointer?.self).pointee =
            Unmanaged.passRetained(owner).toOpaque()
        defer { Py_DecRef(holder) }
        return PyCFunction_NewEx(definition, holder, nil)
    }
}

/// Of a function's `self`.
func owner<Owner: Owned>(_ holder: Object) -> Owner {
    Unmanaged<Owner>.fromOpaque(state(holder, as: UnsafeMutableRawPointer.self).pointee)
        .takeUnretainedValue()
}
