// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// The workers of a set that were started together: their queue, their doors, their scoreboard.
///
/// The sockets are made before the fronts are forked and stay the same for workers of a later
/// reload, which the identity tells.
final class Generation: Sendable {
    /// Its place in the set: 0 and 1 take turns, 2 is what the server before a restart left.
    let index: Int
    /// Where the fronts put requests, for whichever worker is free.
    let queuePair: SequencedPair
    /// Where they put what is for one process.
    let doorPairs: [SequencedPair]
    let board: WorkerBoard
    private let row: SetRow

    init(index: Int, queue: SequencedPair, doors: [SequencedPair], board: WorkerBoard, row: SetRow)
    {
        precondition(doors.count == board.processLimit)
        self.index = index
        queuePair = queue
        doorPairs = doors
        self.board = board
        self.row = row
    }

    /// Makes the sockets and the memory of workers to come.
    convenience init(
        index: Int, processes: Int, slots: Int, row: SetRow
    ) throws(SystemError) {
        let queue = try SequencedPair(bufferSize: Self.queueSize)
        var doors: [SequencedPair] = []
        for _ in 0..<processes { doors.append(try SequencedPair(bufferSize: Self.doorSize)) }
        let board = try WorkerBoard(processes: processes, slots: slots)
        self.init(index: index, queue: queue, doors: doors, board: board, row: row)
    }

    /// A hundred of the longest requests, mod_wsgi's usual `listen-backlog`; short ones take a
    /// kilobyte of it.
    private static let queueSize = 8 << 20
    private static let doorSize = 1 << 20

    /// To send to.
    var queue: CInt { queuePair.sending }
    var doors: [CInt] { doorPairs.map(\.sending) }
    func door(_ process: Int) -> CInt { doorPairs[process].sending }

    /// Changes when workers are started anew: no stream of earlier ones is good any more.
    var identity: UInt32 { row.identity(of: index) }

    /// Closes what only workers and the parent read from, in a front.
    func closeReadingEnds() {
        _ = close(queuePair.reading)
        for pair in doorPairs { _ = close(pair.reading) }
    }
}
