// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A worker process, as the supervisor of its set sees it.
final class Worker {
    enum Phase: Equatable {
        /// It imports the application.
        case starting
        case ready
        /// It has been told to stop; killed when it has not by then.
        case leaving(until: Int64)
    }

    /// Below zero until a template has forked it.
    var pid: Int32
    /// Its line in the scoreboard.
    let place: Int
    let incarnation: UInt32
    /// By the monotonic clock, in nanoseconds.
    let startTime: Int64
    var phase: Phase
    /// When it was ready.
    var readyTime: Int64?
    /// Why it is to end, once that is so.
    var cause: EndCause?
    /// Why it is to be replaced, while another one is.
    var wanted: EndCause?
    /// What it said went wrong at import, so that it ends.
    var failure: String?
    /// The scripts that it could not load, and what it said of them.
    var failedScripts: [String: String] = [:]
    /// The requests that have taken too long, and were told of.
    var told: Set<UInt64> = []
    /// Those of which the worker has not said yet where they are.
    var unanswered: Set<UInt64> = []
    /// Those that an exception may end, what logs call them, and by when it has to have.
    var interrupted: [UInt64: (name: String, end: Int64)] = [:]
    /// Those that nobody waits for any more.
    var overdue: Set<UInt64> = []
    /// ASGI: since when there are requests, and the interpreter does nothing.
    var heldUpSince: Int64?
    /// Whether it was told a second time, not to wait for anything.
    var isHurried = false
    var isKilled = false

    private var heartbeat: UInt64 = 0
    private var heartbeatTime: Int64

    init(
        pid: Int32, place: Int, incarnation: UInt32, startTime: Int64, phase: Phase = .starting
    ) {
        self.pid = pid
        self.place = place
        self.incarnation = incarnation
        self.startTime = startTime
        self.phase = phase
        heartbeatTime = startTime
        if phase == .ready { readyTime = startTime }
    }

    var isLeaving: Bool {
        if case .leaving = phase { true } else { false }
    }

    /// Looks at its heart.
    ///
    /// - Returns: for how long it has stood still, in nanoseconds.
    func stillness(heartbeat: UInt64, now: Int64) -> Int64 {
        if heartbeat != self.heartbeat || phase == .starting {
            self.heartbeat = heartbeat
            heartbeatTime = now
        }
        return now - heartbeatTime
    }
}
