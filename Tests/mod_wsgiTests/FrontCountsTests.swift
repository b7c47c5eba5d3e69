// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_wsgi

@Suite("What fronts have counted")
struct FrontCountsTests {
    private func seat(in set: SupervisedSet, _ process: Int = 0) throws -> Seat {
        let place = FrontCount.Place(set: 0, generation: 0, process: process)
        let count = try #require(set.sets.counts.claim(place))
        return Seat(set.sets.all[0].serving.board, process: process, count)
    }

    @Test("is taken back when they have ended, and not before")
    func takeBack() throws {
        let set = try SupervisedSet()
        let board = set.sets.all[0].serving.board
        _ = try seat(in: set)
        let living = try seat(in: set, 1)
        let queue = try #require(
            set.sets.counts.claim(FrontCount.Place(set: 0, generation: 0, process: nil)))
        queue.add(2, in: set.row.identity(of: 0))
        board.addQueued(3)

        set.sets.counts.takeBack(from: set.sets.all) { _ in true }
        #expect(board.process(0).outstanding == 1)
        living.giveBack()
        #expect(board.process(1).outstanding == 0)

        for _ in 0..<2 { set.sets.counts.takeBack(from: set.sets.all) { _ in false } }
        #expect(board.process(0).outstanding == 0)
        #expect(board.process(1).outstanding == 0)
        #expect(board.queued == 1)
    }

    @Test("of a process that has been replaced is of no more account")
    func replaced() throws {
        let set = try SupervisedSet()
        let board = set.sets.all[0].serving.board
        let old = try seat(in: set)
        board.process(0).begin(now: 5)
        board.process(0).addOutstanding(1)

        old.giveBack()
        #expect(board.process(0).outstanding == 1)
        set.sets.counts.takeBack(from: set.sets.all) { _ in false }
        #expect(board.process(0).outstanding == 1)
    }

    @Test("is noted for each of many, and the notes are used again")
    func many() throws {
        let set = try SupervisedSet()
        let place = FrontCount.Place(set: 0, generation: 0, process: 0)
        for _ in 0..<8192 { #expect(set.sets.counts.claim(place) != nil) }
        #expect(set.sets.counts.claim(place) == nil)
        set.sets.counts.takeBack(from: set.sets.all) { _ in false }
        #expect(set.sets.counts.claim(place) != nil)
    }
}
