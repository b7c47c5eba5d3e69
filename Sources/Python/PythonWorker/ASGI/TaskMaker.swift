// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// Makes the task of each request.
///
/// A coroutine is never stepped without one: `asyncio.current_task()`, timeouts and cancellation
/// depend on it. From Python 3.12 on a task may begin at once, which spares a turn of the loop.
struct TaskMaker {
    private let type: Object
    private let options: Object
    private let createTask: Object
    private let taskFactory: Object

    init?(loop: Object, eager: Bool) {
        guard let asyncio = PyImport_ImportModule("asyncio"),
            let type = PyObject_GetAttrString(asyncio, "Task"),
            let createTask = PyObject_GetAttrString(loop, "create_task"),
            let taskFactory = PyObject_GetAttrString(loop, "get_task_factory"),
            let options = PyDict_New(), let name = PyUnicode_InternFromString("ASGI request"),
            PyDict_SetItemString(options, "loop", loop) == 0,
            // Or asyncio would format one of its own for each.
            PyDict_SetItemString(options, "name", name) == 0,
            !eager || PyDict_SetItemString(options, "eager_start", apus_true()) == 0
        else { return nil }
        self.type = type
        self.options = options
        self.createTask = createTask
        self.taskFactory = taskFactory
    }

    /// - Returns: nil with an exception.
    func make(_ coroutine: Object) -> Object? {
        // The application may have set one; then tasks are its own business.
        guard let factory = apus_call0(taskFactory) else { return nil }
        Py_DecRef(factory)
        guard isNone(factory) else { return apus_call1(createTask, coroutine) }
        guard let arguments = PyTuple_New(1) else { return nil }
        defer { Py_DecRef(arguments) }
        guard PyTuple_SetItem(arguments, 0, retained(coroutine)) == 0 else { return nil }
        return PyObject_Call(type, arguments, options)
    }
}
