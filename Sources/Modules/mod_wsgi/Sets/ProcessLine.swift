// SPDX-License-Identifier: Apache-2.0

internal import CWorkerProtocol

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
    // Keeps the memory mapped.
    private let owner: WorkerBoard
    // Points into shared memory of `owner`, which the functions of the protocol read and write.
    private nonisolated(unsafe) let line: UnsafeMutablePointer<apus_process_line>

    init(owner: WorkerBoard, line: UnsafeMutablePointer<apus_process_line>) {
        self.owner = owner
        unsafe self.line = unsafe line
    }

    var state: WorkerState {
        get { WorkerState(rawValue: unsafe apus_load32(&line.pointee.state)) ?? .vacant }
        nonmutating set { unsafe apus_store32(&line.pointee.state, newValue.rawValue) }
    }

    /// 0 where there is no process.
    var pid: Int32 {
        get { Int32(truncatingIfNeeded: unsafe apus_load32(&line.pointee.pid)) }
        nonmutating set { unsafe apus_store32(&line.pointee.pid, UInt32(bitPattern: newValue)) }
    }

    /// Changes with each process in this place.
    var incarnation: UInt32 { unsafe apus_load32(&line.pointee.incarnation) }

    /// ASGI: requests sent to it and not ended; the fronts count them.
    var outstanding: Int { Int(unsafe apus_load_count(&line.pointee.outstanding)) }

    func addOutstanding(_ difference: Int) {
        unsafe apus_add_count(&line.pointee.outstanding, Int32(difference))
    }

    /// Requests that the process has ended.
    var requests: UInt64 { unsafe apus_load64(&line.pointee.requests) }

    /// Microseconds since 1970.
    var started: UInt64 { unsafe apus_load64(&line.pointee.started) }

    /// When the latest request ended, in microseconds since 1970; 0 before the first.
    var lastActive: UInt64 { unsafe apus_load64(&line.pointee.last_active) }

    /// Counts while the interpreter runs Python code now and then.
    var heartbeat: UInt64 { unsafe apus_load64(&line.pointee.heartbeat) }

    /// Makes the line that of a process about to start; the parent alone does.
    func begin(now: UInt64) {
        unsafe apus_store32(&line.pointee.incarnation, incarnation &+ 1)
        unsafe apus_store_count(&line.pointee.outstanding, 0)
        unsafe apus_store64(&line.pointee.requests, 0)
        unsafe apus_store64(&line.pointee.last_active, 0)
        unsafe apus_store64(&line.pointee.heartbeat, 0)
        unsafe apus_store64(&line.pointee.started, now)
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
