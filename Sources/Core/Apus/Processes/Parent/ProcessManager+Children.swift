// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import CPlatform
internal import Glibc

extension ProcessManager {
    /// Starts the children that the configuration asks for at first, as far as there is room.
    func startRemaining() { childrenToStart -= startChildren(childrenToStart) }

    /// - Returns: how many have been started, at most `count`.
    func startChildren(_ count: Int) -> Int {
        var started = 0
        for slot in 0..<setup.plan.slotLimit where started < count {
            guard scoreboard.child(slot).pid == 0 else { continue }
            guard start(inSlot: slot) else { break }
            started += 1
        }
        return started
    }

    /// - Returns: whether there is a child more.
    private func start(inSlot slot: Int) -> Bool {
        guard MonotonicClock.now >= forkAgainTime else { return false }
        let score = scoreboard.child(slot)
        score.begin(generation: generation, now: WallTime.now.microseconds)
        for index in 0..<setup.plan.workersPerChild {
            scoreboard.worker(index, ofChild: slot).begin()
        }
        Signals.block()
        let pid = cplatform_fork()
        if pid == 0 { becomeChild(slot) }
        let error = SystemError.last("fork")
        Signals.unblock()
        guard pid > 0 else {
            free(slot)
            logAsMPM(
                ProcessMessage(
                    .error, "\(setup.wording.cannotFork): fork: Unable to fork new process", error))
            // When there is no room for processes, trying again and again only makes it worse.
            forkAgainTime = MonotonicClock.now + 10 * Self.second
            return false
        }
        score.pid = pid
        children.add(
            pid,
            ChildTable.Child(
                slot: slot, generation: generation, startTime: MonotonicClock.now))
        return true
    }

    private func becomeChild(_ slot: Int) -> Never {
        _ = close(lifelineWrite.rawValue)
        _ = close(signals.descriptor)
        setup.otherChildren.closeInChild()
        setup.services.closeInChild()
        serve(inSlot: slot)
    }

    /// - Parameter stopsOnInterrupt: there is no parent that the terminal tells as well.
    func serve(inSlot slot: Int, stopsOnInterrupt: Bool = false) -> Never {
        do throws(SystemError) {
            let context = try ChildContext(
                slot: slot, generation: generation, scoreboard: scoreboard,
                listeners: setup.listeners, plan: setup.plan, lifeline: lifelineRead.rawValue)
            context.score.pid = getpid()
            Signals.handleInChild(stopsOnInterrupt: stopsOnInterrupt)
            Signals.unblock()
            try dropPrivileges()
            setup.serve(context)
        } catch {
            setup.log(ProcessMessage(.alert, "cannot start a child", error))
            exit(ChildStatus.sick)
        }
    }

    private func dropPrivileges() throws(SystemError) {
        do throws(PrivilegesError) {
            try setup.privileges.drop()
        } catch {
            setup.log(error.message)
            exit(ChildStatus.fatal)
        }
    }

    func free(_ slot: Int) {
        guard slot < scoreboard.serverLimit else { return }
        for index in 0..<scoreboard.threadLimit {
            scoreboard.worker(index, ofChild: slot).status = .dead
        }
        scoreboard.child(slot).end()
    }
}
