// SPDX-License-Identifier: Apache-2.0

// A group that preloads has one process more for each team: the template, which has imported the
// application and forks the workers. It serves nothing, so while it is missing the workers go on,
// and only those that end meanwhile have to wait for the next template.

internal import Apus

extension SetSupervisor {
    /// Sees to it that a team whose group preloads has a template.
    ///
    /// - Returns: whether workers can be started now; the team is tended again when they can.
    func canStartWorkers(of team: Team) -> Bool {
        guard group.preload, team.purpose == .serving || team.purpose == .starting else {
            return true
        }
        if let template = team.template { return template.phase == .ready }
        let wait = team.backOff.nextTime - workplace.now
        if wait > 0 {
            workplace.schedule(after: .nanoseconds(wait)) { [weak self, weak team] in
                if let self, let team { self.tend(team) }
            }
        } else {
            startTemplate(of: team)
        }
        return false
    }

    private func startTemplate(of team: Team) {
        do throws(WorkplaceError) {
            // It has no place of its own; each worker is told its place when it is forked.
            let pid = try workplace.start(
                order(in: team, 0, from: .interpreterAsTemplate), for: self)
            team.template = Worker(
                pid: pid, place: 0, incarnation: 0, startTime: workplace.now)
        } catch {
            noteUnstarted(team, error)
        }
    }

    func noteTemplateReady(_ template: Worker, _ team: Team) {
        guard template.phase == .starting else { return }
        template.phase = .ready
        template.readyTime = workplace.now
        template.failure = nil
        log(
            .info,
            "mod_wsgi (pid=\(template.pid)): Template of \(set.name) has imported the application.")
        tend(team)
    }

    /// A worker that a template was to fork exists, and has a process id.
    func forked(_ number: Int32, as pid: Int32) {
        guard let team = team(of: number), let worker = team.workers.removeValue(forKey: number)
        else { return }
        worker.pid = pid
        team.workers[pid] = worker
        team.board.process(worker.place).pid = pid
    }

    // MARK: Ends

    /// Takes note of a process that ended, if it was a template.
    func templateEnded(_ pid: Int32, _ exit: ChildExit?) -> Bool {
        if retiredTemplates.remove(pid) != nil { return true }
        guard let team = team(of: pid), let template = team.template, template.pid == pid else {
            return false
        }
        team.template = nil
        let cause = template.cause ?? (template.failure == nil ? .crash : .failure)
        log(
            .error,
            "mod_wsgi (pid=\(pid)): Template of \(set.name) ended: \(Self.describe(exit))"
                + (cause == .crash ? "" : ", for \(cause.name)") + memoryKills(exit, of: template))
        noteUsefulness(of: template, in: team)
        if template.readyTime == nil {
            if team.purpose == .serving, team.readyCount == 0 { set.row.state = .failed }
            if team.purpose == .starting { noteFailedStart(team, failureText(template, exit)) }
        }
        tend(team)
        return true
    }

    /// Ends the template of a team that needs no more workers.
    func retireTemplate(of team: Team) {
        guard let pid = team.template?.pid else { return }
        team.template = nil
        retiredTemplates.insert(pid)
        workplace.signal(pid, .terminate)
        workplace.schedule(after: .seconds(5)) { [weak self] in
            guard let self, self.retiredTemplates.contains(pid) else { return }
            self.workplace.signal(pid, .kill)
        }
    }
}
