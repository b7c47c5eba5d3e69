// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform

/// What Python keeps alive by having a function of it.
class Owned {}

/// The type of a function's `self`: it holds an object of ours.
///
/// A built-in function is what the interpreter calls fastest, so that is what loops are given.
@safe
struct HolderType {
    private let type: OpaquePointer

    init?() {
        var blueprint = TypeBlueprint()
        unsafe blueprint.slot(
            Py_tp_dealloc,
            address { object in
                guard let object = unsafe object else { return }
                if let pointer = unsafe state(object, as: UnsafeMutableRawPointer?.self).pointee {
                    unsafe Unmanaged<Owned>.fromOpaque(pointer).release()
                }
                unsafe Handle.free(object)
            })
        guard
            let type = unsafe blueprint.make(
                "apus.Holder", stateSize: MemoryLayout<UnsafeMutableRawPointer>.size)
        else { return nil }
        unsafe self.type = type
    }

    /// A function that Python can call without arguments.
    func callable(_ definition: UnsafeMutablePointer<PyMethodDef>, _ owner: Owned) -> Object? {
        guard let holder = unsafe PyType_GenericAlloc(type, 0) else { return nil }
        unsafe state(holder, as: UnsafeMutableRawPointer?.self).pointee =
            unsafe Unmanaged.passRetained(owner).toOpaque()
        defer { unsafe Py_DecRef(holder) }
        return unsafe PyCFunction_NewEx(definition, holder, nil)
    }
}

/// The same for a function that is called for each request; the holder keeps the owner meanwhile.
func withOwner<Owner: Owned, Result>(_ holder: Object, _ body: (Owner) -> Result) -> Result {
    unsafe Unmanaged<Owner>.fromOpaque(state(holder, as: UnsafeMutableRawPointer.self).pointee)
        ._withUnsafeGuaranteedRef(body)
}

/// Of a function's `self`.
func owner<Owner: Owned>(_ holder: Object) -> Owner {
    unsafe Unmanaged<Owner>.fromOpaque(state(holder, as: UnsafeMutableRawPointer.self).pointee)
        .takeUnretainedValue()
}
