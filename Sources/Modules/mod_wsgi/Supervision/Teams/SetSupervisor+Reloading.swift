// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// How a reload ended.
enum ReloadResult: Equatable, Sendable {
    case done
    /// The version of before goes on serving; what the new one said.
    case failed(String)
    /// The new version serves, but for scripts that could not be loaded before either; what was
    /// said of these.
    case partly(String)

    /// - Parameter failures: what could not be loaded, by script.
    static func loaded(_ failures: [String: String]) -> ReloadResult {
        if failures.isEmpty { return .done }
        return .partly(failures.sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n"))
    }
}

typealias ReloadCompletion = (ReloadResult) -> Void

/// A reload under way: a new team starts while another one serves.
struct Reload {
    let team: Int
    var failures = 0
    var isAsking = false
    var completions: [ReloadCompletion]
}

extension SetSupervisor {
    /// Reloads the application: a new team starts, takes over, and the old one drains.
    ///
    /// - Parameter completion: called once.
    func beginReload(_ completion: @escaping ReloadCompletion) {
        if isStopping { return completion(.failed("The server is stopping.")) }
        if reload != nil {
            // What is being loaded may be older than what is to be loaded.
            return pending.append(completion)
        }
        guard isStarted else {
            awaitingStart.append(completion)
            return start()
        }
        let next = serving.generation.index == 0 ? 1 : 0
        guard teams[next].isEmpty else {
            // The one of before the last reload still drains; its end continues this.
            return pending.append(completion)
        }
        reload = Reload(team: next, completions: [completion])
        startReload(teams[next])
    }

    /// A front has seen a script that is newer than what runs.
    func wantReload(of script: ScriptName?) {
        if let script { add(script) }
        // Once is enough, until it is over.
        guard reload == nil, pending.isEmpty else { return }
        beginReload { _ in }
    }

    private func startReload(_ team: Team) {
        log(.info, "mod_wsgi: Reloading \(set.name).")
        let before = serving.board.scriptTime
        _ = workplace.movePackets(from: team.generation, to: serving.generation)
        prepare(team, purpose: .starting)
        if team.board.scriptTime <= before, serving.board.isReloadWanted {
            // A script that only requests name: it would be newer for ever.
            team.board.scriptTime = workplace.time
        }
        let limit = group.startupTimeout ?? Self.usualStartupTimeout
        workplace.schedule(after: limit + .seconds(5)) { [weak self, weak team] in
            guard let self, let team, self.reload?.team == team.generation.index,
                team.purpose == .starting, self.workplace.now - team.purposeTime > limit.nanoseconds
            else { return }
            self.failReload(team, "The new processes were not ready in time.")
        }
        tend(team)
    }

    private static let usualStartupTimeout = Duration.seconds(600)

    /// A worker of a team could not start, or died before the others were ready.
    func noteFailedStart(_ team: Team, _ text: String) {
        guard team.purpose == .starting, reload?.team == team.generation.index else {
            if team === serving, team.readyCount == 0 { finishAwaitedStart(.failed(text)) }
            return
        }
        failReload(team, text)
    }

    private func failReload(_ team: Team, _ text: String) {
        guard let finished = reload, finished.team == team.generation.index else { return }
        reload = nil
        set.row.countFailedReload()
        log(.error, "mod_wsgi: \(set.name) could not be reloaded; the version of before goes on.")
        // Until the script changes again there is no use in another attempt.
        serving.board.scriptTime = max(serving.board.scriptTime, team.board.scriptTime)
        serving.board.setReloadWanted(false)
        become(.draining, team)
        for worker in team.workers.values where !worker.isLeaving {
            stop(worker, team, .failure, graceful: nil)
        }
        for completion in finished.completions { completion(.failed(text)) }
        if team.isEmpty { finishDraining(team) }
        guard serving.generation.index == 2 else { return }
        // Nothing replaces the workers of the image before, so it must not stay with them.
        workplace.schedule(after: .nanoseconds(BackOff.longest)) { [weak self] in
            if let self, self.serving.generation.index == 2 { self.start() }
        }
    }

    /// Lets a team take over when all of it is ready.
    func finishStarting(_ team: Team) {
        guard var current = reload, current.team == team.generation.index, !current.isAsking,
            team.readyCount >= team.target
        else { return }
        guard let path = group.readinessPath else { return takeOver(team) }
        current.isAsking = true
        reload = current
        workplace.ask(team.generation, scripts.first, path: path) { [weak self, weak team] status in
            guard let self, let team, self.reload?.team == team.generation.index else { return }
            if let status, status < 400 { return self.takeOver(team) }
            let answer = status.map { "the status \($0)" } ?? "no answer"
            self.failReload(team, "The readiness path \(path) gave \(answer).")
        }
    }

    private func takeOver(_ team: Team) {
        guard let finished = reload else { return }
        let old = serving
        set.row.serving = team.generation.index
        set.row.state = .started
        reload = nil
        become(.serving, team)
        set.row.countReload()
        log(.notice, "mod_wsgi: \(set.name) has been reloaded.")
        become(.draining, old)
        let mayBeUsed = old.generation.index == 2 && !isPredecessorUnused
        workplace.schedule(after: mayBeUsed ? Self.predecessorHold : Self.hold) {
            [weak self, weak old] in
            if let self, let old { self.drain(old) }
        }
        if let worker = team.sorted.first { noteLoaded(by: worker, in: team) }
        let failures = team.sorted.first.map { team.failedScripts(of: $0) } ?? [:]
        for completion in finished.completions { completion(.loaded(failures)) }
    }

    /// A front that has just read which generation serves may still send to the old one.
    private static let hold = Duration.milliseconds(500)
    /// Fronts of the image before do not know of this one's generations, and may take so long.
    private static let predecessorHold = Duration.seconds(15)

    /// Tells the workers of an old generation to finish what is in their queue and leave.
    func drain(_ team: Team) {
        guard team.purpose == .draining, team !== serving else { return }
        if team.isEmpty { return finishDraining(team) }
        for worker in team.sorted {
            stop(worker, team, .reload, graceful: group.evictionTimeout ?? group.gracefulTimeout)
        }
    }

    /// The fronts of the image before a restart have gone.
    func predecessorIsUnused() {
        isPredecessorUnused = true
        if let team = teams.last, team.generation.index == 2 { drain(team) }
    }

    /// The last worker of an old generation has gone: what nobody took goes to the new one.
    func finishDraining(_ team: Team) {
        // A predecessor whose workers died serves until there is another.
        guard team !== serving else { return }
        become(.none, team)
        retireTemplate(of: team)
        let moved = workplace.movePackets(from: team.generation, to: serving.generation)
        if moved > 0 { log(.info, "mod_wsgi: \(moved) requests of \(set.name) have been moved.") }
        startPendingReload()
    }

    private func startPendingReload() {
        guard !pending.isEmpty, reload == nil, !isStopping else { return }
        let waiting = pending
        pending = []
        beginReload { result in for completion in waiting { completion(result) } }
    }

    func finishAwaitedStart(_ result: ReloadResult) {
        let waiting = awaitingStart
        awaitingStart = []
        for completion in waiting { completion(result) }
    }

    // MARK: The end of the server

    /// Ends all workers, gracefully where they may finish what they have.
    func stopAll(graceful: Bool) {
        isStopping = true
        let waiting = pending + awaitingStart + (reload?.completions ?? [])
        pending = []
        awaitingStart = []
        reload = nil
        for completion in waiting { completion(.failed("The server is stopping.")) }
        for team in teams {
            for worker in team.sorted {
                if worker.isLeaving { hurry(worker) }
                stop(worker, team, .shutdown, graceful: graceful ? group.gracefulTimeout : nil)
            }
            // Else it goes after its workers, whose ends it sees.
            if team.isEmpty { retireTemplate(of: team) }
        }
    }
}
