// SPDX-License-Identifier: Apache-2.0

// What happens to the workers of one set. It is told of each message, each end and each second,
// and decides; the workplace carries it out. Two teams take turns: a reload starts the other one,
// and when all of it is ready, requests go there, and the old one drains. After a graceful
// restart of the server there is a third, which the image before has left, and which serves until
// the first team of this image is ready.

internal import Apus

/// Starts, watches, replaces and stops the workers of a set.
final class SetSupervisor {
    let set: WorkerSet
    let group: ProcessGroup
    /// The virtual host whose error log it writes to.
    let host: Int
    private(set) var scripts: [ScriptName]
    /// Paths of those that the workers which serve could not load.
    ///
    /// Applications that share an application group need not all be in order for the others to be
    /// served. But one that was must not be lost to a new version, or to a new worker.
    private(set) var failedScripts: Set<String> = []
    /// Paths of the others.
    private var servedScripts: Set<String> = []
    let teams: [Team]
    unowned let workplace: any Workplace

    /// A reload under way.
    var reload: Reload?
    /// Who wants another one once that is over.
    var pending: [ReloadCompletion] = []
    /// Who waits for the first start.
    var awaitingStart: [ReloadCompletion] = []
    /// Whether no front of the image before is left.
    var isPredecessorUnused = false
    var isStopping = false
    var ticks = 0
    /// Whether a worker has become ready since the memory was measured.
    var hasNewcomer = false
    /// Templates that are to end, and whose end changes nothing.
    var retiredTemplates: Set<Int32> = []

    init(
        _ set: WorkerSet, group: ProcessGroup, scripts: [ScriptName], host: Int,
        workplace: any Workplace
    ) {
        self.set = set
        self.group = group
        self.scripts = scripts
        self.host = host
        self.workplace = workplace
        teams = set.all.map { Team($0, target: $0.index == 2 ? 0 : group.processes) }
    }

    var serving: Team { teams[set.row.serving < teams.count ? set.row.serving : 0] }
    var isStarted: Bool { teams.contains { $0.purpose != .none } }
    var isEmpty: Bool { teams.allSatisfy(\.isEmpty) }

    func team(of pid: Int32) -> Team? {
        teams.first { $0.workers[pid] != nil || $0.template?.pid == pid }
    }

    // MARK: Beginning

    /// Starts workers, where none have been.
    func start() {
        if isStopping { return }
        if serving.purpose == .none {
            set.row.state = .started
            prepare(serving, purpose: .serving)
            tend(serving)
        } else if serving.generation.index == 2, reload == nil {
            beginReload { _ in }
        }
    }

    /// A request waits for a script that may be unknown yet.
    func want(_ script: ScriptName) {
        add(script)
        if !isStarted { return start() }
        guard serving.readyCount == 0 else { return }
        serving.backOff.hasten(now: workplace.now)
        tend(serving)
    }

    func add(_ script: ScriptName) {
        if !scripts.contains(script), scripts.count < Self.scriptLimit { scripts.append(script) }
    }

    /// A front could name one script after another.
    private static let scriptLimit = 100

    /// Takes over workers of the image before a restart.
    ///
    /// - Parameter served: those of the scripts that they could load.
    func adopt(_ workers: [Worker], serving served: [ScriptName]) {
        servedScripts = Set(served.map(\.path))
        failedScripts = Set(scripts.map(\.path)).subtracting(servedScripts)
        let team = serving
        guard team.generation.index == 2 else { return }
        for worker in workers { team.workers[worker.pid] = worker }
        become(.draining, team)
        // Draining means that none is started anew; it serves for as long as it is the one.
    }

    /// Makes a generation as new.
    func prepare(_ team: Team, purpose: Team.Purpose) {
        retireTemplate(of: team)
        set.row.changeIdentity(of: team.generation.index)
        team.board.clear()
        team.board.scriptTime = newestScriptTime
        team.backOff = BackOff()
        team.recycling = nil
        if group.interface != .auto {
            team.board.interface = group.interface == .asgi ? .asgi : .wsgi
        }
        become(purpose, team)
    }

    func become(_ purpose: Team.Purpose, _ team: Team) {
        team.purpose = purpose
        team.purposeTime = workplace.now
    }

    var newestScriptTime: UInt64 {
        scripts.compactMap { workplace.modificationTime(of: $0.path) }.max() ?? 0
    }

    // MARK: Starting workers

    /// Starts what is missing, as far as that is due and there is room.
    func tend(_ team: Team) {
        guard !isStopping, canStartWorkers(of: team) else { return }
        while team.missing > 0, let place = team.freePlace {
            let wait = team.backOff.nextTime - workplace.now
            if wait > 0 {
                return workplace.schedule(after: .nanoseconds(wait)) { [weak self, weak team] in
                    if let self, let team { self.tend(team) }
                }
            }
            guard startWorker(in: team, place) else { return }
        }
    }

    private func startWorker(in team: Team, _ place: Int) -> Bool {
        let line = team.board.process(place)
        line.begin(now: workplace.time)
        for slot in 0..<team.board.slotLimit { team.board.slot(slot, of: place).clear() }
        do throws(WorkplaceError) {
            let pid = try workplace.start(
                order(
                    in: team, place, from: team.template.map { .template($0.pid) } ?? .interpreter),
                for: self)
            line.pid = max(0, pid)
            team.workers[pid] = Worker(
                pid: pid, place: place, incarnation: line.incarnation, startTime: workplace.now)
            return true
        } catch {
            line.end()
            noteUnstarted(team, error)
            return false
        }
    }

    func order(in team: Team, _ place: Int, from origin: WorkerOrder.Origin) -> WorkerOrder {
        let jitter = group.maximumRequestsJitter
        return WorkerOrder(
            origin: origin, set: set, generation: team.generation, place: place, group: group,
            scripts: scripts, tolerated: tolerated(in: team), host: host,
            maximumRequests: group.maximumRequests == 0
                ? 0 : group.maximumRequests + (jitter > 0 ? Int.random(in: 0...jitter) : 0),
            interface: team.board.interface)
    }

    private func tolerated(in team: Team) -> [String] {
        let isFirst = team.purpose == .serving && team.readyCount == 0
        return isFirst ? Set(scripts.map(\.path)).sorted() : failedScripts.sorted()
    }

    func noteUnstarted(_ team: Team, _ error: WorkplaceError) {
        team.backOff.noteFailure(now: workplace.now)
        set.row.state = .failed
        log(.error, "Couldn't start a process of \(set.name): \(error.text)", error.error)
        noteFailedStart(team, "\(error.text)")
        tend(team)
    }

    // MARK: What workers say

    func received(_ message: ControlMessage, from pid: Int32) {
        guard let team = team(of: pid), let worker = team.workers[pid] ?? team.template else {
            return
        }
        switch message.verb {
        case "ready" where worker === team.template: noteTemplateReady(worker, team)
        case "retire" where worker === team.template: break
        case "ready": noteReady(worker, team, message)
        case "failed":
            worker.failure = message["traceback"] ?? ""
            let script = message["script"] ?? ""
            worker.failedScripts[script] = worker.failure
            // Nothing is lost with it, so it need not be told of as a failure again: a file that
            // somebody has put there, and that a request has asked for.
            if !servedScripts.contains(script) { failedScripts.insert(script) }
            // The worker has written the traceback to its standard error.
            log(
                .error,
                "mod_wsgi (pid=\(pid)): Target WSGI script '\(message["script"] ?? "")' "
                    + "could not be loaded in \(set.name).")
        case "retire": recycle(worker, team, EndCause(retiring: message["cause"]))
        case "dumped":
            if let number = message["request"].flatMap({ UInt64($0, radix: 16) }) {
                worker.unanswered.remove(number)
            }
            for line in (message["stack"] ?? "").split(separator: "\n") {
                log(.error, "\(who(pid, message["name"] ?? "")): \(line)")
            }
        default: break
        }
    }

    private func noteReady(_ worker: Worker, _ team: Team, _ message: ControlMessage) {
        guard worker.phase == .starting else { return }
        worker.phase = .ready
        worker.readyTime = workplace.now
        worker.failure = nil
        if team.purpose == .serving { noteLoaded(by: worker, in: team) }
        hasNewcomer = true
        if let interface = Self.interface(message["interface"]), team.board.interface == .unknown {
            team.board.interface = interface
        }
        // A worker that was ready at once and crashes at once is no success yet.
        if team.purpose == .serving { set.row.state = .started }
        log(.info, "mod_wsgi (pid=\(worker.pid)): Process of \(set.name) is ready.")
        if team.purpose == .starting { finishStarting(team) }
        finishRecycling(team)
        recycleNext(team)
        if team === serving { finishAwaitedStart(.loaded(team.failedScripts(of: worker))) }
    }

    /// Takes note of what workers that serve have loaded.
    func noteLoaded(by worker: Worker, in team: Team) {
        failedScripts = Set(team.failedScripts(of: worker).keys)
        servedScripts = Set(scripts.map(\.path)).subtracting(failedScripts)
    }

    private static func interface(_ name: String?) -> WorkerInterface? {
        switch name {
        case "wsgi": .wsgi
        case "asgi": .asgi
        default: nil
        }
    }

    /// Which process, of which group, and which request of its.
    func who(_ pid: Int32, _ name: String) -> String {
        "mod_wsgi (pid=\(pid), process='\(group.name)', request=\(name))"
    }

    func log(_ level: LogLevel, _ text: String, _ error: SystemError? = nil) {
        workplace.log(level, text, error: error, host: host)
    }
}
