// SPDX-License-Identifier: Apache-2.0

internal import Apus

extension SetSupervisor {
    /// Looks at all workers, once a second.
    func look() {
        ticks += 1
        for team in teams {
            for worker in team.sorted { look(at: worker, in: team) }
            if let template = team.template, template.phase == .starting {
                lookForLateStart(template)
            }
        }
        hastenIfWaitedFor()
        moveLateRequests()
        if ticks % 10 == 1 || hasNewcomer { measure() }
    }

    /// Tries again soon where requests wait and nobody is there, however often that has failed.
    private func hastenIfWaitedFor() {
        let team = serving
        guard team.purpose == .serving, team.workers.isEmpty, team.board.queued > 0 else { return }
        team.backOff.hasten(now: workplace.now)
        tend(team)
    }

    /// A front of the image before may come to have the whole of a request when the workers that it
    /// knows have gone.
    private func moveLateRequests() {
        guard !isPredecessorUnused, let team = teams.last, team.generation.index == 2,
            team !== serving, team.purpose == .none
        else { return }
        _ = workplace.movePackets(from: team.generation, to: serving.generation)
    }

    private func look(at worker: Worker, in team: Team) {
        let line = team.board.process(worker.place)
        let stillness = worker.stillness(heartbeat: line.heartbeat, now: workplace.now)
        switch worker.phase {
        case .starting:
            lookForLateStart(worker)
        case .ready:
            // Also one that is to be replaced: its successor may never be ready.
            if let limit = group.deadlockTimeout, stillness > limit.nanoseconds,
                worker.cause != .deadlock
            {
                worker.cause = .deadlock
                return endStuck(worker, "is in a deadlock")
            }
            lookForOverdue(worker, team)
            if let cause = ordinaryCause(worker, team, line) { recycle(worker, team, cause) }
        case .leaving(let until):
            if workplace.now >= until { kill(worker, "did not exit in time") }
            lookForOverdue(worker, team)
        }
    }

    private func lookForLateStart(_ worker: Worker) {
        guard let limit = group.startupTimeout, worker.cause == nil,
            workplace.now - worker.startTime > limit.nanoseconds
        else { return }
        worker.cause = .startupTimeout
        endStuck(worker, "did not become ready within its startup timeout")
    }

    /// A process whose interpreter does nothing: its stacks are told without the interpreter.
    private func endStuck(_ worker: Worker, _ reason: String) {
        log(.error, "mod_wsgi (pid=\(worker.pid)): Process of \(set.name) \(reason).")
        workplace.signal(worker.pid, .dump)
        workplace.schedule(after: .seconds(1)) { [weak self, weak worker] in
            guard let self, let worker, self.team(of: worker.pid) != nil else { return }
            self.kill(worker, reason)
        }
    }

    // MARK: Other causes

    private func ordinaryCause(
        _ worker: Worker, _ team: Team, _ line: ProcessLine
    ) -> EndCause? {
        if let limit = group.restartInterval, workplace.now - worker.startTime > limit.nanoseconds {
            return .restartInterval
        }
        let active = line.lastActive
        if let limit = group.inactivityTimeout, active > 0, line.outstanding <= 0,
            workplace.time > active,
            (workplace.time - active) > UInt64(limit.nanoseconds / 1000),
            team.requests(of: worker).isEmpty
        {
            return .inactivity
        }
        return nil
    }

    /// How much memory the workers hold.
    private func measure() {
        hasNewcomer = false
        var total: UInt64 = 0
        for team in teams {
            total += team.template.flatMap { workplace.memory(of: $0.pid) } ?? 0
            for worker in team.sorted {
                guard let bytes = workplace.memory(of: worker.pid) else { continue }
                total += bytes
                if let limit = group.pssLimit, bytes > UInt64(limit), worker.phase == .ready {
                    recycle(worker, team, .memory)
                }
            }
        }
        set.row.memory = total
    }
}
