// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

struct ChildRow: ~Copyable {
    let pid: Atomic<Int32>
    let generation: Atomic<Int32>
    let isQuiescing: Atomic<Bool>
    let isNotAccepting: Atomic<Bool>
    let startTime: Atomic<Int64>
    let userTime: Atomic<Int64>
    let systemTime: Atomic<Int64>
    let accepted: Atomic<Int>
    let connections: Atomic<Int>
    let waitingForIO: Atomic<Int>
    let writing: Atomic<Int>
    let keptAlive: Atomic<Int>
    let closing: Atomic<Int>
    let suspended: Atomic<Int>
}

/// A child's row in the scoreboard; httpd's `process_score`.
@safe public struct ChildScore: Sendable {
    // Keeps the memory mapped.
    let owner: Scoreboard
    public let slot: Int
    // Points into shared memory of `owner`, where there are atomics only.
    nonisolated(unsafe) let row: UnsafeMutablePointer<ChildRow>

    init(owner: Scoreboard, slot: Int, row: UnsafeMutablePointer<ChildRow>) {
        self.owner = owner
        self.slot = slot
        unsafe self.row = unsafe row
    }

    /// The child's process id, 0 where there is no child.
    public var pid: Int32 {
        get { unsafe row.pointee.pid.load(ordering: .relaxed) }
        nonmutating set { unsafe row.pointee.pid.store(newValue, ordering: .relaxed) }
    }

    public var generation: Int {
        get { unsafe Int(row.pointee.generation.load(ordering: .relaxed)) }
        nonmutating set {
            unsafe row.pointee.generation.store(Int32(newValue), ordering: .relaxed)
        }
    }

    /// The child accepts nothing more, and leaves when it has finished what it has.
    public var isQuiescing: Bool {
        get { unsafe row.pointee.isQuiescing.load(ordering: .relaxed) }
        nonmutating set { unsafe row.pointee.isQuiescing.store(newValue, ordering: .relaxed) }
    }

    /// The child has as many connections as it may have just now.
    public var isNotAccepting: Bool {
        get { unsafe row.pointee.isNotAccepting.load(ordering: .relaxed) }
        nonmutating set { unsafe row.pointee.isNotAccepting.store(newValue, ordering: .relaxed) }
    }

    /// In microseconds since 1970.
    public var startTime: Int64 {
        get { unsafe row.pointee.startTime.load(ordering: .relaxed) }
        nonmutating set { unsafe row.pointee.startTime.store(newValue, ordering: .relaxed) }
    }

    /// Processor time of the child in microseconds, as it last told.
    public var times: (user: Int64, system: Int64) {
        get {
            unsafe (
                row.pointee.userTime.load(ordering: .relaxed),
                row.pointee.systemTime.load(ordering: .relaxed)
            )
        }
        nonmutating set {
            unsafe row.pointee.userTime.store(newValue.user, ordering: .relaxed)
            unsafe row.pointee.systemTime.store(newValue.system, ordering: .relaxed)
        }
    }

    /// Connections that the child has accepted since it started.
    public var accepted: Int { unsafe row.pointee.accepted.load(ordering: .relaxed) }

    /// Counts a connection accepted.
    ///
    /// - Returns: how many there were, this one included.
    public func countAccepted() -> Int {
        unsafe row.pointee.accepted.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// What the child's connections are doing.
    public enum Counter: Sendable, CaseIterable {
        /// All there are.
        case connections
        case waitingForIO, writing, keptAlive, closing, suspended
    }

    /// How many connections there are of that kind.
    public func count(_ counter: Counter) -> Int {
        withCounter(counter) { $0.load(ordering: .relaxed) }
    }

    /// Changes the number of connections of that kind; any thread of the child may.
    public func add(_ difference: Int, to counter: Counter) {
        withCounter(counter) { _ = $0.wrappingAdd(difference, ordering: .relaxed) }
    }

    private func withCounter<Result>(
        _ counter: Counter, _ body: (borrowing Atomic<Int>) -> Result
    ) -> Result {
        switch counter {
        case .connections: unsafe body(row.pointee.connections)
        case .waitingForIO: unsafe body(row.pointee.waitingForIO)
        case .writing: unsafe body(row.pointee.writing)
        case .keptAlive: unsafe body(row.pointee.keptAlive)
        case .closing: unsafe body(row.pointee.closing)
        case .suspended: unsafe body(row.pointee.suspended)
        }
    }

    /// Makes the row that of a child about to be forked.
    func begin(generation: Int, now: Int64) {
        clearCounters()
        self.generation = generation
        isQuiescing = false
        isNotAccepting = false
        startTime = now
        times = (0, 0)
    }

    /// Makes the row free.
    func end() {
        clearCounters()
        isQuiescing = false
        isNotAccepting = false
        pid = 0
    }

    private func clearCounters() {
        unsafe row.pointee.accepted.store(0, ordering: .relaxed)
        for counter in Counter.allCases { withCounter(counter) { $0.store(0, ordering: .relaxed) } }
    }
}
