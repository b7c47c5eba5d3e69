// SPDX-License-Identifier: Apache-2.0

import CWorkerPlatform
import CWorkerProtocol

// A front sends a stream along with each packet until every thread has one to its loop. While
// there is little to do, one thread takes packet after packet: without this, the others would
// never get theirs, and each packet would bring one more.

/// Where threads leave streams for those of the process that have none to that loop.
enum StreamDesk {
    private struct Entry {
        let slot: UInt32
        let loop: UInt32
        /// -1 once the thread has it.
        var descriptor: Int32
    }

    /// Behind `apus_lock_desk`.
    nonisolated(unsafe) private static var entries: [Entry] = []

    private static func locked<Result>(_ body: () -> Result) -> Result {
        apus_lock_desk()
        defer { apus_unlock_desk() }
        return body()
    }

    /// A thread has a stream of its own.
    static func note(slot: UInt32, loop: UInt32) {
        locked { unsafe entries.append(Entry(slot: slot, loop: loop, descriptor: -1)) }
    }

    /// A thread's stream is closed.
    static func strike(slot: UInt32, loop: UInt32) {
        locked {
            let index = unsafe entries.firstIndex {
                $0.slot == slot && $0.loop == loop && $0.descriptor < 0
            }
            if let index { _ = unsafe entries.remove(at: index) }
        }
    }

    /// Gives a stream to a thread that has none to its loop.
    ///
    /// - Parameters:
    ///   - limit: how many may wait for one thread; the oldest is closed for one more.
    ///   - greet: says on the stream whose it is, before that thread may use it; false if the
    ///     front has closed it.
    /// - Returns: false when every thread has one, or it is of no use.
    static func leave(
        _ descriptor: Int32, loop: UInt32, limit: Int, _ greet: (UInt32) -> Bool
    ) -> Bool {
        locked {
            let threads = unsafe Worker.scoreboard.slotLimit
            let slot = (0..<threads).first { slot in
                unsafe apus_load32(&Worker.scoreboard.slot(slot).pointee.thread) != 0
                    && !entries.contains { $0.slot == slot && $0.loop == loop }
            }
            guard let slot, greet(slot) else { return false }
            let waiting = unsafe entries.indices.filter { index in
                unsafe entries[index].slot == slot && entries[index].descriptor >= 0
            }
            if waiting.count >= limit {
                unsafe apus_close(entries.remove(at: waiting[0]).descriptor)
            }
            unsafe entries.append(Entry(slot: slot, loop: loop, descriptor: descriptor))
            return true
        }
    }

    /// The stream that was left for a thread.
    static func take(slot: UInt32, loop: UInt32) -> Int32? {
        locked {
            let index = unsafe entries.firstIndex {
                $0.slot == slot && $0.loop == loop && $0.descriptor >= 0
            }
            guard let index else { return nil }
            return unsafe entries.remove(at: index).descriptor
        }
    }

    /// A thread leaves.
    static func clear(slot: UInt32) {
        locked {
            for entry in unsafe entries where entry.slot == slot && entry.descriptor >= 0 {
                apus_close(entry.descriptor)
            }
            unsafe entries.removeAll { $0.slot == slot }
        }
    }
}
