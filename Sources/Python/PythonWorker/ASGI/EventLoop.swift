// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// The interpreter's event loop, and what the requests on it share.
///
/// There is one for a process, on the main thread; everything of the ASGI side runs there, with the
/// GIL.
@safe
final class EventLoop: Owned {
    let names: Names
    let types: AwaitableTypes
    let methods = LoopMethods()
    let hooks: LoopHooks
    /// How many requests may run at once; 0 for any number.
    let concurrency: Int
    let scopes: ScopeMaker
    /// Of the request that begins.
    let parts = ScopeParts()
    var mounts = Mounts()

    private let addReader: Object
    private let removeReader: Object
    private let addWriter: Object
    private let removeWriter: Object
    private let callSoon: Object
    private let createFuture: Object
    /// In which context: not in that of whatever request runs at the moment.
    private let soonOptions: Object
    private var tasks: TaskMaker

    private(set) var channels: [Channel] = []
    private var running = 0
    /// Whether its thread is scheduled as one with short requests.
    private var isBatch: Int32 = 0
    private var held: [HeldRequest] = []
    private var isRunningHeld = false
    private var written: [Channel] = []
    private var heads: [Request] = []
    private var willFlush = false
    /// While a channel is read, for then its end is soon enough for sending.
    var isReading = false
    private lazy var flushCallable = unsafe types.holder.callable(methods.flush, self)!
    private lazy var runHeldCallable = unsafe types.holder.callable(methods.runHeld, self)!

    /// - Parameters:
    ///   - loop: of asyncio or uvloop.
    ///   - eager: whether a task may begin at once.
    init?(_ loop: Object, hooks: Object, context: Object, eager: Bool, concurrency: Int) {
        let names = Names()
        guard let types = AwaitableTypes(), let hooks = unsafe LoopHooks(hooks),
            let tasks = unsafe TaskMaker(loop: loop, eager: eager),
            let scopes = ScopeMaker(names),
            let addReader = unsafe PyObject_GetAttrString(loop, "add_reader"),
            let removeReader = unsafe PyObject_GetAttrString(loop, "remove_reader"),
            let addWriter = unsafe PyObject_GetAttrString(loop, "add_writer"),
            let removeWriter = unsafe PyObject_GetAttrString(loop, "remove_writer"),
            let callSoon = unsafe PyObject_GetAttrString(loop, "call_soon"),
            let createFuture = unsafe PyObject_GetAttrString(loop, "create_future"),
            let options = unsafe PyDict_New(),
            unsafe PyDict_SetItemString(options, "context", context) == 0
        else { return nil }
        self.names = names
        self.types = types
        self.hooks = hooks
        self.tasks = tasks
        self.scopes = scopes
        self.concurrency = concurrency
        unsafe self.addReader = addReader
        unsafe self.removeReader = removeReader
        unsafe self.addWriter = addWriter
        unsafe self.removeWriter = removeWriter
        unsafe self.callSoon = callSoon
        unsafe self.createFuture = createFuture
        unsafe soonOptions = options
        super.init()
        if !eager { TaskRegister.install(types.holder) }
    }

    // MARK: Requests

    var runningCount: Int { running }
    var heldCount: Int { held.count }

    /// Whether one more request may run; if not it is to be held.
    var hasPlace: Bool { concurrency == 0 || (running < concurrency && held.isEmpty) }

    func hold(_ request: HeldRequest) { held.append(request) }

    /// A held request whose client has gone will not run.
    func dropHeld(_ id: UInt64, of channel: Channel) {
        let count = held.count
        held.removeAll { $0.id == id && $0.channel === channel }
        if held.count < count { channel.end(id, flags: APUS_END_ABORTED) }
    }

    func dropHeld(of channel: Channel) {
        held.removeAll { $0.channel === channel }
    }

    func requestBegins() {
        running += 1
        unsafe apus_note_request(&isBatch)
    }

    func requestEnds() {
        running -= 1
        let count = unsafe Worker.scoreboard.requestEnded(apus_coarse_now())
        if unsafe count == Worker.requestLimit { Worker.retire() }
        // Not from within the task that ends, whose context others would inherit.
        if !held.isEmpty { unsafe soon(runHeldCallable) }
    }

    /// There may be a place for a request that waits, or its application.
    func runHeld() {
        guard !held.isEmpty, !isRunningHeld else { return }
        isRunningHeld = true
        tasks.look()
        var index = 0
        while index < held.count, concurrency == 0 || running < concurrency {
            guard held[index].mount.condition != .loading else {
                index += 1
                continue
            }
            let request = held.remove(at: index)
            if request.mount.condition == .failed {
                request.channel.end(request.id, flags: APUS_END_NOT_LOADED)
            } else {
                request.channel.begin(request.payload.slice, wasHeld: true)
            }
        }
        isRunningHeld = false
    }

    /// - Returns: a new task that runs the request's coroutine, or nil with an exception.
    func makeTask(_ coroutine: Object) -> Object? { unsafe tasks.make(coroutine) }

    func makeFuture() -> Object? { unsafe apus_call0(createFuture) }

    var all: [Request] {
        var requests: [Request] = []
        for channel in channels { requests += channel.requests.all }
        return requests
    }

    /// To be called before requests begin.
    func willBegin() { tasks.look() }

    // MARK: Channels

    func add(_ channel: Channel) { channels.append(channel) }

    func remove(_ channel: Channel) { channels.removeAll { $0 === channel } }

    func watch(_ descriptor: Int32, _ callable: Object) -> Bool {
        unsafe call(addReader, descriptor, callable)
    }

    func unwatch(_ descriptor: Int32) { _ = unsafe call(removeReader, descriptor, nil) }

    func watchWritable(_ descriptor: Int32, _ callable: Object) -> Bool {
        unsafe call(addWriter, descriptor, callable)
    }

    func unwatchWritable(_ descriptor: Int32) { _ = unsafe call(removeWriter, descriptor, nil) }

    func soon(_ callable: Object) {
        guard let arguments = unsafe Reference(PyTuple_New(1)),
            unsafe PyTuple_SetItem(arguments.object, 0, retained(callable)) == 0
        else {
            PyErr_WriteUnraisable(nil)
            return
        }
        unsafe discard(PyObject_Call(callSoon, arguments.object, soonOptions), of: callSoon)
    }

    private func call(_ function: Object, _ descriptor: Int32, _ callable: Object?) -> Bool {
        guard let number = unsafe PyLong_FromLongLong(Int64(descriptor)) else { return false }
        defer { unsafe Py_DecRef(number) }
        let result =
            if let callable = unsafe callable {
                unsafe apus_call2(function, number, callable)
            } else {
                unsafe apus_call1(function, number)
            }
        unsafe discard(result, of: function)
        return unsafe result != nil
    }

    // MARK: Sending

    /// A channel has something to send: together with all else of this turn of the loop.
    func willSend(_ channel: Channel) {
        written.append(channel)
        flushSoon()
    }

    /// A head may be kept back until the end of this turn, but not while the application waits.
    func holdsHead(_ request: Request) {
        heads.append(request)
        flushSoon()
    }

    /// A head goes out; most often that of the application which has just begun a response.
    func sendsHead(_ request: Request) {
        if let last = heads.last, last === request { heads.removeLast() }
    }

    private func flushSoon() {
        guard !isReading, !willFlush else { return }
        willFlush = true
        unsafe soon(flushCallable)
    }

    func flush() {
        if !heads.isEmpty {
            let started = heads
            heads.removeAll(keepingCapacity: true)
            for request in started { request.commit(knownLength: nil) }
        }
        while let channel = written.popLast() { channel.flush() }
    }

    fileprivate func flushScheduled() {
        willFlush = false
        flush()
    }

    /// Sends what reading has given cause to.
    ///
    /// - Parameter startsTasks: tasks of new requests run after this, in this turn of the loop. What
    ///   they send goes out right behind the last of them: scheduled by the first one that sends, it
    ///   would be a turn later, and each turn has its system call.
    func flushAfterReading(startsTasks: Bool) {
        isReading = false
        flush()
        if startsTasks && !tasks.areEager { flushSoon() }
    }
}

/// The functions that the interpreter's loop calls.
@safe
struct LoopMethods {
    let flush = unsafe methodTable([
        method("flush", METH_NOARGS) { object, _ in
            guard let object = unsafe object else { return nil }
            unsafe (owner(object) as EventLoop).flushScheduled()
            return unsafe none()
        }
    ])
    let runHeld = unsafe methodTable([
        method("run_held", METH_NOARGS) { object, _ in
            guard let object = unsafe object else { return nil }
            unsafe (owner(object) as EventLoop).runHeld()
            return unsafe none()
        }
    ])
    let door = unsafe methodTable([
        method("door", METH_NOARGS) { object, _ in
            guard let object = unsafe object else { return nil }
            unsafe (owner(object) as Door).drain()
            return unsafe none()
        }
    ])
    let read = unsafe methodTable([
        method("read", METH_NOARGS) { object, _ in
            guard let object = unsafe object else { return nil }
            unsafe (owner(object) as Channel).read()
            return unsafe none()
        }
    ])
    let write = unsafe methodTable([
        method("write", METH_NOARGS) { object, _ in
            guard let object = unsafe object else { return nil }
            unsafe (owner(object) as Channel).writable()
            return unsafe none()
        }
    ])
    let resume = unsafe methodTable([
        method("resume", METH_NOARGS) { object, _ in
            guard let object = unsafe object else { return nil }
            unsafe (owner(object) as Channel).resume()
            return unsafe none()
        }
    ])
}
