// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc
internal import Synchronization

/// What runs in a child: its loops, until it is told to leave and the last connection has ended.
public final class ChildServer: Sendable {
    private let child: ChildContext
    private let server: Server
    private let blocking: BlockingWork
    private let remaining: Atomic<Int>

    public init(_ child: ChildContext, _ server: Server) {
        self.child = child
        self.server = server
        blocking =
            switch child.plan.blockingWork {
            case .inline: BlockingWork(threads: 0)
            case .workerThreads(let count): BlockingWork(threads: count)
            }
        remaining = Atomic(LoopShare.divide(child.plan).count)
    }

    public func run() -> Never {
        server.hooks.childInit.runAll(server)
        let shares = LoopShare.divide(child.plan)
        for share in shares.dropFirst() {
            Thread.start { [self] in serve(share) }
        }
        serve(shares[0])
        // The other loops end the process when theirs is the last connection.
        while true { pause() }
    }

    private func serve(_ share: LoopShare) {
        do {
            let loop = try EventLoop()
            let context = LoopContext(
                loop: loop, server: server, blocking: blocking,
                identifiers: RequestIdentifiers(slot: child.slot, loop: share.index),
                scoreboard: child.scoreboard)
            let acceptor = Acceptor(context, child: child, share: share) { [self] in leave() }
            let notice = NoticeHandler(child, acceptor, loop)
            try loop.watch(child.noticeDescriptor, mode: .level, notice)
            acceptor.adjustWatching()
            loop.run()
        } catch {
            server.main.log(.alert, "", "a child cannot serve: \(error)")
            // Not to be started again at once: Apache's APEXIT_CHILDSICK.
            _exit(7)
        }
    }

    private func leave() {
        if remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { _exit(0) }
    }
}

/// Hears what the parent wants of the child.
private final class NoticeHandler: EventHandler {
    private let child: ChildContext
    private let acceptor: Acceptor
    private unowned let loop: EventLoop

    init(_ child: ChildContext, _ acceptor: Acceptor, _ loop: EventLoop) {
        self.child = child
        self.acceptor = acceptor
        self.loop = loop
    }

    func ready(_ readiness: Readiness) {
        switch child.notice {
        case .none: return
        case .stop: _exit(0)
        case .quiesce:
            // The descriptor stays readable, so it is not watched any longer; a stop comes as a
            // signal then, which the loop asks for each second.
            loop.unwatch(child.noticeDescriptor)
            child.score.isQuiescing = true
            acceptor.quiesce()
            watchForStop()
        }
    }

    private func watchForStop() {
        if child.mustStop { _exit(0) }
        let handler = LoopConfined(self)
        loop.schedule(after: .milliseconds(250)) { handler.value.watchForStop() }
    }
}
