// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Where a worker process stands.
enum WorkerState: UInt32, Sendable {
    case vacant = 0
    case starting = 1
    /// It takes requests.
    case ready = 2
    /// It takes no new ones.
    case leaving = 3
}

/// A process's line in the scoreboard of its generation.
@safe struct ProcessLine: Sendable {
    /// `struct apus_process_line`.
    struct Layout: ~Copyable {
        let state: Atomic<UInt32>
        let pid: Atomic<UInt32>
        let incarnation: Atomic<UInt32>
        let outstanding: Atomic<Int32>
        let requests: Atomic<UInt64>
        let started: Atomic<UInt64>
        let lastActive: Atomic<UInt64>
        let heartbeat: Atomic<UInt64>
        let reserved: InlineArray<2, Atomic<UInt64>>
    }

    // Keeps the memory mapped.
    private let owner: WorkerBoard
    // Points into shared memory of `owner`, where there are atomics only.
    private nonisolated(unsafe) let line: UnsafeMutablePointer<Layout>

    init(owner: WorkerBoard, line: UnsafeMutablePointer<Layout>) {
        self.owner = owner
        unsafe self.line = unsafe line
    }

    var state: WorkerState {
        get {
            WorkerState(rawValue: unsafe line.pointee.state.load(ordering: .acquiring)) ?? .vacant
        }
        nonmutating set { unsafe line.pointee.state.store(newValue.rawValue, ordering: .releasing) }
    }

    /// 0 where there is no process.
    var pid: Int32 {
        get { Int32(truncatingIfNeeded: unsafe line.pointee.pid.load(ordering: .acquiring)) }
        nonmutating set {
            unsafe line.pointee.pid.store(UInt32(bitPattern: newValue), ordering: .releasing)
        }
    }

    /// Changes with each process in this place.
    var incarnation: UInt32 { unsafe line.pointee.incarnation.load(ordering: .acquiring) }

    /// ASGI: requests sent to it and not ended; the fronts count them.
    var outstanding: Int { Int(unsafe line.pointee.outstanding.load(ordering: .relaxed)) }

    /// - Returns: how many there are now.
    @discardableResult
    func addOutstanding(_ difference: Int) -> Int {
        Int(
            unsafe line.pointee.outstanding.wrappingAdd(Int32(difference), ordering: .relaxed)
                .newValue)
    }

    /// Requests that the process has ended.
    var requests: UInt64 { unsafe line.pointee.requests.load(ordering: .relaxed) }

    /// Microseconds since 1970.
    var started: UInt64 { unsafe line.pointee.started.load(ordering: .relaxed) }

    /// When the latest request ended, in microseconds since 1970; 0 before the first.
    var lastActive: UInt64 { unsafe line.pointee.lastActive.load(ordering: .relaxed) }

    /// Counts while the interpreter runs Python code now and then.
    var heartbeat: UInt64 { unsafe line.pointee.heartbeat.load(ordering: .relaxed) }

    /// Makes the line that of a process about to start.
    func begin(now: UInt64) {
        unsafe line.pointee.incarnation.wrappingAdd(1, ordering: .acquiringAndReleasing)
        unsafe line.pointee.outstanding.store(0, ordering: .relaxed)
        unsafe line.pointee.requests.store(0, ordering: .relaxed)
        unsafe line.pointee.lastActive.store(0, ordering: .relaxed)
        unsafe line.pointee.heartbeat.store(0, ordering: .relaxed)
        unsafe line.pointee.started.store(now, ordering: .relaxed)
        state = .starting
    }

    /// Makes the line free; what it counted stays until the next process.
    func end() {
        state = .vacant
        pid = 0
    }

    func clear() {
        begin(now: 0)
        end()
    }
}
