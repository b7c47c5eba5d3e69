// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

extension ProcessManager {
    func maintain() {
        let now = MonotonicClock.now
        guard now >= maintenanceTime else { return }
        maintenanceTime = now + Self.second
        setup.otherChildren.maintain(log: setup.log)
        if childrenToStart > 0 { startRemaining() }
        let census = Census(scoreboard, setup.plan, generation: generation)
        if isSick, giveUpIfSick(census) { return }
        let (decision, messages) = setup.maintain(census, &spareMemory)
        messages.forEach(logAsMPM)
        switch decision {
        case .nothing: break
        case .start(let count): _ = startChildren(count)
        case .retireOne: retireOne()
        }
    }

    /// A child could not get what it needs.
    ///
    /// While others serve that may pass.
    private func giveUpIfSick(_ census: Census) -> Bool {
        isSick = false
        guard let number = setup.wording.sick, census.busyWorkers + readyWorkers() == 0 else {
            return false
        }
        let text =
            "A resource shortage or other unrecoverable failure was encountered before any "
            + "child process initialized successfully... httpd is exiting!"
        logAsMPM(ProcessMessage(.alert, "\(number): \(text)"))
        exitStatus = 1
        beginStopping(restarts: false)
        return true
    }

    private func readyWorkers() -> Int {
        (0..<scoreboard.serverLimit).reduce(0) { count, slot in
            scoreboard.child(slot).pid != 0
                && scoreboard.worker(0, ofChild: slot).status == .ready ? count + 1 : count
        }
    }

    /// Retires the child with the most idle workers, which will be gone the soonest.
    private func retireOne() {
        let candidates = children.children.filter { pid, child in
            child.generation == generation && !scoreboard.child(child.slot).isQuiescing
        }
        let idlest = candidates.max { idleWorkers($0.value.slot) < idleWorkers($1.value.slot) }
        if let idlest { quiesce(idlest.key) }
    }

    private func idleWorkers(_ slot: Int) -> Int {
        (0..<setup.plan.workersPerChild).count {
            scoreboard.worker($0, ofChild: slot).status.isIdle
        }
    }

    func quiesce(_ pid: Int32) {
        if let child = children.child(pid), child.slot < scoreboard.serverLimit {
            scoreboard.child(child.slot).isQuiescing = true
        }
        kill(pid, SIGUSR1)
    }
}
