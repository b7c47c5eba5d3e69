// SPDX-License-Identifier: Apache-2.0

// What a child knows. Two things tell it to finish: a signal, which a byte in its own pipe stands
// for, and the end of the parent, seen as the end of a pipe whose other end the parent alone has
// open. One descriptor, a poller over both, becomes readable and stays so.

internal import ApusRuntime
internal import CPlatform
internal import Glibc

/// A child process, as what runs in it sees it.
@safe public final class ChildContext: Sendable {
    /// The child's row in the scoreboard.
    public let slot: Int
    /// The number of restarts before the child was started.
    public let generation: Int
    public let scoreboard: Scoreboard
    public let listeners: Listeners
    public let plan: ProcessingPlan
    /// Readable once the child has to finish; watch it in every loop, and read nothing from it.
    public let noticeDescriptor: CInt

    // Stays unread, so that every loop sees it.
    private let signals: Pipe
    private let poller: FileDescriptor
    private let lifeline: CInt

    /// What the parent wants of a child.
    public enum Notice: Sendable, Hashable {
        /// Go on.
        case none
        /// Accept nothing more, finish what there is, and leave.
        case quiesce
        /// Leave now.
        case stop
    }

    /// What the parent wants now; cheap, though to be asked only when the descriptor is readable.
    public var notice: Notice {
        if cplatform_stop_requested() != 0 { return .stop }
        return isReadable(noticeDescriptor) ? .quiesce : .none
    }

    /// Whether the child is to leave now, told by a flag alone.
    public var mustStop: Bool { cplatform_stop_requested() != 0 }

    /// Whether the parent is gone.
    var isOrphaned: Bool { isReadable(lifeline) }

    /// This child's row in the scoreboard.
    public var score: ChildScore { scoreboard.child(slot) }

    /// A worker's row in the scoreboard, from 0 to `plan.workersPerChild`.
    public func worker(_ index: Int) -> WorkerScore { scoreboard.worker(index, ofChild: slot) }

    /// Counts a connection, and begins to finish after `MaxConnectionsPerChild` of them.
    ///
    /// Any thread may call it.
    public func countConnection() {
        if score.countAccepted() == plan.maxConnectionsPerChild { beginQuiescing() }
    }

    /// Finishes on the child's own account, as if the parent had said so.
    public func beginQuiescing() {
        score.isQuiescing = true
        try? signals.writeEnd.write([UInt8(SIGUSR1)].span)
    }

    /// Makes what a child needs, in the child.
    ///
    /// - Parameter lifeline: the end to read of the pipe whose other end the parent has.
    init(
        slot: Int, generation: Int, scoreboard: Scoreboard, listeners: Listeners,
        plan: ProcessingPlan, lifeline: CInt
    ) throws(SystemError) {
        self.slot = slot
        self.generation = generation
        self.scoreboard = scoreboard
        self.listeners = listeners
        self.plan = plan
        let pipe = try Pipe()
        try pipe.readEnd.setNonBlocking(true)
        try pipe.writeEnd.setNonBlocking(true)
        let poller = FileDescriptor(
            owning: try systemCall("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) })
        for descriptor in [pipe.readEnd.rawValue, lifeline] {
            var event = unsafe epoll_event()
            unsafe event.events = EPOLLIN.rawValue
            _ = try systemCall("epoll_ctl") {
                unsafe epoll_ctl(poller.rawValue, EPOLL_CTL_ADD, descriptor, &event)
            }
        }
        cplatform_set_signal_pipe(pipe.writeEnd.rawValue)
        noticeDescriptor = poller.rawValue
        self.lifeline = lifeline
        self.poller = poller
        signals = pipe
    }
}

private func isReadable(_ descriptor: CInt) -> Bool {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&waiting, 1, 0) == 1
}

/// Throws what went wrong in a call that returns -1 for an error.
func systemCall(_ name: String, _ body: () -> CInt) throws(SystemError) -> CInt {
    let result = body()
    if result == -1 { throw .last(name) }
    return result
}
