// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

extension ProcessManager {
    /// - Returns: the exit status when all is done.
    func advance() -> CInt? {
        switch phase {
        case .serving:
            maintain()
            return nil
        case .draining(let deadline):
            if children.isEmpty { return leave() }
            if let deadline, MonotonicClock.now >= deadline { beginStopping(restarts: false) }
            return nil
        case .stopping(let since, var schedule, let restarts):
            if !reclaim(since: since, &schedule) {
                phase = .stopping(since: since, schedule: schedule, restarts: restarts)
                return nil
            }
            if !restarts { return leave() }
            replaceImage(isGraceful: false)
            // Still here: serve with what there is.
            phase = .serving
            childrenToStart = min(setup.plan.startServers, setup.plan.activeChildrenLimit)
            startRemaining()
            return nil
        case .leaving:
            return leave()
        }
    }

    /// - Returns: the exit status when the services have ended too.
    private func leave() -> CInt? {
        phase = .leaving
        setup.services.stop()
        return setup.services.finishStopping() ? finish() : nil
    }

    /// - Returns: whether all children are gone, or nothing more can be done about them.
    private func reclaim(since: Int64, _ schedule: inout ReclaimSchedule) -> Bool {
        if children.isEmpty { return true }
        let elapsed = Duration.nanoseconds(MonotonicClock.now - since)
        guard let action = schedule.next(after: elapsed) else { return false }
        for pid in children.pids { act(action, on: pid) }
        return action == .giveUp
    }

    private func act(_ action: ReclaimSchedule.Action, on pid: Int32) {
        let stubborn = "child process \(pid) still did not exit, sending a"
        switch action {
        case .terminate(let isFirst):
            if !isFirst {
                setup.log(ProcessMessage(.warning, "AH00045: \(stubborn) SIGTERM"))
            }
            kill(pid, SIGTERM)
        case .kill:
            setup.log(ProcessMessage(.error, "AH00046: \(stubborn) SIGKILL"))
            kill(pid, SIGKILL)
        case .giveUp:
            let text = "could not make child process \(pid) exit, attempting to continue anyway"
            setup.log(ProcessMessage(.error, "AH00047: \(text)"))
        }
    }

    private func finish() -> CInt {
        setup.otherChildren.finish()
        removePIDFile()
        return exitStatus
    }

    /// After a graceful stop that took too long the file is gone, or another server's.
    private func removePIDFile() {
        guard let file = setup.pidFile, file.read() == .pid(getpid()) else { return }
        file.remove(log: setup.log)
    }
}
