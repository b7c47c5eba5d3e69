// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The workers of one application group of one process group, as the fronts see them.
final class WorkerSet: Sendable {
    /// Its place in `WorkerSets.all`.
    let index: Int
    /// 0 and 1 take turns; 2 is there after a graceful restart, when the server before had this set.
    private let generations: [Generation]
    let row: SetRow
    private let groups: [String: ProcessGroup]
    private let requests: FrontRequests

    init(
        index: Int, generations: [Generation], row: SetRow, groups: [String: ProcessGroup],
        requests: FrontRequests
    ) {
        self.index = index
        self.generations = generations
        self.row = row
        self.groups = groups
        self.requests = requests
    }

    var name: SetName { row.name }
    /// The options of its process group; asked for when it has a name.
    var group: ProcessGroup { groups[row.name.processGroup] ?? ProcessGroup(name: "") }

    /// The generation that takes requests now.
    ///
    /// To be asked for each request, since a reload changes it.
    var serving: Generation { generation(row.serving) }

    func generation(_ index: Int) -> Generation {
        generations[index < generations.count ? index : 0]
    }

    /// Whether there is one that the server before a restart left.
    var hasPredecessor: Bool { generations.count > 2 }
    var all: [Generation] { generations }

    /// Asks the parent to reload, for the script is newer than what runs.
    ///
    /// - Parameter script: the one that is, where the parent may not know of it yet.
    func wantReload(_ script: ScriptName? = nil) {
        // The first who sees it tells the parent.
        guard serving.board.setReloadWanted(true) else { return }
        if !requests.send(.reload(set: index, script)) { serving.board.setReloadWanted(false) }
    }

    /// Asks the parent to start workers, where none were started with the server.
    func wantStart(_ script: ScriptName) {
        _ = requests.send(.start(name, script))
    }
}
