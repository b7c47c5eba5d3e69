// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// Makes the task of each request.
///
/// A coroutine is never stepped without one: `asyncio.current_task()`, timeouts and cancellation
/// depend on it. From Python 3.12 on a task may begin at once, which spares a turn of the loop.
@safe
struct TaskMaker {
    private let type: Object
    private let options: Object
    private let createTask: Object
    private let taskFactory: Object
    /// Whether a task begins when it is made.
    let areEager: Bool
    private var hasFactory = true

    init?(loop: Object, eager: Bool) {
        guard let asyncio = unsafe PyImport_ImportModule("asyncio"),
            let type = unsafe PyObject_GetAttrString(asyncio, "Task"),
            let createTask = unsafe PyObject_GetAttrString(loop, "create_task"),
            let taskFactory = unsafe PyObject_GetAttrString(loop, "get_task_factory"),
            let options = unsafe PyDict_New(),
            let name = unsafe PyUnicode_InternFromString("ASGI request"),
            unsafe PyDict_SetItemString(options, "loop", loop) == 0,
            // Or asyncio would format one of its own for each.
            unsafe PyDict_SetItemString(options, "name", name) == 0,
            unsafe !eager || PyDict_SetItemString(options, "eager_start", apus_true()) == 0
        else { return nil }
        areEager = eager
        unsafe self.type = type
        unsafe self.options = options
        unsafe self.createTask = createTask
        unsafe self.taskFactory = taskFactory
    }

    /// To be called before requests begin: the application may have set a factory of tasks, or
    /// may have taken it away.
    mutating func look() {
        let factory = unsafe apus_call0(taskFactory)
        if unsafe factory == nil { PyErr_Clear() }
        hasFactory = unsafe factory.map(isNone) != true
        unsafe Py_DecRef(factory)
    }

    /// - Returns: nil with an exception.
    func make(_ coroutine: Object) -> Object? {
        // With a factory, tasks are the application's own business.
        guard !hasFactory else { return unsafe apus_call1(createTask, coroutine) }
        guard let arguments = unsafe PyTuple_New(1) else { return nil }
        defer { unsafe Py_DecRef(arguments) }
        guard unsafe PyTuple_SetItem(arguments, 0, retained(coroutine)) == 0 else { return nil }
        return unsafe PyObject_Call(type, arguments, options)
    }
}
