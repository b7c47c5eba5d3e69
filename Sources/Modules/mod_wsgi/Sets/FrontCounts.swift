// SPDX-License-Identifier: Apache-2.0

// Fronts count in the scoreboards: the requests that an ASGI process has, those that wait for one.
// One that is killed cannot take back what it has counted, and a bound of `concurrency` would be
// reached for good. So each loop of each front notes here, too, what it has counted where, and the
// parent takes that back once there is no such process any more.

internal import Apus
internal import Glibc
internal import Synchronization

/// What the loops of all fronts have counted in the scoreboards, in memory shared with the parent.
@safe final class FrontCounts: Sendable {
    /// Beyond so many, what is counted is not noted.
    private static let limit = 8192
    private let memory: SharedMemory

    init() throws(SystemError) {
        memory = try SharedMemory(
            named: "counts", sealedSize: Self.limit * MemoryLayout<FrontCount.Layout>.stride)
    }

    private func note(_ index: Int) -> FrontCount {
        unsafe FrontCount(
            owner: self,
            note: (memory.address + index * MemoryLayout<FrontCount.Layout>.stride)
                .assumingMemoryBound(to: FrontCount.Layout.self))
    }

    /// A note of this process's own.
    func claim(_ place: FrontCount.Place) -> FrontCount? {
        for index in 0..<Self.limit {
            let note = note(index)
            if note.claim(place) { return note }
        }
        return nil
    }

    /// Takes back what processes have counted that have ended; the parent does.
    func takeBack(
        from sets: [WorkerSet], isRunning: (pid_t) -> Bool = { kill($0, 0) == 0 || errno != ESRCH }
    ) {
        var known: [pid_t: Bool] = [:]
        for index in 0..<Self.limit {
            let note = note(index)
            let pid = note.front
            // They are claimed one after another, from the first.
            if pid == 0, !note.wasClaimed { return }
            guard pid != 0 else { continue }
            let isThere = known[pid] ?? isRunning(pid)
            known[pid] = isThere
            if !isThere { note.takeBack(from: sets) }
        }
    }
}

/// What one loop has counted in one place.
@safe struct FrontCount: Sendable {
    struct Layout: ~Copyable {
        let front: Atomic<Int32>
        let wasClaimed: Atomic<UInt32>
        let set: Atomic<Int32>
        let generation: Atomic<Int32>
        let process: Atomic<Int32>
        let incarnation: Atomic<UInt32>
        let count: Atomic<Int32>
    }

    /// Where something is counted.
    struct Place: Hashable {
        var set: Int
        var generation: Int
        /// Nil: not in a process, but in the queue before all of them.
        var process: Int?
    }

    // Keeps the memory mapped.
    private let owner: FrontCounts
    // Points into shared memory of `owner`, where there are atomics only.
    private nonisolated(unsafe) let note: UnsafeMutablePointer<Layout>

    init(owner: FrontCounts, note: UnsafeMutablePointer<Layout>) {
        self.owner = owner
        unsafe self.note = unsafe note
    }

    fileprivate var front: pid_t { unsafe note.pointee.front.load(ordering: .acquiring) }
    fileprivate var wasClaimed: Bool {
        unsafe note.pointee.wasClaimed.load(ordering: .acquiring) != 0
    }

    fileprivate func claim(_ place: Place) -> Bool {
        guard
            unsafe note.pointee.front.compareExchange(
                expected: 0, desired: getpid(), ordering: .acquiringAndReleasing
            ).exchanged
        else { return false }
        unsafe note.pointee.wasClaimed.store(1, ordering: .releasing)
        unsafe note.pointee.set.store(Int32(place.set), ordering: .relaxed)
        unsafe note.pointee.generation.store(Int32(place.generation), ordering: .relaxed)
        unsafe note.pointee.process.store(Int32(place.process ?? -1), ordering: .relaxed)
        return true
    }

    /// Notes that so many more are counted, in what was there at that time.
    ///
    /// - Parameter incarnation: what is there; what is there later begins to count anew.
    func add(_ difference: Int, in incarnation: UInt32) {
        if unsafe note.pointee.incarnation.load(ordering: .relaxed) != incarnation {
            guard difference > 0 else { return }
            unsafe note.pointee.count.store(0, ordering: .relaxed)
            unsafe note.pointee.incarnation.store(incarnation, ordering: .relaxed)
        }
        unsafe note.pointee.count.wrappingAdd(Int32(difference), ordering: .releasing)
    }

    fileprivate func takeBack(from sets: [WorkerSet]) {
        let count = unsafe Int(note.pointee.count.exchange(0, ordering: .acquiringAndReleasing))
        let incarnation = unsafe note.pointee.incarnation.load(ordering: .relaxed)
        let set = unsafe Int(note.pointee.set.load(ordering: .relaxed))
        let generation = unsafe Int(note.pointee.generation.load(ordering: .relaxed))
        let process = unsafe Int(note.pointee.process.load(ordering: .relaxed))
        if count != 0, set < sets.count {
            let generation = sets[set].generation(generation)
            if process < 0 {
                if generation.identity == incarnation { generation.board.addQueued(-count) }
            } else if process < generation.board.processLimit {
                let line = generation.board.process(process)
                if line.incarnation == incarnation { line.addOutstanding(-count) }
            }
        }
        unsafe note.pointee.front.store(0, ordering: .releasing)
    }
}
