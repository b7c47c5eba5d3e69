// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc
internal import Synchronization

/// What runs in a child: its loops, until it is told to leave and the last connection has ended.
public final class ChildServer: Sendable {
    private let child: ChildContext
    private let server: Server
    private let blocking: BlockingWork
    private let workers: ChildWorkers
    private let remaining: Atomic<Int>
    private let listening: Atomic<Int>

    public init(_ child: ChildContext, _ server: Server) {
        self.child = child
        self.server = server
        workers = ChildWorkers(child)
        blocking =
            switch child.plan.blockingWork {
            case .inline: BlockingWork(threads: 0)
            case .workerThreads(let count): BlockingWork(threads: count)
            }
        let loops = LoopShare.divide(child.plan).count
        remaining = Atomic(loops)
        listening = Atomic(loops)
    }

    public func run() -> Never {
        server.hooks.childInit.runAll(server)
        let shares = LoopShare.divide(child.plan)
        if shares.count == 1, child.plan.blockingWork == .inline {
            serve(shares[0])
        } else {
            // Not on the thread that was forked. Swift's locks, and those of its lazy globals,
            // keep the number of a thread in the thread, and fork copies that of the parent's:
            // as soon as two threads of the child contend for one, both would wait for ever.
            for share in shares { Thread.start { [self] in serve(share) } }
        }
        // The loops end the process when theirs is the last connection.
        while true { pause() }
    }

    private func serve(_ share: LoopShare) {
        do {
            let loop = try EventLoop()
            let context = LoopContext(
                loop: loop, server: server, blocking: blocking,
                identifiers: RequestIdentifiers(slot: child.slot, loop: share.index),
                scoreboard: child.scoreboard)
            let departure = Departure(context) { [self] in leave() }
            let acceptor = Acceptor(context, child: child, share: share, workers: workers) {
                departure.leave()
            }
            let notice = NoticeHandler(child, acceptor, departure, loop) { [self] in
                stopListening()
            }
            try loop.watch(child.noticeDescriptor, mode: .level, notice)
            acceptor.adjustWatching()
            loop.run()
        } catch {
            server.main.log(.alert, "", "a child cannot serve: \(error)")
            // Not to be started again at once: Apache's APEXIT_CHILDSICK.
            _exit(7)
        }
    }

    /// A loop accepts nothing more; after the last one nobody uses the sockets.
    ///
    /// What the child still has to do may take long, and whoever listens next on these addresses
    /// is not to wait for it.
    private func stopListening() {
        if listening.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
            child.listeners.close()
        }
    }

    private func leave() {
        if remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { _exit(0) }
    }
}

/// How a loop leaves: its lines for the logs are written, and then it may be the last.
private final class Departure {
    private let context: LoopContext
    private let leaving: () -> Void
    private var hasLeft = false

    init(_ context: LoopContext, leaving: @escaping () -> Void) {
        self.context = context
        self.leaving = leaving
    }

    func leave() {
        context.logs.flush()
        if hasLeft { return }
        hasLeft = true
        leaving()
    }

    /// Leaves at once.
    ///
    /// The other loops get the same notice, and a moment for their lines; one that is stuck in a
    /// request does not hold the process up.
    func leaveNow() {
        context.loop.schedule(after: .milliseconds(200)) { _exit(0) }
        leave()
    }
}

/// Hears what the parent wants of the child.
private final class NoticeHandler: EventHandler {
    private let child: ChildContext
    private let acceptor: Acceptor
    private let departure: Departure
    private unowned let loop: EventLoop
    /// Called once the loop accepts nothing more.
    private let whenQuiescing: () -> Void

    init(
        _ child: ChildContext, _ acceptor: Acceptor, _ departure: Departure, _ loop: EventLoop,
        whenQuiescing: @escaping () -> Void
    ) {
        self.whenQuiescing = whenQuiescing
        self.child = child
        self.acceptor = acceptor
        self.departure = departure
        self.loop = loop
    }

    func ready(_ readiness: Readiness) {
        switch child.notice {
        case .none: return
        case .stop: stop()
        case .quiesce:
            // The descriptor stays readable, so it is not watched any longer; a stop comes as a
            // signal then, which the loop asks for each second.
            loop.unwatch(child.noticeDescriptor)
            child.score.isQuiescing = true
            acceptor.quiesce()
            endListeningIfOrphaned()
            whenQuiescing()
            watchForStop()
        }
    }

    private func stop() {
        loop.unwatch(child.noticeDescriptor)
        acceptor.stop()
        departure.leaveNow()
    }

    /// Without a parent nobody will serve those who still connect.
    ///
    /// Another child, or a loop of this one, may be too busy to close its descriptor.
    private func endListeningIfOrphaned() {
        if child.isOrphaned { child.listeners.end() }
    }

    private func watchForStop() {
        if child.mustStop {
            acceptor.stop()
            return departure.leaveNow()
        }
        endListeningIfOrphaned()
        let handler = LoopConfined(self)
        loop.schedule(after: .milliseconds(250)) { handler.value.watchForStop() }
    }
}
