// SPDX-License-Identifier: Apache-2.0

// Requests that take longer than `request-timeout`. Of WSGI the parent sees in the scoreboard which
// thread has which request since when; an ASGI worker looks at its coroutines itself, and asks to
// be replaced. A thread cannot be ended, so its whole process is replaced: first it tells where the
// request is, then, with `interrupt-timeout`, an exception is tried, and a request that this ends
// in time costs nobody else anything.

internal import Apus

extension SetSupervisor {
    /// How often the requests are looked at, where they have a deadline.
    ///
    /// The fronts answer 504 a little later than the deadline, so that the stack that is told of is
    /// that of the request.
    static let requestInterval = Duration.milliseconds(100)

    /// Looks at the requests of all workers.
    func lookAtRequests() {
        guard group.requestTimeout != nil else { return }
        for team in teams {
            for worker in team.workers.values where worker.phase != .starting {
                lookForOverdue(worker, team)
            }
        }
    }

    func lookForOverdue(_ worker: Worker, _ team: Team) {
        guard let limit = group.requestTimeout else { return }
        if team.board.interface == .asgi { return lookForHoldUp(worker, team, limit) }
        let held = team.requests(of: worker)
        let now = workplace.time
        let limitMicroseconds = UInt64(max(0, limit.nanoseconds / 1000))
        for late in held
        where late.started > 0 && now > late.started && now - late.started > limitMicroseconds {
            guard worker.told.insert(late.request).inserted else { continue }
            tell(of: late, of: worker, limit)
            if let patience = group.interruptTimeout {
                interrupt(late, of: worker, within: patience)
            } else {
                worker.overdue.insert(late.request)
            }
        }
        if !worker.told.isEmpty { worker.told.formIntersection(held.map(\.request)) }
        lookForInterrupted(worker, held.map(\.request))
        guard !worker.overdue.isEmpty else { return }
        if worker.isLeaving {
            hurryIfStuck(worker, held.map(\.request))
        } else {
            recycle(worker, team, .requestTimeout)
        }
    }

    /// Replaces an ASGI worker that cannot look at its coroutines, for one of them keeps the
    /// interpreter's lock.
    private func lookForHoldUp(_ worker: Worker, _ team: Team, _ limit: Duration) {
        let line = team.board.process(worker.place)
        let now = workplace.now
        guard worker.phase == .ready,
            worker.stillness(heartbeat: line.heartbeat, now: now) > 0
        else {
            worker.heldUpSince = nil
            return
        }
        if worker.heldUpSince == nil, line.outstanding > 0 { worker.heldUpSince = now }
        // The worker comes first where it can.
        let patience = limit + (group.interruptTimeout ?? .zero) + .seconds(1)
        guard let since = worker.heldUpSince, now - since > patience.nanoseconds,
            worker.cause == nil, worker.wanted == nil
        else { return }
        log(
            .error,
            "mod_wsgi (pid=\(worker.pid)): Process of \(set.name) has been held up for longer than "
                + "the request timeout of \(Double(limit.nanoseconds) / 1e9) seconds.")
        workplace.signal(worker.pid, .dump)
        recycle(worker, team, .requestTimeout)
    }

    /// Has the worker tell where the request is; where no Python code can run, the interpreter's
    /// threads are told of without it.
    private func tell(of late: HeldRequest, of worker: Worker, _ limit: Duration) {
        let request = late.request
        log(
            .error,
            "\(who(worker.pid, late.name)): Request in \(set.name) has exceeded the "
                + "request timeout of \(Double(limit.nanoseconds) / 1e9) seconds.")
        workplace.send(
            ControlMessage(
                "dump",
                [
                    "cause": "request-timeout", "request": String(request, radix: 16),
                    "slot": "\(late.slot)",
                ]), to: worker.pid)
        worker.unanswered.insert(request)
        workplace.schedule(after: .seconds(1)) { [weak self, weak worker] in
            guard let self, let worker, worker.unanswered.remove(request) != nil,
                let team = self.team(of: worker.pid),
                team.requests(of: worker).contains(where: { $0.request == request })
            else { return }
            self.workplace.signal(worker.pid, .dump)
        }
    }

    // MARK: Interrupting

    private func interrupt(_ late: HeldRequest, of worker: Worker, within patience: Duration) {
        worker.interrupted[late.request] = (late.name, workplace.now + patience.nanoseconds)
        workplace.send(
            ControlMessage("interrupt", ["request": String(late.request, radix: 16)]),
            to: worker.pid)
    }

    private func lookForInterrupted(_ worker: Worker, _ held: [UInt64]) {
        for (request, (name, end)) in worker.interrupted {
            if !held.contains(request) {
                worker.interrupted[request] = nil
                log(.info, "\(who(worker.pid, name)): Request was interrupted.")
            } else if workplace.now > end {
                worker.interrupted[request] = nil
                worker.overdue.insert(request)
                log(
                    .error,
                    "\(who(worker.pid, name)): Request could not be "
                        + "interrupted within the interrupt timeout.")
            }
        }
    }

    // MARK: The end

    /// One that leaves for its overdue requests need not wait for these.
    private func hurryIfStuck(_ worker: Worker, _ held: [UInt64]) {
        guard !worker.isHurried else { return }
        if !held.contains(where: { !worker.overdue.contains($0) }) { hurry(worker) }
    }

    /// How long a worker that is to be replaced may take to finish what it has.
    func patience(for cause: EndCause) -> Duration? {
        switch cause {
        case .requestTimeout:
            // Its other requests end by then, or have taken too long too.
            let longest =
                (group.requestTimeout ?? .zero) + (group.interruptTimeout ?? .zero) + .seconds(1)
            return max(group.gracefulTimeout ?? .zero, longest)
        case .eviction: return group.evictionTimeout ?? group.gracefulTimeout
        default: return group.gracefulTimeout
        }
    }
}
