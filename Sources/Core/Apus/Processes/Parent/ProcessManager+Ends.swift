// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

extension ProcessManager {
    func reap() {
        while let ended = EndedChild.next() {
            if let child = children.remove(ended.pid) {
                noteEnd(ended, child)
            } else if check?.value.pid == ended.pid {
                finishCheck(ended.exit)
            } else if !setup.services.programs.noteEnd(ended) {
                // A program of the image before a restart is unknown here, and done.
                _ = setup.otherChildren.noteEnd(ended.pid, log: setup.log)
            }
        }
    }

    private func noteEnd(_ ended: EndedChild, _ child: ChildTable.Child) {
        scoreboard.addEndedChild(userTime: ended.userTime, systemTime: ended.systemTime)
        report(ended, child)
        let wasQuiescing =
            child.slot < scoreboard.serverLimit && scoreboard.child(child.slot).isQuiescing
        free(child.slot)
        guard case .serving = phase else { return }
        if ended.exit == .exited(status: ChildStatus.sick) {
            isSick = true
            spareMemory.spawnRate = 1
        } else if ended.exit == .exited(status: ChildStatus.fatal) {
            endAfterFatalError(of: ended.pid, child)
        } else if childrenToStart > 0 {
            // After a restart the rows of the old children become those of the new.
            startRemaining()
        } else if !wasQuiescing || !hasActiveChild,
            MonotonicClock.now - child.startTime > Self.second
        {
            // It is missed now; only one that fails again and again waits for the next second.
            maintenanceTime = 0
        }
    }

    var hasActiveChild: Bool {
        children.children.contains { _, child in
            child.generation == generation && !scoreboard.child(child.slot).isQuiescing
        }
    }

    private func endAfterFatalError(of pid: Int32, _ child: ChildTable.Child) {
        guard child.generation == generation else { return }
        let text = "Child \(pid) returned a Fatal error... Apache is exiting!"
        setup.log(ProcessMessage(.alert, "AH00050: \(text)"))
        exitStatus = 1
        beginStopping(restarts: false)
    }

    private func report(_ ended: EndedChild, _ child: ChildTable.Child) {
        guard child.slot < scoreboard.serverLimit else { return }
        let requests = (0..<setup.plan.workersPerChild).compactMap { index in
            let worker = scoreboard.worker(index, ofChild: child.slot)
            return worker.status.isBusy ? worker.snapshot : nil
        }
        let messages = ended.messages(
            serving: requests, coreDirectory: setup.privileges.coreDumpDirectory)
        messages.forEach(setup.log)
    }
}
