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
    unsafe definition.initialize(
        to: PyModuleDef(
            references: 1, type: nil, init: nil, index: 0, copy: nil,
            name: ("apus_worker" as StaticString).characters, doc: nil, size: -1,
            methods: methodTable(functions + LoopFunctions.all), slots: nil, traverse: nil,
            clear: nil, free: nil))
    // 3 says abi3; interpreters compare only the first digit of it.
    guard let module = unsafe Reference(PyModule_Create2(definition, 3)), StartResponse.makeTypes(),
        Input.makeType(), let close = unsafe interned("close"), let keys = Keys(),
        let environ = Environ()
    else { return nil }
    unsafe Worker.closeName = close
    unsafe Worker.keys = keys
    unsafe Worker.environ = environ
    unsafe Worker.applications = Applications()
    return unsafe module.handOn()
}

private let functions: [(name: StaticString, flags: Int, function: PyCFunction)] = unsafe [
    ("source", METH_O, { _, name in unsafe source(name!) }),
    ("open", METH_O, { _, process in unsafe open(process!) }),
    ("configure", METH_VARARGS, { _, hooks in unsafe configure(hooks!) }),
    ("serve", METH_O, { _, number in unsafe serve(number!) }),
    ("leave", METH_NOARGS, { _, _ in unsafe leave() }),
    ("wake", METH_NOARGS, { _, _ in unsafe number(Worker.wake()) }),
    ("receive", METH_O, { _, time in unsafe receiveControl(time!) }),
    ("send", METH_O, { _, message in unsafe sendControl(message!) }),
    ("request", METH_NOARGS, { _, _ in unsafe requestName() }),
    ("held", METH_O, { _, slot in unsafe held(slot!) }),
    ("log", METH_VARARGS, { _, arguments in unsafe log(arguments!) }),
    ("write_errors", METH_O, { _, text in unsafe writeErrors(text!) }),
    ("flush_errors", METH_NOARGS, { _, _ in unsafe flushErrors() }),
    ("interrupt", METH_VARARGS, { _, arguments in unsafe interrupt(arguments!) }),
    ("state", METH_O, { _, value in unsafe setState(value!) }),
    ("interface", METH_O, { _, value in unsafe setInterface(value!) }),
    ("beat", METH_NOARGS, { _, _ in unsafe beat() }),
    ("schedule", METH_O, { _, isBatch in unsafe schedule(isBatch!) }),
    ("title", METH_O, { _, title in unsafe setTitle(title!) }),
    ("forget", METH_NOARGS, { _, _ in unsafe forget() }),
]

private func number<Number: BinaryInteger>(_ value: Number) -> OpaquePointer? {
    unsafe PyLong_FromUnsignedLongLong(UInt64(truncatingIfNeeded: value))
}

/// Nil with an exception set if it is no number, or below zero.
private func unsigned(_ object: OpaquePointer?) -> UInt64? {
    guard let object = unsafe object else { return nil }
    let value = unsafe PyLong_AsUnsignedLongLong(object)
    return unsafe value == .max && PyErr_Occurred() != nil ? nil : UInt64(value)
}

private func bytes(_ object: OpaquePointer?) -> Slice? {
    guard let object = unsafe object, let start = unsafe PyBytes_AsString(object) else {
        return nil
    }
    return unsafe Slice(start: UnsafeRawPointer(start), count: PyBytes_Size(object))
}

// MARK: Beginning

private func source(_ name: OpaquePointer) -> OpaquePointer? {
    var size = 0
    var length: UInt64 = 0
    guard let characters = unsafe PyUnicode_AsUTF8AndSize(name, &size) else { return nil }
    guard let text = unsafe apus_source(characters, &length) else {
        return unsafe raise(apus_value_error(), "no such part of the worker")
    }
    return unsafe PyBytes_FromStringAndSize(text, Int(length))
}

/// Takes the place of a process in the scoreboard.
///
/// - Returns: how many processes there may be.
private func open(_ process: OpaquePointer) -> OpaquePointer? {
    guard let process = unsafe unsigned(process) else { return nil }
    guard
        let scoreboard = Scoreboard(
            Int32(APUS_SCOREBOARD_DESCRIPTOR), process: UInt32(truncatingIfNeeded: process))
    else { return unsafe raise(apus_os_error(), "not a scoreboard of this version") }
    unsafe Worker.scoreboard = scoreboard
    apus_handle_wake_signal()
    scoreboard.began()
    return unsafe number(scoreboard.processLimit)
}

/// Arguments: the four hooks, and after how many requests to retire.
private func configure(_ arguments: OpaquePointer) -> OpaquePointer? {
    guard unsafe PyTuple_Size(arguments) == 5, let load = unsafe PyTuple_GetItem(arguments, 0),
        let authorize = unsafe PyTuple_GetItem(arguments, 1),
        let report = unsafe PyTuple_GetItem(arguments, 2),
        let fileWrapper = unsafe PyTuple_GetItem(arguments, 3),
        let limit = unsafe unsigned(PyTuple_GetItem(arguments, 4))
    else { return unsafe raise(apus_type_error(), "configure takes four hooks and a number") }
    unsafe [load, authorize, report, fileWrapper].forEach { unsafe Py_IncRef($0) }
    unsafe Worker.hooks = Hooks(
        load: load, authorize: authorize, report: report, fileWrapper: fileWrapper)
    unsafe Worker.requestLimit = limit
    return unsafe none()
}

/// Serves requests in this thread until the process leaves.
private func serve(_ slot: OpaquePointer) -> OpaquePointer? {
    guard let index = unsafe unsigned(slot) else { return nil }
    guard let scoreboard = unsafe Worker.scoreboard, unsafe Worker.hooks != nil,
        index < UInt64(scoreboard.slotLimit)
    else { return unsafe raise(apus_value_error(), "no such slot") }
    let streamLimit = apus_descriptor_limit() / 2 / UInt64(scoreboard.slotLimit)
    let slot = Slot(UInt32(index), streamLimit: Int(min(256, max(8, streamLimit))))
    unsafe Worker.slots.append(slot)
    slot.serve()
    return unsafe none()
}

private func setState(_ value: OpaquePointer) -> OpaquePointer? {
    guard let value = unsafe unsigned(value) else { return nil }
    unsafe Worker.scoreboard.set(state: UInt32(truncatingIfNeeded: value))
    return unsafe none()
}

private func setInterface(_ value: OpaquePointer) -> OpaquePointer? {
    guard let value = unsafe unsigned(value) else { return nil }
    unsafe Worker.scoreboard.set(interface: UInt32(truncatingIfNeeded: value))
    return unsafe none()
}

/// By the policy for short requests, or by whichever suits the requests.
private func schedule(_ isBatch: OpaquePointer) -> OpaquePointer? {
    if unsafe isBatch == apus_true() { apus_schedule_batch() } else { apus_adapt_scheduling() }
    return unsafe none()
}

private func setTitle(_ title: OpaquePointer) -> OpaquePointer? {
    guard let title = unsafe PyBytes_AsString(title) else { return nil }
    unsafe apus_set_title(title)
    return unsafe none()
}

// MARK: The control channel

/// Waits for a message, so many milliseconds; Python's signal handlers run if it is interrupted.
///
/// - Returns: None if none came; bytes and a list of descriptors, where no bytes mean the end.
private func receiveControl(_ time: OpaquePointer) -> OpaquePointer? {
    let milliseconds = unsafe PyLong_AsLongLong(time)
    if unsafe milliseconds == -1 && PyErr_Occurred() != nil { return nil }
    let memory = UnsafeMutableRawPointer.allocate(
        byteCount: Int(APUS_PACKET_LIMIT), alignment: 16)
    defer { unsafe memory.deallocate() }
    var received = apus_received()
    let state = unsafe PyEval_SaveThread()
    let ready = apus_wait_readable(Worker.control, Int32(truncatingIfNeeded: milliseconds))
    let length =
        unsafe ready > 0
        ? apus_receive(Worker.control, memory, UInt64(APUS_PACKET_LIMIT), 0, &received) : -1
    unsafe PyEval_RestoreThread(state)
    guard ready > 0, length >= 0 else { return unsafe PyErr_CheckSignals() == 0 ? none() : nil }
    guard let pair = unsafe Reference(PyTuple_New(2)), let files = unsafe PyList_New(0) else {
        return nil
    }
    _ = unsafe PyTuple_SetItem(pair.object, 1, files)
    for file in received.files {
        guard let value = unsafe Reference(PyLong_FromLongLong(Int64(file))),
            unsafe PyList_Append(files, value.object) == 0
        else { return nil }
    }
    guard
        let message = unsafe PyBytes_FromStringAndSize(
            memory.assumingMemoryBound(to: CChar.self), length)
    else { return nil }
    _ = unsafe PyTuple_SetItem(pair.object, 0, message)
    return unsafe pair.handOn()
}

private func sendControl(_ message: OpaquePointer) -> OpaquePointer? {
    guard let message = unsafe bytes(message) else { return nil }
    let state = unsafe PyEval_SaveThread()
    let result = unsafe apus_send(
        Worker.control, message.start, UInt64(message.count), nil, 0, -1)
    unsafe PyEval_RestoreThread(state)
    return unsafe result == 0 ? none() : PyErr_SetFromErrno(apus_os_error())
}

private func beat() -> OpaquePointer? {
    unsafe Worker.scoreboard.beat()
    return unsafe none()
}

// MARK: Requests

/// What logs call the request that this thread serves; an empty string for none.
private func requestName() -> OpaquePointer? {
    guard let slot = Worker.current, slot.request != 0 else { return unsafe heldName(nil) }
    return unsafe heldName(slot.line)
}

/// The request in a slot, as its number, 0 for none, and its name.
private func held(_ slot: OpaquePointer) -> OpaquePointer? {
    guard let index = unsafe unsigned(slot) else { return nil }
    let isThere = unsafe index < UInt64(Worker.scoreboard.slotLimit)
    let line = isThere ? unsafe Worker.scoreboard.slot(UInt32(index)) : nil
    var request: UInt64 = 0
    guard let pair = unsafe Reference(PyTuple_New(2)),
        let name = unsafe heldName(line, &request), let number = unsafe number(request)
    else { return nil }
    _ = unsafe PyTuple_SetItem(pair.object, 0, number)
    _ = unsafe PyTuple_SetItem(pair.object, 1, name)
    return unsafe pair.handOn()
}

private func heldName(_ line: UnsafeMutablePointer<apus_slot_line>?) -> OpaquePointer? {
    var request: UInt64 = 0
    return unsafe heldName(line, &request)
}

private func heldName(
    _ line: UnsafeMutablePointer<apus_slot_line>?, _ request: inout UInt64
) -> OpaquePointer? {
    unsafe withUnsafeTemporaryAllocation(
        of: CChar.self, capacity: 8 * Int(APUS_NAME_WORDS)
    ) { text in
        unsafe text.initialize(repeating: 0)
        if let line = unsafe line { request = unsafe apus_held(line, text.baseAddress!) }
        return unsafe PyUnicode_DecodeLatin1(
            text.baseAddress!, request == 0 ? 0 : Int(strlen(text.baseAddress!)), nil)
    }
}

/// Sends a line to the error log with the request of this thread.
///
/// - Returns: False if there is no such request.
private func log(_ arguments: OpaquePointer) -> OpaquePointer? {
    guard unsafe PyTuple_Size(arguments) == 2,
        let level = unsafe unsigned(PyTuple_GetItem(arguments, 0)),
        let line = unsafe bytes(PyTuple_GetItem(arguments, 1))
    else { return unsafe raise(apus_type_error(), "log takes a level and bytes") }
    guard let slot = Worker.currentTelling else { return unsafe truth(false) }
    slot.log(level: UInt16(truncatingIfNeeded: level), line)
    unsafe slot.flush()
    return unsafe truth(true)
}

/// The same for text of `wsgi.errors`, which need not be whole lines.
private func writeErrors(_ text: OpaquePointer) -> OpaquePointer? {
    guard let text = unsafe bytes(text) else { return nil }
    guard let slot = Worker.currentTelling else { return unsafe truth(false) }
    slot.writeErrors(text)
    return unsafe truth(true)
}

private func flushErrors() -> OpaquePointer? {
    guard let slot = Worker.currentTelling else { return unsafe truth(false) }
    slot.endErrorLine()
    unsafe slot.flush()
    return unsafe truth(true)
}

private func truth(_ value: Bool) -> OpaquePointer {
    let object = unsafe value ? apus_true() : apus_false()
    unsafe Py_IncRef(object)
    return unsafe object
}

/// Raises an exception in a thread, if it still has the request.
///
/// Arguments: slot, request, the thread's identity in Python, the type of exception.
private func interrupt(_ arguments: OpaquePointer) -> OpaquePointer? {
    guard unsafe PyTuple_Size(arguments) == 4,
        let number = unsafe unsigned(PyTuple_GetItem(arguments, 0)),
        let request = unsafe unsigned(PyTuple_GetItem(arguments, 1)),
        let thread = unsafe unsigned(PyTuple_GetItem(arguments, 2)),
        let exception = unsafe PyTuple_GetItem(arguments, 3)
    else { return unsafe raise(apus_type_error(), "interrupt takes three numbers and a type") }
    for slot in unsafe Worker.slots where UInt64(slot.number) == number {
        unsafe slot.interrupt(request, thread: UInt(thread), exception)
    }
    return unsafe none()
}

// MARK: Ending

private func leave() -> OpaquePointer? {
    apus_set_leaving()
    return unsafe none()
}

/// In a child that the application has forked: lets go of everything that is the worker's, for a
/// descriptor that stays open here would hide the worker's death.
private func forget() -> OpaquePointer? {
    apus_set_leaving()
    apus_set_thread_value(nil)
    for slot in unsafe Worker.slots { slot.forget() }
    LoopFunctions.forget()
    unsafe Worker.scoreboard?.detach(Int32(APUS_SCOREBOARD_DESCRIPTOR))
    for descriptor in APUS_CONTROL_DESCRIPTOR...APUS_SCOREBOARD_DESCRIPTOR {
        apus_close(Int32(descriptor))
    }
    return unsafe none()
}
