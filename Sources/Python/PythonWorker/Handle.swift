// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// What the objects given to an application have inside: the slot, and the request they belong to.
///
/// Applications keep such objects; once the request has ended they only raise exceptions.
@safe
struct Handle {
    private var slot: UnsafeMutableRawPointer
    private var request: UInt64

    static var size: Int { APUS_OBJECT_HEAD + MemoryLayout<Handle>.size }

    private static func inside(_ object: OpaquePointer) -> UnsafeMutablePointer<Handle> {
        unsafe (UnsafeMutableRawPointer(object) + APUS_OBJECT_HEAD)
            .assumingMemoryBound(to: Handle.self)
    }

    /// A new object for the request that is in the slot.
    static func make(_ type: OpaquePointer, _ slot: Slot) -> OpaquePointer? {
        guard let object = unsafe PyType_GenericAlloc(type, 0) else { return nil }
        unsafe inside(object).initialize(
            to: Handle(slot: Unmanaged.passUnretained(slot).toOpaque(), request: slot.request))
        return unsafe object
    }

    /// - Returns: nil with an exception set if the request has ended, or another thread uses it.
    static func slot(of object: OpaquePointer) -> Slot? {
        let handle = unsafe inside(object).pointee
        let slot = unsafe Unmanaged<Slot>.fromOpaque(handle.slot).takeUnretainedValue()
        guard slot.isOpen, slot.request == handle.request else {
            _ = unsafe raise(apus_runtime_error(), "the request has ended")
            return nil
        }
        guard !slot.isWaiting else {
            _ = unsafe raise(apus_runtime_error(), "another thread uses the request")
            return nil
        }
        return slot
    }

    static func free(_ object: OpaquePointer?) {
        guard let object = unsafe object else { return }
        let type = unsafe apus_type(object)
        unsafe PyObject_Free(UnsafeMutableRawPointer(object))
        unsafe Py_DecRef(type)
    }
}

typealias Deallocator = @convention(c) (OpaquePointer?) -> Void
typealias Unary = @convention(c) (OpaquePointer?) -> OpaquePointer?
typealias Call = @convention(c) (OpaquePointer?, OpaquePointer?, OpaquePointer?) -> OpaquePointer?

/// Makes a type that Python code cannot create instances of.
func makeType(
    _ name: StaticString, size: Int, call: Call? = nil, iterator: Unary? = nil, next: Unary? = nil,
    methods: [(name: StaticString, flags: Int, function: PyCFunction)] = unsafe []
) -> OpaquePointer? {
    var slots: [PyType_Slot] = unsafe []
    let deallocate: Deallocator = { unsafe Handle.free($0) }
    unsafe slots.append(
        PyType_Slot(
            slot: Int32(Py_tp_dealloc),
            function: unsafeBitCast(deallocate, to: UnsafeMutableRawPointer.self)))
    if let call = unsafe call {
        unsafe slots.append(
            PyType_Slot(
                slot: Int32(Py_tp_call),
                function: unsafeBitCast(call, to: UnsafeMutableRawPointer.self)))
    }
    if let iterator = unsafe iterator {
        unsafe slots.append(
            PyType_Slot(
                slot: Int32(Py_tp_iter),
                function: unsafeBitCast(iterator, to: UnsafeMutableRawPointer.self)))
    }
    if let next = unsafe next {
        unsafe slots.append(
            PyType_Slot(
                slot: Int32(Py_tp_iternext),
                function: unsafeBitCast(next, to: UnsafeMutableRawPointer.self)))
    }
    if unsafe !methods.isEmpty {
        unsafe slots.append(
            PyType_Slot(
                slot: Int32(Py_tp_methods), function: UnsafeMutableRawPointer(methodTable(methods)))
        )
    }
    unsafe slots.append(PyType_Slot(slot: 0, function: nil))
    return unsafe slots.withUnsafeMutableBufferPointer { slots in
        var specification = unsafe PyType_Spec(
            name: name.characters, basicsize: Int32(size), itemsize: 0,
            flags: UInt32(APUS_TYPE_DEFAULT), slots: slots.baseAddress!)
        return unsafe PyType_FromSpec(&specification)
    }
}

/// A table that the interpreter keeps.
func methodTable(
    _ methods: [(name: StaticString, flags: Int, function: PyCFunction)]
) -> UnsafeMutablePointer<PyMethodDef> {
    let table = unsafe UnsafeMutablePointer<PyMethodDef>.allocate(capacity: methods.count + 1)
    for index in unsafe methods.indices {
        let method = unsafe methods[index]
        unsafe (table + index).initialize(
            to: PyMethodDef(
                name: method.name.characters, function: method.function,
                flags: Int32(method.flags), doc: nil))
    }
    unsafe (table + methods.count).initialize(
        to: PyMethodDef(name: nil, function: nil, flags: 0, doc: nil))
    return unsafe table
}

extension StaticString {
    /// Ends with a NUL.
    var characters: UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
