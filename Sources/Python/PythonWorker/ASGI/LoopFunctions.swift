// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// What the bootstrap can ask of the extension for the sake of ASGI.
enum LoopFunctions {
    nonisolated(unsafe) static var loop: EventLoop? = nil
    nonisolated(unsafe) static var door: Door? = nil

    static var all: [(name: StaticString, flags: Int, function: PyCFunction)] {
        unsafe [
            (
                "loop_open", METH_VARARGS,
                { _, arguments in unsafe arguments.flatMap { unsafe LoopFunctions.open($0) } }
            ),
            (
                "loop_mount", METH_VARARGS,
                { _, arguments in unsafe arguments.flatMap { unsafe LoopFunctions.mount($0) } }
            ),
            ("loop_accept", METH_NOARGS, { _, _ in unsafe LoopFunctions.accept() }),
            ("loop_counts", METH_NOARGS, { _, _ in unsafe LoopFunctions.counts() }),
            ("loop_requests", METH_NOARGS, { _, _ in unsafe LoopFunctions.requests() }),
            (
                "loop_log", METH_VARARGS,
                { _, arguments in unsafe arguments.flatMap { unsafe LoopFunctions.log($0) } }
            ),
            (
                "loop_cancel", METH_VARARGS,
                { _, arguments in unsafe arguments.flatMap { unsafe LoopFunctions.cancel($0) } }
            ),
            (
                "loop_close_sockets", METH_O,
                { _, code in unsafe code.flatMap { unsafe LoopFunctions.closeSockets($0) } }
            ),
            ("loop_flush", METH_NOARGS, { _, _ in unsafe LoopFunctions.flush() }),
            ("loop_close", METH_NOARGS, { _, _ in unsafe LoopFunctions.close() }),
        ]
    }

    /// Arguments: the loop, an object with the hooks, whether tasks may begin at once, how many
    /// requests may run at a time (0 for any number), after how many to retire (0 for never), and
    /// the context (of contextvars) that requests begin in.
    private static func open(_ arguments: Object) -> Object? {
        guard unsafe PyTuple_Size(arguments) == 6, let loop = unsafe PyTuple_GetItem(arguments, 0),
            let hooks = unsafe PyTuple_GetItem(arguments, 1),
            let eager = unsafe PyTuple_GetItem(arguments, 2),
            let concurrency = unsafe PyTuple_GetItem(arguments, 3),
            let retirement = unsafe PyTuple_GetItem(arguments, 4),
            let context = unsafe PyTuple_GetItem(arguments, 5)
        else { return unsafe raise(apus_type_error(), "loop_open takes six arguments") }
        let limit = unsafe PyLong_AsLongLong(concurrency)
        let requestLimit = unsafe PyLong_AsLongLong(retirement)
        guard limit >= 0, requestLimit >= 0 else {
            return unsafe PyErr_Occurred() != nil
                ? nil : raise(apus_value_error(), "a number of requests is not negative")
        }
        unsafe Worker.requestLimit = UInt64(requestLimit)
        guard
            let opened = unsafe EventLoop(
                loop, hooks: hooks, context: context, eager: PyObject_IsTrue(eager) == 1,
                concurrency: Int(limit))
        else { return nil }
        unsafe Self.loop = opened
        return unsafe none()
    }

    /// Arguments: script and callable as in a request, the application (None if it failed to load,
    /// False if the next request is to try again), and its lifespan's state.
    private static func mount(_ arguments: Object) -> Object? {
        guard unsafe PyTuple_Size(arguments) == 4,
            let script = unsafe PyTuple_GetItem(arguments, 0),
            let callable = unsafe PyTuple_GetItem(arguments, 1),
            let application = unsafe PyTuple_GetItem(arguments, 2),
            let state = unsafe PyTuple_GetItem(arguments, 3), let loop = unsafe loop
        else { return unsafe raise(apus_type_error(), "loop_mount takes four arguments") }
        guard let scriptBytes = unsafe encoded(script), let callableBytes = unsafe encoded(callable)
        else {
            return nil
        }
        let mount = unsafe loop.mounts.add(
            contents(scriptBytes.object), contents(callableBytes.object))
        if unsafe isNone(application) || application == apus_false() {
            mount.hasFailed()
            if unsafe application == apus_false() { loop.mounts.forget(mount) }
        } else {
            unsafe mount.isReady(application, state: state)
        }
        loop.runHeld()
        return unsafe none()
    }

    private static func encoded(_ text: Object) -> Reference? {
        unsafe Reference(PyUnicode_AsEncodedString(text, "utf-8", "surrogateescape"))
    }

    private static func accept() -> Object? {
        guard let loop = unsafe loop else {
            return unsafe raise(apus_runtime_error(), "there is no loop")
        }
        let door = Door(loop)
        guard door.open() else { return nil }
        unsafe Self.door = door
        return unsafe none()
    }

    /// - Returns: requests that run, that are held, that fronts count, and the number of streams.
    private static func counts() -> Object? {
        guard let loop = unsafe loop, let tuple = unsafe PyTuple_New(4) else {
            return unsafe none()
        }
        let outstanding = unsafe apus_load_count(&Worker.scoreboard.line.pointee.outstanding)
        let numbers = [
            Int64(loop.runningCount), Int64(loop.heldCount), Int64(outstanding),
            Int64(loop.channels.count),
        ]
        for index in numbers.indices {
            guard let number = unsafe PyLong_FromLongLong(numbers[index]) else { return nil }
            _ = unsafe PyTuple_SetItem(tuple, index, number)
        }
        return unsafe tuple
    }

    /// - Returns: a list of label, start in microseconds since 1970, whether it is a WebSocket, and
    ///   the task.
    private static func requests() -> Object? {
        guard let list = unsafe Reference(PyList_New(0)) else { return nil }
        for request in unsafe loop?.all ?? [] where !request.isOver {
            guard let tuple = unsafe Reference(PyTuple_New(4)), let label = unsafe request.label,
                let started = unsafe PyLong_FromUnsignedLongLong(request.started)
            else { return nil }
            _ = unsafe PyTuple_SetItem(tuple.object, 0, retained(label))
            _ = unsafe PyTuple_SetItem(tuple.object, 1, started)
            _ = unsafe PyTuple_SetItem(
                tuple.object, 2, retained(request.isWebSocket ? apus_true() : apus_false()))
            _ = unsafe PyTuple_SetItem(tuple.object, 3, retained(request.task ?? apus_none()))
            guard unsafe PyList_Append(list.object, tuple.object) == 0 else { return nil }
        }
        return unsafe list.handOn()
    }

    private static func find(_ number: Object?) -> Request? {
        guard let number = unsafe number, let loop = unsafe loop else { return nil }
        let id = unsafe UInt64(PyLong_AsUnsignedLongLong(number))
        for channel in loop.channels {
            if let request = channel.requests[id] { return request }
        }
        return nil
    }

    /// Arguments: a request's number, a level and bytes.
    ///
    /// - Returns: False if there is no such request, or the front has done with it.
    private static func log(_ arguments: Object) -> Object? {
        guard unsafe PyTuple_Size(arguments) == 3, let level = unsafe PyTuple_GetItem(arguments, 1),
            let line = unsafe PyTuple_GetItem(arguments, 2), unsafe isBytes(line)
        else { return unsafe raise(apus_type_error(), "loop_log takes two numbers and bytes") }
        guard let request = unsafe find(PyTuple_GetItem(arguments, 0)), !request.hasSentEnd else {
            PyErr_Clear()
            return unsafe retained(apus_false())
        }
        unsafe request.channel.log(request.id, level: Int(PyLong_AsLongLong(level)), contents(line))
        return unsafe retained(apus_true())
    }

    /// Cancels a request's task.
    ///
    /// Arguments: its number, and the status for the client if there is no response yet.
    private static func cancel(_ arguments: Object) -> Object? {
        guard unsafe PyTuple_Size(arguments) == 2, let status = unsafe PyTuple_GetItem(arguments, 1)
        else {
            return unsafe raise(apus_type_error(), "loop_cancel takes two numbers")
        }
        guard let request = unsafe find(PyTuple_GetItem(arguments, 0)),
            let task = unsafe request.task
        else {
            PyErr_Clear()
            return unsafe retained(apus_false())
        }
        request.endStatus = unsafe Int(PyLong_AsLongLong(status))
        guard let cancel = unsafe Reference(PyObject_GetAttrString(task, "cancel")) else {
            return nil
        }
        return unsafe apus_call0(cancel.object)
    }

    /// Tells all WebSockets that the server goes away.
    private static func closeSockets(_ code: Object) -> Object? {
        let code = unsafe Int(PyLong_AsLongLong(code))
        for request in unsafe loop?.all ?? [] where request.isWebSocket && request.phase == .open {
            request.close(code: code, reason: nil)
            request.complete(flags: 0)
        }
        return unsafe none()
    }

    /// In a child that the application has forked: it must not answer.
    static func forget() {
        for channel in unsafe loop?.channels ?? [] { channel.forget() }
    }

    private static func flush() -> Object? {
        unsafe loop?.flush()
        return unsafe none()
    }

    private static func close() -> Object? {
        unsafe door?.close()
        unsafe door = nil
        if let loop = unsafe loop {
            loop.flush()
            for channel in loop.channels { channel.close() }
        }
        return unsafe none()
    }
}
