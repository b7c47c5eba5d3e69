// SPDX-License-Identifier: Apache-2.0

internal import Glibc

// The loop holds a program from its start to its end, through the pidfd that it watches, so every
// child is reaped, whatever became of the request it was started for.

/// A program that was started, until it has ended.
public final class RunningProgram: EventHandler {
    public let pid: Int32
    private let pidfd: CInt
    private unowned let loop: EventLoop
    /// How it ended; nil while it runs.
    public private(set) var exit: ChildExit?

    /// What is done when the deadline comes.
    private enum Patience { case endless, untilTermination, untilKill }
    private var patience = Patience.endless
    /// Whether the processes that it started end with it.
    private var endsGroup = false

    /// Between asking a program to end and making it: httpd's time for scripts (apr_pools.c).
    private static let grace = Duration.seconds(3)

    init(pid: Int32, pidfd: CInt, loop: EventLoop) throws(SystemError) {
        self.pid = pid
        self.pidfd = pidfd
        self.loop = loop
        do {
            // Told once: a program that another loop starts just now holds a copy of the pidfd
            // until it is in place, and the poller would go on telling of the end.
            try loop.watch(pidfd, mode: .edge, self)
        } catch {
            _ = kill(-pid, SIGKILL)
            _ = waitpid(pid, nil, 0)
            _ = close(pidfd)
            throw error
        }
    }

    /// Ends it and its process group: by SIGTERM, and by SIGKILL if that is not enough.
    public func terminate() {
        guard exit == nil, !endsGroup else { return }
        endsGroup = true
        signalTermination()
    }

    /// It has given all it had to give, so it should be about to end by itself; it is terminated if
    /// it is not.
    ///
    /// Processes that it left behind are let alone.
    public func expectEnd() {
        guard exit == nil, patience == .endless else { return }
        patience = .untilTermination
        loop.setDeadline(of: pidfd, at: loop.now + Self.grace.nanoseconds)
    }

    public func deadlinePassed() {
        switch patience {
        case .endless: return
        case .untilTermination: signalTermination()
        case .untilKill: signal(SIGKILL)
        }
    }

    private func signalTermination() {
        patience = .untilKill
        signal(SIGTERM)
        loop.setDeadline(of: pidfd, at: loop.now + Self.grace.nanoseconds)
    }

    private func signal(_ number: CInt) { _ = kill(endsGroup ? -pid : pid, number) }

    public func ready(_ readiness: Readiness) {
        var status: CInt = 0
        // Until it is reaped, its number is nobody else's; the group may still have members.
        if endsGroup { signal(SIGKILL) }
        guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return }
        exit = ChildExit(waitStatus: status)
        loop.forget(pidfd)
        _ = close(pidfd)
    }
}
