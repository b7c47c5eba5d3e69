// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The workers of one generation, and how many there are to be.
final class Team {
    enum Purpose: Equatable {
        /// There are no workers.
        case none
        /// They start, and take requests as soon as they are ready: nothing else serves.
        case serving
        /// They start, to take over when all of them are ready.
        case starting
        /// Another generation serves; they finish what they have.
        case draining
    }

    /// A worker that is to be replaced: the new one first, then it leaves.
    struct Recycling {
        let pid: Int32
        let cause: EndCause
    }

    let generation: Generation
    /// How many workers there are to be.
    var target: Int
    var purpose = Purpose.none
    var workers: [Int32: Worker] = [:]
    /// Forks the workers of a group that preloads, and serves nothing itself.
    var template: Worker?
    /// One at a time, so that the others can serve.
    var recycling: Recycling?
    var backOff = BackOff()
    /// Since when it is what it is.
    var purposeTime: Int64 = 0

    init(_ generation: Generation, target: Int) {
        self.generation = generation
        self.target = target
    }

    var board: WorkerBoard { generation.board }
    var isEmpty: Bool { workers.isEmpty }
    var sorted: [Worker] { workers.values.sorted { $0.place < $1.place } }
    /// Those that have not been told to leave.
    var staying: Int { workers.values.count { !$0.isLeaving } }
    var readyCount: Int { workers.values.count { $0.phase == .ready } }

    /// What a worker, or the template that forked it, could not load.
    func failedScripts(of worker: Worker) -> [String: String] {
        (template ?? worker).failedScripts
    }

    /// How many workers are missing.
    var missing: Int {
        switch purpose {
        case .none, .draining: return 0
        case .serving, .starting:
            let wanted = recycling == nil || recycledWorker?.isLeaving == true ? target : target + 1
            return max(0, wanted - staying)
        }
    }

    var recycledWorker: Worker? { recycling.flatMap { workers[$0.pid] } }

    /// The place that has been without a process for the longest.
    ///
    /// The lines of a worker that died tell the fronts which requests it had, so they are to stay
    /// as long as can be.
    var freePlace: Int? {
        let taken = Set(workers.values.map(\.place))
        let free = (0..<board.processLimit).filter { !taken.contains($0) }
        return free.min { (freed[$0] ?? .min) < (freed[$1] ?? .min) }
    }

    private var freed: [Int: Int64] = [:]

    func noteFreed(_ place: Int, now: Int64) { freed[place] = now }

    /// The requests that a worker has, by slot.
    func requests(of worker: Worker) -> [HeldRequest] {
        (0..<board.slotLimit).compactMap { slot in
            let line = board.slot(slot, of: worker.place)
            return line.held.map {
                HeldRequest(slot: slot, request: $0.request, name: $0.name, started: line.started)
            }
        }
    }
}

/// A request that a thread of a worker has.
struct HeldRequest {
    let slot: Int
    let request: UInt64
    /// What logs call it.
    let name: String
    /// When the application was called, microseconds since 1970.
    let started: UInt64
}
