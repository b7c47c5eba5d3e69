// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The line of a thread of a worker in the scoreboard of its generation.
@safe struct SlotLine: Sendable {
    /// `struct apus_slot_line`.
    struct Layout: ~Copyable {
        let request: Atomic<UInt64>
        let started: Atomic<UInt64>
        let thread: Atomic<UInt32>
        let reserved32: Atomic<UInt32>
        let requests: Atomic<UInt64>
        let busy: Atomic<UInt64>
        let reserved: InlineArray<3, Atomic<UInt64>>
    }

    // Keeps the memory mapped.
    private let owner: WorkerBoard
    // Points into shared memory of `owner`, where there are atomics only.
    private nonisolated(unsafe) let line: UnsafeMutablePointer<Layout>

    init(owner: WorkerBoard, line: UnsafeMutablePointer<Layout>) {
        self.owner = owner
        unsafe self.line = unsafe line
    }

    /// The request in it, 0 when there is none.
    var request: UInt64 { unsafe line.pointee.request.load(ordering: .acquiring) }

    /// When the application was called: microseconds since 1970.
    var started: UInt64 { unsafe line.pointee.started.load(ordering: .acquiring) }

    /// The kernel's number of the thread.
    var thread: Int32 {
        Int32(truncatingIfNeeded: unsafe line.pointee.thread.load(ordering: .relaxed))
    }

    var requests: UInt64 { unsafe line.pointee.requests.load(ordering: .relaxed) }

    /// Microseconds in the application, all requests together.
    var busy: UInt64 { unsafe line.pointee.busy.load(ordering: .relaxed) }

    func clear() {
        unsafe line.pointee.request.store(0, ordering: .releasing)
        unsafe line.pointee.started.store(0, ordering: .relaxed)
        unsafe line.pointee.thread.store(0, ordering: .relaxed)
        unsafe line.pointee.requests.store(0, ordering: .relaxed)
        unsafe line.pointee.busy.store(0, ordering: .relaxed)
    }
}
