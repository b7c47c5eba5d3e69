// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// A generation as the image before a restart hands it on: what it is, and its descriptors.
struct InheritedGeneration: Hashable, Sendable {
    var name: SetName
    var processes: Int
    var slots: Int
    var queue: SequencedPair
    var doors: [SequencedPair]
    var board: CInt
    /// What it has loaded, for the next image to load too.
    var scripts: [ScriptName] = []
    /// Such as it was, so that it cannot be taken for that of a later one.
    var identity: UInt32

    init(_ generation: Generation, of name: SetName, scripts: [ScriptName]) {
        self.scripts = scripts
        self.name = name
        processes = generation.board.processLimit
        slots = generation.board.slotLimit
        queue = generation.queuePair
        doors = generation.doorPairs
        board = generation.board.descriptor
        identity = generation.identity
    }

    init(
        name: SetName, processes: Int, slots: Int, queue: SequencedPair, doors: [SequencedPair],
        board: CInt, scripts: [ScriptName] = [], identity: UInt32
    ) {
        self.name = name
        self.processes = processes
        self.slots = slots
        self.queue = queue
        self.doors = doors
        self.board = board
        self.scripts = scripts
        self.identity = identity
    }

    /// All that must stay open over execve.
    var descriptors: [CInt] {
        [queue.sending, queue.reading, board] + doors.flatMap { [$0.sending, $0.reading] }
    }
}

extension Generation {
    /// Takes over what the image before a restart made.
    ///
    /// - Returns: nil when it is not what it should be.
    convenience init?(_ inherited: InheritedGeneration, row: SetRow) {
        guard inherited.doors.count == inherited.processes,
            let board = WorkerBoard(
                adopting: FileDescriptor(owning: inherited.board), processes: inherited.processes,
                slots: inherited.slots)
        else { return nil }
        for descriptor in inherited.descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        self.init(index: 2, queue: inherited.queue, doors: inherited.doors, board: board, row: row)
    }
}
