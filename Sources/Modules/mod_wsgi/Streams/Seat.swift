// SPDX-License-Identifier: Apache-2.0

/// A place among the requests of a process (ASGI), given back when the request has ended.
struct Seat {
    private let board: WorkerBoard
    private let process: Int
    /// Which process it was; another in its place counts anew.
    private let incarnation: UInt32
    private let count: FrontCount?

    /// - Parameter count: where it is noted.
    init(_ board: WorkerBoard, process: Int, _ count: FrontCount?) {
        self.board = board
        self.process = process
        self.count = count
        incarnation = board.incarnation(of: process)
        // Noted while it is counted: of two wrongs, one too few does less harm.
        count?.add(1, in: incarnation)
        board.addOutstanding(1, of: process, incarnation: incarnation)
    }

    func giveBack() {
        board.addOutstanding(-1, of: process, incarnation: incarnation)
        count?.add(-1, in: incarnation)
    }
}

/// A place among those that wait for a process with a free one (ASGI).
struct QueuePlace {
    private let generation: Generation
    private let identity: UInt32
    private let count: FrontCount?
    /// How many wait, this one included.
    let waiting: Int

    init(_ streams: GenerationStreams) {
        generation = streams.generation
        identity = streams.identity
        count = streams.count(of: nil)
        count?.add(1, in: identity)
        waiting = generation.board.addQueued(1)
    }

    func giveBack() {
        // Of workers that have been started anew since, nothing is counted.
        if generation.identity == identity { generation.board.addQueued(-1) }
        count?.add(-1, in: identity)
    }
}
