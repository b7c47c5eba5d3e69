// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Synchronization

// The rows of the scoreboard say who is free: a loop takes a worker by changing its row from ready
// to reading, which costs nothing noticeable while it stays with its own share. A loop whose
// requests wait counts them here before it looks once more, and one that gives a worker back looks
// at the count afterwards, so that one of the two sees the other. A loop that borrows a worker from
// another's share tells that one, which accepts only while it has a free worker itself.

/// The workers of a child, that is the requests it serves at once, as its loops share them.
final class ChildWorkers: Sendable {
    private let child: ChildContext
    private let waiting = Atomic(0)
    private let acceptingLoops = Atomic(0)
    private let loops = Mutex<[Member]>([])

    private struct Member: Sendable {
        let loop: EventLoop
        let share: Range<Int>
        let acceptor: LoopConfined<Acceptor>
    }

    init(_ child: ChildContext) { self.child = child }

    func add(_ acceptor: Acceptor, on loop: EventLoop, share: Range<Int>) {
        let member = Member(loop: loop, share: share, acceptor: LoopConfined(acceptor))
        loops.withLock { $0.append(member) }
    }

    /// Takes a free worker, if there is one, of the loop's own share first.
    func takeAny(preferring share: Range<Int>) -> Int? {
        if let own = share.first(where: { child.worker($0).take() }) { return own }
        let all = 0..<child.plan.workersPerChild
        guard let borrowed = all.first(where: { child.worker($0).take() }) else { return nil }
        tellOwner(of: borrowed)
        return borrowed
    }

    /// Has the loop that a worker belongs to see whether it may accept.
    func tellOwner(of worker: Int) {
        let owner = loops.withLock { loops in loops.first { $0.share.contains(worker) } }
        owner?.loop.execute { owner?.acceptor.value.adjustWatching() }
    }

    /// Counts requests that wait for a worker.
    func noteWaiting(_ difference: Int) {
        waiting.wrappingAdd(difference, ordering: .sequentiallyConsistent)
    }

    /// Has every loop see to its waiting requests, if there are any.
    func tellWaiting() {
        guard waiting.load(ordering: .sequentiallyConsistent) > 0 else { return }
        for member in loops.withLock({ $0 }) {
            member.loop.execute { member.acceptor.value.takeFreed() }
        }
    }

    /// Counts the loops that accept, for the parent starts children when none does.
    func noteAccepting(_ accepts: Bool) {
        let count = acceptingLoops.wrappingAdd(accepts ? 1 : -1, ordering: .relaxed).newValue
        child.score.isNotAccepting = count == 0
    }
}
