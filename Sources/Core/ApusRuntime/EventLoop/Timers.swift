// SPDX-License-Identifier: Apache-2.0

/// Things to be done at a time: a binary heap, earliest first, owned by one loop.
struct Timers: ~Copyable {
    struct Entry {
        let time: Int64
        let action: Action
    }

    @safe
    enum Action {
        /// Look at the deadline of the descriptor in this slot, if it is still that descriptor.
        case deadline(slot: Int32, generation: UInt32)
        case resume(UnsafeContinuation<Void, Never>)
        case run(@Sendable () -> Void)
    }

    private var heap: [Entry] = []

    /// When the earliest entry is due, in nanoseconds of the monotonic clock.
    var next: Int64? { heap.first?.time }

    mutating func add(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].time < heap[parent].time else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the earliest entry if it is due.
    mutating func removeFirst(dueAt now: Int64) -> Action? {
        guard let first = heap.first, first.time <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.action
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1].time < heap[child].time { child += 1 }
            guard heap[child].time < heap[parent].time else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
