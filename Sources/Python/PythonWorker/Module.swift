// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

// The module `apus_worker`: what the bootstrap can ask of the extension.

/// Called by the interpreter on import.
@_cdecl("PyInit_apus_worker")
public func initializeModule() -> OpaquePointer? {
    // What is written during the import asks for the thread's request, in a template too, which has
    // no place.
    apus_make_thread_key()
    let definition = UnsafeMutablePointer<PyModuleDef>.allocate(capacity: 1)
    definition.initialize(
        to: PyModuleDef(
            references: 1, type: nil, init: nil, index: 0, copy: nil,
            name: ("apus_worker" as StaticString).characters, doc: nil, size: -1,
            methods: methodTable(functions + LoopFunctions.all), slots: nil, traverse: nil,
            clear: nil, free: nil))
    // 3 says abi3; interpreters compare only the first digit of it.
    guard let module = Reference(PyModule_Create2(definition, 3)), StartResponse.makeTypes(),
        Input.makeType(), let close = interned("close"), let keys = Keys(),
        let environ = Environ()
    else { return nil }
    Worker.closeName = close
    Worker.keys = keys
    Worker.environ = environ
    Worker.applications = Applications()
    return module.handOn()
}

private let functions: [(name: StaticString, flags: Int, function: PyCFunction)] = [
    ("source", METH_O, { _, name in source(name!) }),
    ("open", METH_O, { _, process in open(process!) }),
    ("configure", METH_VARARGS, { _, hooks in configure(hooks!) }),
    ("serve", METH_O, { _, number in serve(number!) }),
    ("leave", METH_NOARGS, { _, _ in leave() }),
    ("wake", METH_NOARGS, { _, _ in number(Worker.wake()) }),
    ("receive", METH_O, { _, time in receiveControl(time!) }),
    ("send", METH_O, { _, message in sendControl(message!) }),
    ("request", METH_NOARGS, { _, _ in number(Worker.current?.request ?? 0) }),
    ("held", METH_O, { _, slot in held(slot!) }),
    ("log", METH_VARARGS, { _, arguments in log(arguments!) }),
    ("write_errors", METH_O, { _, text in writeErrors(text!) }),
    ("flush_errors", METH_NOARGS, { _, _ in flushErrors() }),
    ("interrupt", METH_VARARGS, { _, arguments in interrupt(arguments!) }),
    ("state", METH_O, { _, value in setState(value!) }),
    ("interface", METH_O, { _, value in setInterface(value!) }),
    ("beat", METH_NOARGS, { _, _ in beat() }),
    ("title", METH_O, { _, title in setTitle(title!) }),
    ("forget", METH_NOARGS, { _, _ in forget() }),
]

private func number<Number: BinaryInteger>(_ value: Number) -> OpaquePointer? {
    PyLong_FromUnsignedLongLong(UInt64(truncatingIfNeeded: value))
}

/// Nil with an exception set if it is no number, or below zero.
private func unsigned(_ object: OpaquePointer?) -> UInt64? {
    guard let object else { return nil }
    let value = PyLong_AsUnsignedLongLong(object)
    return value == .max && PyErr_Occurred() != nil ? nil : UInt64(value)
}

private func bytes(_ object: OpaquePointer?) -> Slice? {
    guard let object, let start = PyBytes_AsString(object) else { return nil }
    return Slice(start: UnsafeRawPointer(start), count: PyBytes_Size(object))
}

// MARK: Beginning

private func source(_ name: OpaquePointer) -> OpaquePointer? {
    var size = 0
    var length: UInt64 = 0
    guard let characters = PyUnicode_AsUTF8AndSize(name, &size) else { return nil }
    guard let text = apus_source(characters, &length) else {
        return raise(apus_value_error(), "no such part of the worker")
    }
    return PyBytes_FromStringAndSize(text, Int(length))
}

/// Takes the place of a process in the scoreboard.
///
/// - Returns: how many processes there may be.
private func open(_ process: OpaquePointer) -> OpaquePointer? {
    guard let process = unsigned(process) else { return nil }
    guard
        let scoreboard = Scoreboard(
            Int32(APUS_SCOREBOARD_DESCRIPTOR), process: UInt32(truncatingIfNeeded: process))
    else { return raise(apus_os_error(), "not a scoreboard of this version") }
    Worker.scoreboard = scoreboard
    apus_handle_wake_signal()
    scoreboard.began()
    return number(scoreboard.processLimit)
}

/// Arguments: the four hooks, and after how many requests to retire.
private func configure(_ arguments: OpaquePointer) -> OpaquePointer? {
    guard PyTuple_Size(arguments) == 5, let load = PyTuple_GetItem(arguments, 0),
        let authorize = PyTuple_GetItem(arguments, 1),
        let report = PyTuple_GetItem(arguments, 2),
        let fileWrapper = PyTuple_GetItem(arguments, 3),
        let limit = unsigned(PyTuple_GetItem(arguments, 4))
    else { return raise(apus_type_error(), "configure takes four hooks and a number") }
    for hook in [load, authorize, report, fileWrapper] { Py_IncRef(hook) }
    Worker.hooks = Hooks(
        load: load, authorize: authorize, report: report, fileWrapper: fileWrapper)
    Worker.requestLimit = limit
    return none()
}

/// Serves requests in this thread until the process leaves.
private func serve(_ slot: OpaquePointer) -> OpaquePointer? {
    guard let index = unsigned(slot) else { return nil }
    guard let scoreboard = Worker.scoreboard, Worker.hooks != nil,
        index < UInt64(scoreboard.slotLimit)
    else { return raise(apus_value_error(), "no such slot") }
    let streamLimit = apus_descriptor_limit() / 2 / UInt64(scoreboard.slotLimit)
    let slot = Slot(UInt32(index), streamLimit: Int(min(256, max(8, streamLimit))))
    Worker.slots.append(slot)
    slot.serve()
    return none()
}

private func setState(_ value: OpaquePointer) -> OpaquePointer? {
    guard let value = unsigned(value) else { return nil }
    Worker.scoreboard.set(state: UInt32(truncatingIfNeeded: value))
    return none()
}

private func setInterface(_ value: OpaquePointer) -> OpaquePointer? {
    guard let value = unsigned(value) else { return nil }
    Worker.scoreboard.set(interface: UInt32(truncatingIfNeeded: value))
    return none()
}

private func setTitle(_ title: OpaquePointer) -> OpaquePointer? {
    guard let title = PyBytes_AsString(title) else { return nil }
    apus_set_title(title)
    return none()
}

// MARK: The control channel

/// Waits for a message, so many milliseconds; Python's signal handlers run if it is interrupted.
///
/// - Returns: None if none came; bytes and a list of descriptors, where no bytes mean the end.
private func receiveControl(_ time: OpaquePointer) -> OpaquePointer? {
    let milliseconds = PyLong_AsLongLong(time)
    if milliseconds == -1 && PyErr_Occurred() != nil { return nil }
    let memory = UnsafeMutableRawPointer.allocate(
        byteCount: Int(APUS_PACKET_LIMIT), alignment: 16)
    defer { memory.deallocate() }
    var received = apus_received()
    let state = PyEval_SaveThread()
    let ready = apus_wait_readable(Worker.control, Int32(truncatingIfNeeded: milliseconds))
    let length =
        ready > 0
        ? apus_receive(Worker.control, memory, UInt64(APUS_PACKET_LIMIT), 0, &received) : -1
    PyEval_RestoreThread(state)
    guard ready > 0, length >= 0 else { return PyErr_CheckSignals() == 0 ? none() : nil }
    guard let pair = Reference(PyTuple_New(2)), let files = PyList_New(0) else { return nil }
    _ = PyTuple_SetItem(pair.object, 1, files)
    for file in received.files {
        guard let value = Reference(PyLong_FromLongLong(Int64(file))),
            PyList_Append(files, value.object) == 0
        else { return nil }
    }
    guard
        let message = PyBytes_FromStringAndSize(
            memory.assumingMemoryBound(to: CChar.self), length)
    else { return nil }
    _ = PyTuple_SetItem(pair.object, 0, message)
    return pair.handOn()
}

private func sendControl(_ message: OpaquePointer) -> OpaquePointer? {
    guard let message = bytes(message) else { return nil }
    let state = PyEval_SaveThread()
    let result = apus_send(
        Worker.control, message.start, UInt64(message.count), nil, 0, -1)
    PyEval_RestoreThread(state)
    return result == 0 ? none() : PyErr_SetFromErrno(apus_os_error())
}

private func beat() -> OpaquePointer? {
    Worker.scoreboard.beat()
    return none()
}

// MARK: Requests

/// The request in a slot, 0 for none.
private func held(_ slot: OpaquePointer) -> OpaquePointer? {
    guard let index = unsigned(slot) else { return nil }
    guard index < UInt64(Worker.scoreboard.slotLimit) else { return number(0) }
    return number(apus_load64(&Worker.scoreboard.slot(UInt32(index)).pointee.request))
}

/// Sends a line to the error log with the request of this thread.
///
/// - Returns: False if there is no such request.
private func log(_ arguments: OpaquePointer) -> OpaquePointer? {
    guard PyTuple_Size(arguments) == 2, let level = unsigned(PyTuple_GetItem(arguments, 0)),
        let line = bytes(PyTuple_GetItem(arguments, 1))
    else { return raise(apus_type_error(), "log takes a level and bytes") }
    guard let slot = Worker.currentOpen else { return truth(false) }
    slot.log(level: UInt16(truncatingIfNeeded: level), line)
    slot.flush()
    return truth(true)
}

/// The same for text of `wsgi.errors`, which need not be whole lines.
private func writeErrors(_ text: OpaquePointer) -> OpaquePointer? {
    guard let text = bytes(text) else { return nil }
    guard let slot = Worker.currentOpen else { return truth(false) }
    slot.writeErrors(text)
    return truth(true)
}

private func flushErrors() -> OpaquePointer? {
    guard let slot = Worker.currentOpen else { return truth(false) }
    slot.endErrorLine()
    slot.flush()
    return truth(true)
}

private func truth(_ value: Bool) -> OpaquePointer {
    let object = value ? apus_true() : apus_false()
    Py_IncRef(object)
    return object
}

/// Raises an exception in a thread, if it still has the request.
///
/// Arguments: slot, request, the thread's identity in Python, the type of exception.
private func interrupt(_ arguments: OpaquePointer) -> OpaquePointer? {
    guard PyTuple_Size(arguments) == 4, let number = unsigned(PyTuple_GetItem(arguments, 0)),
        let request = unsigned(PyTuple_GetItem(arguments, 1)),
        let thread = unsigned(PyTuple_GetItem(arguments, 2)),
        let exception = PyTuple_GetItem(arguments, 3)
    else { return raise(apus_type_error(), "interrupt takes three numbers and a type") }
    for slot in Worker.slots where UInt64(slot.number) == number {
        slot.interrupt(request, thread: UInt(thread), exception)
    }
    return none()
}

// MARK: Ending

private func leave() -> OpaquePointer? {
    apus_set_leaving()
    return none()
}

/// In a child that the application has forked: lets go of everything that is the worker's, for a
/// descriptor that stays open here would hide the worker's death.
private func forget() -> OpaquePointer? {
    apus_set_leaving()
    apus_set_thread_value(nil)
    for slot in Worker.slots { slot.forget() }
    LoopFunctions.forget()
    Worker.scoreboard?.detach(Int32(APUS_SCOREBOARD_DESCRIPTOR))
    for descriptor in APUS_CONTROL_DESCRIPTOR...APUS_SCOREBOARD_DESCRIPTOR {
        apus_close(Int32(descriptor))
    }
    return none()
}
