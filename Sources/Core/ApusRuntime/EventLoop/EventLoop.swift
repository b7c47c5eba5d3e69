// SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import Glibc

/// Who is told what happens to a descriptor.
///
/// Called on the loop's thread, and must not block.
public protocol EventHandler: AnyObject {
    func ready(_ readiness: Readiness)
    /// The time given to `EventLoop.setDeadline` has come.
    func deadlinePassed()
}

extension EventHandler {
    public func deadlinePassed() {}
}

/// Who has something to do when everything that is ready in a turn has been served.
///
/// Called on the loop's thread, and must not block. An object rather than a closure, for a closure
/// would take memory in every turn.
public protocol TurnHandler: AnyObject {
    func turnEnded()
}

// One thread, one poller, one queue of jobs. A turn of the loop: wait for descriptors and timers,
// tell their handlers, run the jobs that became runnable, then what was left for the end of the
// turn (log lines gathered from many requests leave in one write). Everything but `enqueue`,
// `execute` and `stop` belongs to the loop's own thread, which is what makes `@unchecked Sendable`
// true: no other thread touches the unprotected state.

/// A thread's event loop, and the executor of the tasks that belong to it.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
    private struct Slot {
        var handler: (any EventHandler)?
        var generation: UInt32 = 0
        var deadline = Int64.max
        /// The time of the earliest entry in the timers for this slot; it may fire too early,
        /// for a deadline that moves on is not moved in the heap.
        var armed = Int64.max
    }

    private let poller: Poller
    private var slotsInPlace: [Slot] = []
    private var timers = Timers()
    private var jobs: [UnownedJob] = []
    private var endOfTurn: [any TurnHandler] = []
    /// Empty ones, whose memory the next turn uses.
    private var spareJobs: [UnownedJob] = []
    private var spareHandlers: [any TurnHandler] = []
    private let wakeup: WakeUp
    private let foreignJobs = Mutex<[UnownedJob]>([])
    private let foreignWork = Mutex<[@Sendable () -> Void]>([])
    private var thread: pthread_t
    private var stopping = false

    /// Nanoseconds of the monotonic clock, read once a turn.
    public var now: Int64 { turnBegan }
    // As other modules do not see it, the compiler knows all accesses and need not check them.
    private var turnBegan: Int64

    public init() throws(SystemError) {
        poller = try Poller()
        wakeup = try WakeUp()
        thread = pthread_self()
        turnBegan = MonotonicClock.now
        try poller.add(wakeup.descriptor, mode: .level, token: UInt64.max)
    }

    /// What is known of each descriptor, by its number.
    private var slots: [Slot] {
        get { slotsInPlace }
        @inline(__always) _modify {
            var slots = slotsInPlace.take()
            defer { slotsInPlace.putBack(&slots) }
            yield &slots
        }
    }

    // MARK: Descriptors

    /// Watches a descriptor until `unwatch`.
    ///
    /// Its slot is its number.
    public func watch(
        _ descriptor: CInt, mode: WatchMode, _ handler: any EventHandler
    ) throws(SystemError) {
        let index = Int(descriptor)
        while slots.count <= index { slots.append(Slot()) }
        slots[index].handler = handler
        slots[index].generation &+= 1
        slots[index].deadline = .max
        slots[index].armed = .max
        let token = UInt64(slots[index].generation) << 32 | UInt64(index)
        do {
            try poller.add(descriptor, mode: mode, token: token)
        } catch {
            slots[index].handler = nil
            throw error
        }
    }

    /// Stops watching.
    ///
    /// Must come before the descriptor is closed.
    public func unwatch(_ descriptor: CInt) {
        poller.remove(descriptor)
        forget(descriptor)
    }

    /// As `unwatch`, for a descriptor that is closed next: closing the last copy ends the watch.
    public func forget(_ descriptor: CInt) {
        let index = Int(descriptor)
        guard index < slots.count else { return }
        slots[index].handler = nil
        slots[index].deadline = .max
        slots[index].generation &+= 1
    }

    /// Calls the handler's `deadlinePassed` at `time` (nanoseconds of `now`; `.max`: never).
    ///
    /// Setting a later deadline costs nothing: the timer that is armed already finds it.
    public func setDeadline(of descriptor: CInt, at time: Int64) {
        let index = Int(descriptor)
        slots[index].deadline = time
        if time < slots[index].armed { arm(index, at: time) }
    }

    private func arm(_ index: Int, at time: Int64) {
        slots[index].armed = time
        timers.add(
            Timers.Entry(
                time: time,
                action: .deadline(slot: Int32(index), generation: slots[index].generation)))
    }

    // MARK: Time

    /// Suspends the current task.
    public func sleep(for duration: Duration) async {
        unsafe await withUnsafeContinuation { continuation in
            unsafe timers.add(
                Timers.Entry(time: now + duration.nanoseconds, action: .resume(continuation)))
        }
    }

    /// Runs `body` on this loop, once.
    public func schedule(after duration: Duration, _ body: @escaping @Sendable () -> Void) {
        timers.add(Timers.Entry(time: now + duration.nanoseconds, action: .run(body)))
    }

    /// Tells `handler`, once, when everything that is ready now has been served, before the loop
    /// waits.
    public func atEndOfTurn(_ handler: any TurnHandler) {
        var handlers = endOfTurn.take()
        handlers.append(handler)
        endOfTurn.putBack(&handlers)
    }

    // MARK: Jobs

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            append(job)
        } else {
            foreignJobs.withLock { $0.append(job) }
            wakeup.signal()
        }
    }

    private func append(_ job: UnownedJob) {
        var queue = jobs.take()
        queue.append(job)
        jobs.putBack(&queue)
    }

    /// Runs `body` on this loop's thread.
    ///
    /// From any thread.
    public func execute(_ body: @escaping @Sendable () -> Void) {
        foreignWork.withLock { $0.append(body) }
        wakeup.signal()
    }

    /// Whether the caller runs on this loop's thread.
    public var isCurrent: Bool { pthread_equal(thread, pthread_self()) != 0 }

    // MARK: Running

    /// Turns until `stop`.
    ///
    /// The calling thread becomes the loop's.
    public func run() {
        thread = pthread_self()
        stopping = false
        while !stopping { turn() }
    }

    /// Ends `run` after the current turn.
    ///
    /// From any thread.
    public func stop() {
        execute { self.stopping = true }
    }

    private func turn() {
        // What was prepared before `run` is due before the first wait.
        runJobs()
        let count = poller.wait(milliseconds: waitingTime)
        // Before anybody is told of anything, who may set a deadline from it.
        turnBegan = MonotonicClock.now
        poller.forEach(count) { token, readiness in
            if token == .max { wakeup.clear() } else { tell(token, readiness) }
        }
        fireTimers()
        takeForeignWork()
        runJobs()
        runEndOfTurn()
    }

    private func runEndOfTurn() {
        if endOfTurn.isEmpty { return }
        var ending = spareHandlers.take()
        swap(&endOfTurn, &ending)
        for handler in ending { handler.turnEnded() }
        ending.removeAll(keepingCapacity: true)
        spareHandlers.putBack(&ending)
    }

    private var waitingTime: CInt {
        if !jobs.isEmpty || !endOfTurn.isEmpty || stopping { return 0 }
        guard let next = timers.next else { return -1 }
        // Rounded up, or the last millisecond before a deadline would be spent turning.
        return CInt(clamping: max(0, (next - MonotonicClock.now + 999_999) / 1_000_000))
    }

    private func tell(_ token: UInt64, _ readiness: Readiness) {
        let index = Int(truncatingIfNeeded: token & 0xFFFF_FFFF)
        // An earlier event of this turn may have closed the descriptor, or reopened its number.
        guard slots[index].generation == UInt32(token >> 32) else { return }
        slots[index].handler?.ready(readiness)
    }

    private func fireTimers() {
        while let action = timers.removeFirst(dueAt: now) {
            switch action {
            case .deadline(let slot, let generation): checkDeadline(Int(slot), generation)
            case .resume(let continuation): unsafe continuation.resume()
            case .run(let body): body()
            }
        }
    }

    private func checkDeadline(_ index: Int, _ generation: UInt32) {
        guard slots[index].generation == generation else { return }
        slots[index].armed = .max
        if slots[index].deadline <= now {
            slots[index].deadline = .max
            slots[index].handler?.deadlinePassed()
        } else if slots[index].deadline < .max {
            arm(index, at: slots[index].deadline)
        }
    }

    private func takeForeignWork() {
        foreignJobs.withLock { foreign in
            if !foreign.isEmpty {
                for job in foreign { append(job) }
                foreign.removeAll(keepingCapacity: true)
            }
        }
        let work = foreignWork.withLock { work in
            let taken = work
            if !work.isEmpty { work.removeAll() }
            return taken
        }
        for body in work { body() }
    }

    /// Runs jobs, and those that they make runnable, so that a request that only computes is
    /// answered within the turn that read it.
    private func runJobs() {
        var rounds = 0
        // Bounded, so that tasks which keep each other runnable do not starve the descriptors.
        while !jobs.isEmpty, rounds < 64 {
            var running = spareJobs.take()
            swap(&jobs, &running)
            for job in running {
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            }
            running.removeAll(keepingCapacity: true)
            spareJobs.putBack(&running)
            rounds += 1
        }
    }
}
