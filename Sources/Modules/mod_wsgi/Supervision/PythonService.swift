// SPDX-License-Identifier: Apache-2.0

// The part of mod_wsgi that runs in the server's parent: it makes the sets before the fronts are
// forked, keeps a supervisor for each set that has workers, and hands what serves on to the next
// image when the server restarts gracefully.

internal import Apus
internal import Glibc

/// Runs the Python workers of a server.
final class PythonService: ParentService {
    let name = "mod_wsgi"
    private let server: Server
    private var plan: ConfiguredSets
    private let interpreters: Interpreters

    private var parent: ParentContext?
    private var workplace: ProcessWorkplace?
    private(set) var sets: WorkerSets?
    /// By the set's place.
    private var supervisors: [Int: SetSupervisor] = [:]
    /// Workers of sets that are no longer configured, for as long as fronts of the image before
    /// send requests to them.
    private var retired: [SetSupervisor] = []
    /// Both ends in this process, the end to write in the fronts too.
    private var lifeline: Pipe?
    private var commands: CommandSocket?
    private let controlPath: String

    init(
        _ server: Server, _ plan: ConfiguredSets, interpreters: Interpreters, controlPath: String
    ) {
        self.server = server
        self.plan = plan
        self.interpreters = interpreters
        self.controlPath = controlPath
    }

    /// As long as the slowest group, and a little for the kernel.
    var stopTimeout: Duration {
        let longest = plan.groups.values.map { $0.shutdownTimeout ?? .seconds(5) }.max()
        return (longest ?? .seconds(5)) + .seconds(3)
    }

    // MARK: Beginning

    func start(in parent: ParentContext, inherited: ServiceState?) throws(ConfigError) {
        self.parent = parent
        let workplace = ProcessWorkplace(parent, server, interpreters)
        self.workplace = workplace
        let before = inherited.flatMap { InheritedSets(encoded: $0.bytes) } ?? InheritedSets()
        for generation in before.generations { plan.add(generation, hosts: server.hosts) }
        let sets = try makeSets(before)
        self.sets = sets
        sets.makeCurrent()
        takeOver(before, sets, workplace)
        for (index, specification) in plan.specifications.enumerated() {
            let supervisor = supervisor(of: sets.all[index])
            if specification.startsAtOnce || sets.all[index].hasPredecessor { supervisor.start() }
        }
        parent.watch(sets.requests.descriptor, for: .readable) { [unowned self] _ in
            answerFronts()
        }
        look()
        if plan.groups.values.contains(where: { $0.requestTimeout != nil }) { lookAtRequests() }
        commands = CommandSocket(controlPath, parent, server) { [unowned self] command, answer in
            perform(command, answer)
        }
    }

    private func makeSets(_ before: InheritedSets) throws(ConfigError) -> WorkerSets {
        do throws(SystemError) {
            let spare = server.main.config(of: WSGIModule.self).spareApplications
            DescriptorLimit.raise(
                by: WorkerSets.descriptorCount(
                    plan.specifications, groups: plan.groups, spareCount: spare))
            lifeline = try Pipe()
            let living = Set(before.workers.map(\.name))
            let predecessors = before.generations.filter { living.contains($0.name) }
            return try WorkerSets(
                plan.specifications, groups: plan.groups, spareCount: spare,
                predecessors: Dictionary(
                    predecessors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }))
        } catch {
            throw ConfigError(
                .apply, at: nil,
                problem: "The sockets of WSGI applications cannot be made: \(error)")
        }
    }

    private func takeOver(
        _ before: InheritedSets, _ sets: WorkerSets, _ workplace: ProcessWorkplace
    ) {
        for (name, workers) in Dictionary(grouping: before.workers, by: \.name) {
            guard let generation = before.generations.first(where: { $0.name == name }) else {
                continue
            }
            if let set = sets.find(name), set.hasPredecessor {
                adopt(workers, of: generation, for: supervisor(of: set), set, workplace)
            } else {
                retire(workers, of: generation, sets, workplace)
            }
        }
        if before.fronts >= 0 { watchFronts(before.fronts) }
    }

    private func adopt(
        _ workers: [InheritedWorker], of generation: InheritedGeneration,
        for supervisor: SetSupervisor, _ set: WorkerSet, _ workplace: ProcessWorkplace
    ) {
        let board = set.generation(2).board
        let taken = workers.filter { workplace.adopt($0, for: supervisor) }
        supervisor.adopt(
            taken.map { worker in
                Worker(
                    pid: worker.pid, place: worker.place,
                    incarnation: board.process(worker.place).incarnation,
                    startTime: workplace.now, phase: .ready)
            }, serving: generation.scripts)
    }

    /// Keeps the workers of a set that is configured no longer, until no front knows of it.
    private func retire(
        _ workers: [InheritedWorker], of generation: InheritedGeneration, _ sets: WorkerSets,
        _ workplace: ProcessWorkplace
    ) {
        guard let set = sets.retiredSet(generation) else { return }
        let supervisor = SetSupervisor(
            set, group: ProcessGroup(name: generation.name.processGroup), scripts: [], host: 0,
            workplace: workplace)
        adopt(workers, of: generation, for: supervisor, set, workplace)
        retired.append(supervisor)
        workplace.schedule(after: .seconds(15)) { [weak supervisor] in
            supervisor?.stopAll(graceful: true)
        }
    }

    /// The pipe ends when the last front of the image before has gone.
    private func watchFronts(_ descriptor: CInt) {
        parent?.watch(descriptor, for: .readable) { [unowned self] _ in
            parent?.unwatch(descriptor)
            _ = close(descriptor)
            for supervisor in supervisors.values { supervisor.predecessorIsUnused() }
            for supervisor in retired { supervisor.stopAll(graceful: true) }
        }
    }

    private func supervisor(of set: WorkerSet) -> SetSupervisor {
        if let known = supervisors[set.index] { return known }
        let specification =
            set.index < plan.specifications.count
            ? plan.specifications[set.index] : nil
        let group = set.group
        let supervisor = SetSupervisor(
            set, group: group, scripts: specification?.scripts ?? [],
            host: specification?.host ?? host(of: group), workplace: workplace!)
        supervisors[set.index] = supervisor
        return supervisor
    }

    /// The virtual host that a group was made in.
    private func host(of group: ProcessGroup) -> Int {
        server.hosts.first { $0.name == group.hostName }?.index ?? 0
    }

    // MARK: Going on

    private func look() {
        for supervisor in supervisors.values { supervisor.look() }
        for supervisor in retired { supervisor.look() }
        _ = workplace?.recentMemoryKills()
        if let sets { sets.counts.takeBack(from: sets.all) }
        parent?.schedule(after: .seconds(1)) { [weak self] in self?.look() }
    }

    private func lookAtRequests() {
        for supervisor in supervisors.values { supervisor.lookAtRequests() }
        parent?.schedule(after: SetSupervisor.requestInterval) { [weak self] in
            self?.lookAtRequests()
        }
    }

    private func answerFronts() {
        guard let sets else { return }
        // So many at a time; the rest is there the next time round.
        for _ in 0..<64 {
            guard let message = sets.requests.next() else { return }
            switch message {
            case .start(let name, let script): start(name, script, sets)
            case .reload(let index, let script):
                guard index < sets.all.count, let supervisor = supervisors[index] else { continue }
                supervisor.wantReload(of: script)
            }
        }
    }

    private func start(_ name: SetName, _ script: ScriptName, _ sets: WorkerSets) {
        guard let set = sets.bind(name) else {
            server.main.log(
                .error, in: WSGIModule.self, "",
                "mod_wsgi: No workers can be started for \(name): WSGISpareApplications is too small, or there is no such group."
            )
            return
        }
        supervisor(of: set).want(script)
    }

    // MARK: Commands

    private func perform(_ command: ReloadCommand, _ answer: @escaping (ReloadAnswer) -> Void) {
        let chosen = supervisors.values.filter { supervisor in
            command.names(
                supervisor.set.name, host: server.hosts[supervisor.host],
                groupHost: supervisor.group.hostName)
        }.sorted { $0.set.index < $1.set.index }
        ReloadRun(chosen.map { ($0.set.name, $0.beginReload) }, answer).begin()
    }

    // MARK: Restarting and stopping

    func closeInChild() {
        workplace?.closeInChild()
        sets?.becomeFront()
        commands?.closeInChild()
    }

    func handOn(isGraceful: Bool) -> ServiceState? {
        guard isGraceful, let workplace else { return nil }
        var state = InheritedSets()
        for supervisor in supervisors.values.sorted(by: { $0.set.index < $1.set.index }) {
            let team = supervisor.serving
            let name = supervisor.set.name
            var workers: [InheritedWorker] = []
            for worker in team.sorted where worker.phase == .ready {
                guard let descriptors = workplace.descriptors(of: worker.pid) else { continue }
                workers.append(
                    InheritedWorker(
                        name: name, pid: worker.pid, place: worker.place,
                        control: descriptors.control, output: descriptors.output,
                        handle: descriptors.handle))
            }
            if workers.isEmpty { continue }
            state.generations.append(
                InheritedGeneration(
                    team.generation, of: name,
                    scripts: supervisor.scripts.filter {
                        !supervisor.failedScripts.contains($0.path)
                    }))
            state.workers += workers
        }
        // Its other end closes with this image, and stays open in the fronts.
        state.fronts = lifeline?.readEnd.rawValue ?? -1
        return state.state
    }

    func stop(in parent: ParentContext) {
        commands?.close()
        for supervisor in supervisors.values { supervisor.stopAll(graceful: false) }
        for supervisor in retired { supervisor.stopAll(graceful: false) }
    }
}
