// SPDX-License-Identifier: Apache-2.0

internal import Apus

extension SetSupervisor {
    /// Replaces a worker: a new one first, if no other is being replaced.
    ///
    /// One that is to be replaced while another is waits for its turn.
    func recycle(_ worker: Worker, _ team: Team, _ cause: EndCause) {
        if isStopping || worker.isLeaving { return }
        // Its threads may have served so many requests before it says that it is ready.
        guard team.recycling == nil, worker.phase == .ready else {
            if team.recycling?.pid != worker.pid { worker.wanted = worker.wanted ?? cause }
            return
        }
        switch team.purpose {
        case .serving: break
        // They will be gone soon, or nobody uses them yet.
        case .none, .starting, .draining: return
        }
        log(
            .info,
            "mod_wsgi (pid=\(worker.pid)): Process of \(set.name) is to be replaced: \(cause.name)."
        )
        worker.cause = cause
        team.recycling = Team.Recycling(pid: worker.pid, cause: cause)
        tend(team)
    }

    func recycleNext(_ team: Team) {
        let next = team.sorted.first { $0.wanted != nil && $0.phase == .ready }
        guard team.recycling == nil, let next, let cause = next.wanted else { return }
        next.wanted = nil
        recycle(next, team, cause)
    }

    /// Lets the old worker go when enough others are ready.
    func finishRecycling(_ team: Team) {
        guard let recycling = team.recycling else { return }
        guard let worker = team.workers[recycling.pid] else {
            team.recycling = nil
            return
        }
        let others = team.readyCount - (worker.phase == .ready ? 1 : 0)
        guard !worker.isLeaving, others >= team.target else { return }
        stop(worker, team, recycling.cause, graceful: patience(for: recycling.cause))
    }

    /// Tells a worker to finish and leave.
    func stop(_ worker: Worker, _ team: Team, _ cause: EndCause, graceful: Duration?) {
        if worker.isLeaving { return }
        worker.cause = worker.cause ?? cause
        let shutdown = group.shutdownTimeout ?? Self.usualShutdownTimeout
        let wait = graceful ?? .zero
        var message = ControlMessage("stop", ["cause": cause.name])
        message.add("graceful-timeout", wait)
        message.add("shutdown-timeout", shutdown)
        workplace.send(message, to: worker.pid)
        let limit = wait + shutdown + Self.margin
        worker.phase = .leaving(until: workplace.now + limit.nanoseconds)
        // A worker that is stuck could not say so.
        let line = team.board.process(worker.place)
        if line.state == .ready { line.state = .leaving }
        watchLeaving(worker, after: limit)
    }

    /// Tells a worker that leaves not to wait for the requests that it has.
    func hurry(_ worker: Worker) {
        if worker.isHurried { return }
        worker.isHurried = true
        let shutdown = group.shutdownTimeout ?? Self.usualShutdownTimeout
        var message = ControlMessage("stop", ["cause": (worker.cause ?? .shutdown).name])
        message.add("graceful-timeout", Duration.zero)
        message.add("shutdown-timeout", shutdown)
        workplace.send(message, to: worker.pid)
        let limit = shutdown + Self.margin
        worker.phase = .leaving(until: workplace.now + limit.nanoseconds)
        watchLeaving(worker, after: limit)
    }

    private static let usualShutdownTimeout = Duration.seconds(5)
    /// A worker keeps its times itself; the parent comes after it.
    private static let margin = Duration.seconds(1)

    private func watchLeaving(_ worker: Worker, after limit: Duration) {
        workplace.schedule(after: limit + .milliseconds(1)) { [weak self, weak worker] in
            guard let self, let worker, self.team(of: worker.pid)?.workers[worker.pid] === worker,
                case .leaving(let until) = worker.phase, until <= self.workplace.now
            else { return }
            self.kill(worker, "did not exit in time")
        }
    }

    func kill(_ worker: Worker, _ reason: String) {
        if worker.isKilled { return }
        worker.isKilled = true
        log(
            worker.cause == .shutdown ? .info : .warning,
            "mod_wsgi (pid=\(worker.pid)): Process of \(set.name) \(reason), sending it SIGKILL.")
        workplace.signal(worker.pid, .kill)
    }

    // MARK: Ends

    /// Takes note of a worker that ended.
    ///
    /// - Parameter exit: nil where nobody could see how.
    func ended(_ pid: Int32, _ exit: ChildExit?) {
        if templateEnded(pid, exit) { return }
        guard let team = team(of: pid), let worker = team.workers.removeValue(forKey: pid) else {
            return
        }
        let line = team.board.process(worker.place)
        let held = team.requests(of: worker).map(\.name)
        let served = Served(
            requests: line.requests,
            secondsAgo: Self.seconds(since: line.lastActive, workplace.time))
        set.row.addEndedRequests(line.requests)
        let cause = endCause(of: worker, exit)
        set.row.countEnded(cause.rawValue)
        reportEnd(worker, exit, cause, held, served)
        line.end()
        // It may have been woken for a packet that it has not taken.
        team.board.ring(packets: team.board.processLimit)
        clearDoor(of: worker.place, in: team)
        team.noteFreed(worker.place, now: workplace.now)
        if team.recycling?.pid == pid {
            team.recycling = nil
            recycleNext(team)
        }
        noteUsefulness(of: worker, in: team)
        switch team.purpose {
        case .serving:
            if worker.readyTime == nil, team.readyCount == 0 { set.row.state = .failed }
            tend(team)
        case .starting:
            if worker.readyTime == nil || worker.cause == nil {
                noteFailedStart(team, failureText(worker, exit))
            }
            tend(team)
        case .draining: if team.isEmpty { finishDraining(team) }
        case .none: break
        }
        if isStopping, team.isEmpty { retireTemplate(of: team) }
    }

    /// Why a worker has ended, which need not be why it was to end.
    private func endCause(of worker: Worker, _ exit: ChildExit?) -> EndCause {
        guard let cause = worker.cause else { return worker.failure == nil ? .crash : .failure }
        // While it waited for its successor.
        let isCrash = worker.phase == .ready && cause != .deadlock && isFault(exit, of: worker)
        return isCrash ? .crash : cause
    }

    /// Whether a process has ended as no process should, and not by the supervisor's hand.
    private func isFault(_ exit: ChildExit?, of worker: Worker) -> Bool {
        if worker.isKilled { return false }
        return switch exit {
        case nil, .exited(status: 0): false
        case .exited, .signaled: true
        }
    }

    /// Fronts that took the process for a living one have put streams there, and may for a moment
    /// more.
    private func clearDoor(of place: Int, in team: Team) {
        workplace.clearDoor(of: team.generation, place)
        workplace.schedule(after: .milliseconds(500)) { [weak self, weak team] in
            guard let self, let team, team.board.process(place).state == .vacant else { return }
            self.workplace.clearDoor(of: team.generation, place)
        }
    }

    func noteUsefulness(of worker: Worker, in team: Team) {
        let wasOrdered = worker.cause != nil && worker.readyTime != nil
        if wasOrdered { return }
        let life = workplace.now - (worker.readyTime ?? workplace.now)
        if life > Self.usefulLife { team.backOff.noteSuccess() }
        // One that was of use for long is missed now; the others wait.
        if life <= Self.usefulLife { team.backOff.noteFailure(now: workplace.now) }
    }

    private static let usefulLife: Int64 = 1_000_000_000

    func failureText(_ worker: Worker, _ exit: ChildExit?) -> String {
        if let failure = worker.failure, !failure.isEmpty { return failure }
        if worker.cause == .startupTimeout {
            return "The process did not become ready within the startup timeout."
        }
        return "The process ended before it was ready: \(Self.describe(exit))."
    }

    static func describe(_ exit: ChildExit?) -> String {
        guard let exit else { return "nobody saw how, without its template" }
        return switch exit {
        case .exited(let status): "exit status \(status)"
        case .signaled(let signal, let dumpedCore):
            "signal \(signal) (\(ChildExit.signalDescription(signal)))"
                + (dumpedCore ? ", core dumped" : "")
        }
    }

    /// What a worker has done.
    private struct Served {
        var requests: UInt64
        /// Since the end of the last.
        var secondsAgo: UInt64
    }

    private static func seconds(since time: UInt64, _ now: UInt64) -> UInt64 {
        now > time ? (now - time) / 1_000_000 : 0
    }

    private func reportEnd(
        _ worker: Worker, _ exit: ChildExit?, _ cause: EndCause, _ held: [String], _ served: Served
    ) {
        var text =
            "mod_wsgi (pid=\(worker.pid)): Process of \(set.name) ended: \(Self.describe(exit))"
        if cause != .crash { text += ", for \(cause.name)" }
        if served.requests > 0 {
            text += ", after \(served.requests) requests, the last \(served.secondsAgo) s ago"
        }
        if !held.isEmpty {
            text += "; it held the requests " + held.joined(separator: " ")
        }
        text += memoryKills(exit, of: worker)
        let isError = cause == .crash || cause != .failure && isFault(exit, of: worker)
        log(isError ? .error : .info, text)
    }

    /// What the kernel's counter tells of a process that SIGKILL has ended.
    func memoryKills(_ exit: ChildExit?, of worker: Worker) -> String {
        guard case .signaled(9, _)? = exit, !worker.isKilled else { return "" }
        let kills = workplace.recentMemoryKills()
        return kills == 0 ? "" : "; the kernel killed \(kills) for want of memory"
    }
}
