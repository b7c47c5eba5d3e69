// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// What the bootstrap can ask of the extension for the sake of ASGI.
enum LoopFunctions {
    nonisolated(unsafe) static var loop: EventLoop? = nil
    nonisolated(unsafe) static var door: Door? = nil

    static var all: [(name: StaticString, flags: Int, function: PyCFunction)] {
        [
            (
                "loop_open", METH_VARARGS,
                { _, arguments in arguments.flatMap { LoopFunctions.open($0) } }
            ),
            (
                "loop_mount", METH_VARARGS,
                { _, arguments in arguments.flatMap { LoopFunctions.mount($0) } }
            ),
            ("loop_accept", METH_NOARGS, { _, _ in LoopFunctions.accept() }),
            ("loop_counts", METH_NOARGS, { _, _ in LoopFunctions.counts() }),
            ("loop_requests", METH_NOARGS, { _, _ in LoopFunctions.requests() }),
            (
                "loop_log", METH_VARARGS,
                { _, arguments in arguments.flatMap { LoopFunctions.log($0) } }
            ),
            (
                "loop_cancel", METH_VARARGS,
                { _, arguments in arguments.flatMap { LoopFunctions.cancel($0) } }
            ),
            (
                "loop_close_sockets", METH_O,
                { _, code in code.flatMap { LoopFunctions.closeSockets($0) } }
            ),
            ("loop_flush", METH_NOARGS, { _, _ in LoopFunctions.flush() }),
            ("loop_close", METH_NOARGS, { _, _ in LoopFunctions.close() }),
        ]
    }

    /// Arguments: the loop, an object with the hooks, whether tasks may begin at once, how many
    /// requests may run at a time (0 for any number), after how many to retire (0 for never), and
    /// the context (of contextvars) that requests begin in.
    private static func open(_ arguments: Object) -> Object? {
        guard PyTuple_Size(arguments) == 6, let loop = PyTuple_GetItem(arguments, 0),
            let hooks = PyTuple_GetItem(arguments, 1), let eager = PyTuple_GetItem(arguments, 2),
            let concurrency = PyTuple_GetItem(arguments, 3),
            let retirement = PyTuple_GetItem(arguments, 4),
            let context = PyTuple_GetItem(arguments, 5)
        else { return raise(apus_type_error(), "loop_open takes six arguments") }
        let limit = PyLong_AsLongLong(concurrency)
        let requestLimit = PyLong_AsLongLong(retirement)
        guard limit >= 0, requestLimit >= 0 else {
            return PyErr_Occurred() != nil
                ? nil : raise(apus_value_error(), "a number of requests is not negative")
        }
        Worker.requestLimit = UInt64(requestLimit)
        guard
            let opened = EventLoop(
                loop, hooks: hooks, context: context, eager: PyObject_IsTrue(eager) == 1,
                concurrency: Int(limit))
        else { return nil }
        Self.loop = opened
        return none()
    }

    /// Arguments: script and callable as in a request, the application (None if it failed to load,
    /// False if the next request is to try again), and its lifespan's state.
    private static func mount(_ arguments: Object) -> Object? {
        guard PyTuple_Size(arguments) == 4, let script = PyTuple_GetItem(arguments, 0),
            let callable = PyTuple_GetItem(arguments, 1),
            let application = PyTuple_GetItem(arguments, 2),
            let state = PyTuple_GetItem(arguments, 3), let loop
        else { return raise(apus_type_error(), "loop_mount takes four arguments") }
        guard let scriptBytes = encoded(script), let callableBytes = encoded(callable) else {
            return nil
        }
        let mount = loop.mounts.add(
            contents(scriptBytes.object), contents(callableBytes.object))
        if isNone(application) || application == apus_false() {
            mount.hasFailed()
            if application == apus_false() { loop.mounts.forget(mount) }
        } else {
            mount.isReady(application, state: state)
        }
        loop.runHeld()
        return none()
    }

    private static func encoded(_ text: Object) -> Reference? {
        Reference(PyUnicode_AsEncodedString(text, "utf-8", "surrogateescape"))
    }

    private static func accept() -> Object? {
        guard let loop else { return raise(apus_runtime_error(), "there is no loop") }
        let door = Door(loop)
        guard door.open() else { return nil }
        Self.door = door
        return none()
    }

    /// - Returns: requests that run, that are held, that fronts count, and the number of streams.
    private static func counts() -> Object? {
        guard let loop, let tuple = PyTuple_New(4) else { return none() }
        let outstanding = apus_load_count(&Worker.scoreboard.line.pointee.outstanding)
        let numbers = [
            Int64(loop.runningCount), Int64(loop.heldCount), Int64(outstanding),
            Int64(loop.channels.count),
        ]
        for index in numbers.indices {
            guard let number = PyLong_FromLongLong(numbers[index]) else { return nil }
            _ = PyTuple_SetItem(tuple, index, number)
        }
        return tuple
    }

    /// - Returns: a list of number, start in microseconds since 1970, whether it is a WebSocket, and
    ///   the task.
    private static func requests() -> Object? {
        guard let list = Reference(PyList_New(0)) else { return nil }
        for request in loop?.all ?? [] where !request.isOver {
            guard let tuple = Reference(PyTuple_New(4)),
                let number = PyLong_FromUnsignedLongLong(request.id),
                let started = PyLong_FromUnsignedLongLong(request.started)
            else { return nil }
            _ = PyTuple_SetItem(tuple.object, 0, number)
            _ = PyTuple_SetItem(tuple.object, 1, started)
            _ = PyTuple_SetItem(
                tuple.object, 2, retained(request.isWebSocket ? apus_true() : apus_false()))
            _ = PyTuple_SetItem(tuple.object, 3, retained(request.task ?? apus_none()))
            guard PyList_Append(list.object, tuple.object) == 0 else { return nil }
        }
        return list.handOn()
    }

    private static func find(_ number: Object?) -> Request? {
        guard let number, let loop else { return nil }
        let id = UInt64(PyLong_AsUnsignedLongLong(number))
        for channel in loop.channels {
            if let request = channel.requests[id] { return request }
        }
        return nil
    }

    /// Arguments: a request's number, a level and bytes.
    ///
    /// - Returns: False if there is no such request, or the front has done with it.
    private static func log(_ arguments: Object) -> Object? {
        guard PyTuple_Size(arguments) == 3, let level = PyTuple_GetItem(arguments, 1),
            let line = PyTuple_GetItem(arguments, 2), isBytes(line)
        else { return raise(apus_type_error(), "loop_log takes two numbers and bytes") }
        guard let request = find(PyTuple_GetItem(arguments, 0)), !request.hasSentEnd else {
            PyErr_Clear()
            return retained(apus_false())
        }
        request.channel.log(request.id, level: Int(PyLong_AsLongLong(level)), contents(line))
        return retained(apus_true())
    }

    /// Cancels a request's task.
    ///
    /// Arguments: its number, and the status for the client if there is no response yet.
    private static func cancel(_ arguments: Object) -> Object? {
        guard PyTuple_Size(arguments) == 2, let status = PyTuple_GetItem(arguments, 1) else {
            return raise(apus_type_error(), "loop_cancel takes two numbers")
        }
        guard let request = find(PyTuple_GetItem(arguments, 0)), let task = request.task else {
            PyErr_Clear()
            return retained(apus_false())
        }
        request.endStatus = Int(PyLong_AsLongLong(status))
        guard let cancel = Reference(PyObject_GetAttrString(task, "cancel")) else { return nil }
        return apus_call0(cancel.object)
    }

    /// Tells all WebSockets that the server goes away.
    private static func closeSockets(_ code: Object) -> Object? {
        let code = Int(PyLong_AsLongLong(code))
        for request in loop?.all ?? [] where request.isWebSocket && request.phase == .open {
            request.close(code: code, reason: nil)
            request.complete(flags: 0)
        }
        return none()
    }

    /// In a child that the application has forked: it must not answer.
    static func forget() {
        for channel in loop?.channels ?? [] { channel.forget() }
    }

    private static func flush() -> Object? {
        loop?.flush()
        return none()
    }

    private static func close() -> Object? {
        door?.close()
        door = nil
        if let loop {
            loop.flush()
            for channel in loop.channels { channel.close() }
        }
        return none()
    }
}
