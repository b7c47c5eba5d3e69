// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// What `asyncio.all_tasks()` knows of, without Python code for each task.
///
/// Before Python 3.12 that is a `weakref.WeakSet`: each task calls its `add`, and each task that
/// goes calls back for its removal. Both are written in Python, and together cost as much as the
/// scope of a request. This does what they do, and with the same objects: `add` is put over the
/// set's own, everything else of the set stays.
@safe
final class TaskRegister: Owned {
    private let set: Object
    /// Its set of weak references.
    private let references: Object
    /// Not empty while somebody iterates; then removals are put off.
    private let iterations: Object
    private let removals: Object
    private var removeFunction: Object?

    /// Nil if it is not as it was in those releases.
    private init?(_ set: Object) {
        guard let references = unsafe PyObject_GetAttrString(set, "data"),
            let iterations = unsafe PyObject_GetAttrString(set, "_iterating"),
            let removals = unsafe PyObject_GetAttrString(set, "_pending_removals"),
            unsafe isList(removals)
        else { return nil }
        unsafe self.set = set
        unsafe self.references = references
        unsafe self.iterations = iterations
        unsafe self.removals = removals
    }

    /// Takes the place of `add` if it can, for as long as the process lives.
    static func install(_ holder: HolderType) {
        if !isInstalled(holder) { PyErr_Clear() }
    }

    private static func isInstalled(_ holder: HolderType) -> Bool {
        guard let tasks = unsafe Reference(PyImport_ImportModule("asyncio.tasks")),
            let set = unsafe PyObject_GetAttrString(tasks.object, "_all_tasks"),
            let register = unsafe TaskRegister(set)
        else { return false }
        let methods = Methods()
        guard let remove = unsafe holder.callable(methods.remove, register),
            let add = unsafe Reference(holder.callable(methods.add, register))
        else { return false }
        unsafe register.removeFunction = remove
        return unsafe PyObject_SetAttrString(set, "add", add.object) == 0
    }

    private func add(_ task: Object) -> Object? {
        if unsafe PyList_Size(removals) > 0 {
            guard
                let done = unsafe Reference(
                    apus_call_method(set, interned("_commit_removals")!))
            else { return nil }
            _ = consume done
        }
        guard let reference = unsafe Reference(PyWeakref_NewRef(task, removeFunction)),
            unsafe PySet_Add(references, reference.object) == 0
        else { return nil }
        return unsafe none()
    }

    private func remove(_ reference: Object) -> Object? {
        let result =
            unsafe PySet_Size(iterations) > 0
            ? PyList_Append(removals, reference) : PySet_Discard(references, reference)
        return unsafe result < 0 ? nil : none()
    }

    @safe
    private struct Methods {
        let add = unsafe methodTable([
            method("add", METH_O) { object, task in
                guard let object = unsafe object, let task = unsafe task else { return nil }
                return unsafe withOwner(object) { (register: TaskRegister) in
                    unsafe register.add(task)
                }
            }
        ])
        let remove = unsafe methodTable([
            method("remove", METH_O) { object, reference in
                guard let object = unsafe object, let reference = unsafe reference else {
                    return nil
                }
                return unsafe withOwner(object) { (register: TaskRegister) in
                    unsafe register.remove(reference)
                }
            }
        ])
    }
}
