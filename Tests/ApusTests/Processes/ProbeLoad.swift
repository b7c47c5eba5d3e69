// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Synchronization

/// Clients that ask one request after another, each by a connection of its own.
final class ProbeLoad: Sendable {
    private struct Counts {
        var answered = 0
        var failed = 0
        var running = 0
    }

    private let counts = Mutex(Counts())
    private let ends = Atomic<Bool>(false)

    init(_ probe: RunningProbe, clients: Int) {
        counts.withLock { $0.running = clients }
        for _ in 0..<clients {
            Thread.start { [self] in
                while !ends.load(ordering: .relaxed) {
                    let isAnswered = (try? probe.ask()) != nil
                    counts.withLock { counts in
                        counts.answered += isAnswered ? 1 : 0
                        counts.failed += isAnswered ? 0 : 1
                    }
                }
                counts.withLock { $0.running -= 1 }
            }
        }
    }

    /// Ends the load.
    func finish() throws -> (answered: Int, failed: Int) {
        ends.store(true, ordering: .relaxed)
        try waitUntil("the clients have ended") { counts.withLock { $0.running == 0 } }
        return counts.withLock { ($0.answered, $0.failed) }
    }
}
