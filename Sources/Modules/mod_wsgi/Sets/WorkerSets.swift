// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// All sets of workers of a server: those that its configuration names, and spare ones for names
/// that only a request tells.
///
/// Made in the parent before the fronts are forked, so that all of them know all sockets, which
/// therefore need no names.
final class WorkerSets: Sendable {
    /// Those of the configuration first.
    let all: [WorkerSet]
    let specifications: [SetSpecification]
    /// The process groups by name; the one that stands for embedded mode has an empty name.
    let groups: [String: ProcessGroup]
    let requests: FrontRequests
    let counts: FrontCounts
    private let configured: [SetName: Int]

    /// - Parameters:
    ///   - groups: all process groups, those without a set among them.
    ///   - spareCount: how many sets can get names later.
    ///   - predecessors: what the server before a restart left, by name.
    init(
        _ specifications: [SetSpecification], groups: [String: ProcessGroup], spareCount: Int,
        predecessors: [SetName: InheritedGeneration] = [:]
    ) throws(SystemError) {
        self.specifications = specifications
        self.groups = groups
        let requests = try FrontRequests()
        self.requests = requests
        counts = try FrontCounts()
        let table = try SetTable(count: specifications.count + spareCount)
        var sets: [WorkerSet] = []
        var configured: [SetName: Int] = [:]
        for specification in specifications {
            let index = sets.count
            let row = table.row(index)
            row.bind(to: specification.name)
            configured[specification.name] = index
            let group = specification.group
            var generations = try Self.pair(group.places, group.slots, row)
            if let inherited = predecessors[specification.name],
                let generation = Generation(inherited, row: row)
            {
                generations.append(generation)
                row.serving = 2
                row.state = .started
            }
            sets.append(
                WorkerSet(
                    index: index, generations: generations, row: row, groups: groups,
                    requests: requests))
        }
        // A spare set may get a name of any group.
        let processes = groups.values.map(\.places).max() ?? 1
        let slots = groups.values.map(\.slots).max() ?? 1
        for _ in 0..<spareCount {
            let row = table.row(sets.count)
            sets.append(
                WorkerSet(
                    index: sets.count, generations: try Self.pair(processes, slots, row), row: row,
                    groups: groups, requests: requests))
        }
        all = sets
        self.configured = configured
    }

    /// How many descriptors all that takes.
    static func descriptorCount(
        _ specifications: [SetSpecification], groups: [String: ProcessGroup], spareCount: Int
    ) -> Int {
        let places = groups.values.map(\.places).max() ?? 1
        let all = specifications.map(\.group.places) + Array(repeating: places, count: spareCount)
        // For each of two generations: a queue, a door for each place, a scoreboard; for each
        // worker a control channel and a pipe.
        return all.reduce(0) { $0 + 2 * (2 + 2 * $1 + 1) + 2 * $1 }
    }

    private static func pair(
        _ processes: Int, _ slots: Int, _ row: SetRow
    ) throws(SystemError) -> [Generation] {
        let first = try Generation(index: 0, processes: processes, slots: slots, row: row)
        let second = try Generation(index: 1, processes: processes, slots: slots, row: row)
        return [first, second]
    }

    /// The set of that name; nil when there is none yet.
    func find(_ name: SetName) -> WorkerSet? {
        if let index = configured[name] { return all[index] }
        return all.dropFirst(specifications.count).first { $0.row.hasName(name) }
    }

    /// Asks the parent for workers for a name; they can be found a little later.
    ///
    /// Also for a set that is there and has no workers yet. Asking twice does no harm.
    func requestBinding(_ name: SetName, script: ScriptName) {
        guard name.processGroup.utf8.count + name.applicationGroup.utf8.count <= SetName.limit
        else { return }
        _ = requests.send(.start(name, script))
    }

    /// Gives a spare set that name, in the parent.
    ///
    /// - Returns: nil when there is no such group, or no set is left.
    func bind(_ name: SetName) -> WorkerSet? {
        if let set = find(name) { return set }
        guard groups[name.processGroup] != nil,
            let spare = all.first(where: { $0.row.state == .spare })
        else { return nil }
        spare.row.bind(to: name)
        return spare
    }

    /// A set for workers of the image before a restart whose set is configured no longer.
    ///
    /// No front knows it.
    func retiredSet(_ inherited: InheritedGeneration) -> WorkerSet? {
        guard let table = try? SetTable(count: 1) else { return nil }
        let row = table.row(0)
        row.bind(to: inherited.name)
        guard let generation = Generation(inherited, row: row),
            let first = try? Generation(index: 0, processes: 1, slots: 1, row: row),
            let second = try? Generation(index: 1, processes: 1, slots: 1, row: row)
        else { return nil }
        row.serving = 2
        return WorkerSet(
            index: -1, generations: [first, second, generation], row: row, groups: groups,
            requests: requests)
    }

    /// Closes what a front has no business with; to be called in each of them.
    func becomeFront() {
        requests.closeReadingEnd()
        for set in all { set.all.forEach { $0.closeReadingEnds() } }
    }
}

extension WorkerSets {
    // Written once, by the parent before the first fork, while it has one thread; read only
    // afterwards, by the fronts.
    private nonisolated(unsafe) static var running: WorkerSets?

    /// Those of the server that this process belongs to; nil where there is no application.
    static var current: WorkerSets? { unsafe running }

    /// Makes them those of the server, before the first fork.
    func makeCurrent() { unsafe Self.running = self }
}
