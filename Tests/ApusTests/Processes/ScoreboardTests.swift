// SPDX-License-Identifier: Apache-2.0

@testable import Apus
import ApusRuntime
import Glibc
import Testing

@Suite("The scoreboard")
struct ScoreboardTests {
    @Test("shows what a worker does")
    func worker() throws {
        let scoreboard = try Scoreboard(serverLimit: 2, threadLimit: 3)
        let worker = scoreboard.worker(2, ofChild: 1)
        worker.beginRequest(Array("GET /a HTTP/1.1".utf8).span, now: 1_000)
        worker.describe(
            client: "192.0.2.1", protocolName: "http/1.1", virtualHost: "example.com:80")

        let during = scoreboard.worker(2, ofChild: 1).snapshot
        #expect(during.status == .writing)
        #expect(during.request == "GET /a HTTP/1.1")
        #expect(during.virtualHost == "example.com:80")
        #expect(during.client == "192.0.2.1")
        #expect(during.protocolName == "http/1.1")

        worker.endRequest(bytes: 500, isFirstOfConnection: true, now: 3_000)
        let after = worker.snapshot
        #expect(after.requests == 1)
        #expect(after.bytes == 500)
        #expect(after.duration == 2_000)
        #expect(scoreboard.worker(1, ofChild: 1).snapshot.requests == 0)
    }

    @Test("keeps what fits of a text", arguments: [0, 1, 7, 8, 9, 127, 128, 129, 1000])
    func texts(length: Int) throws {
        let worker = try Scoreboard(serverLimit: 1, threadLimit: 1).worker(0, ofChild: 0)
        worker.beginRequest(Array(repeating: UInt8(ascii: "x"), count: 128).span, now: 0)
        worker.beginRequest(Array(repeating: UInt8(ascii: "y"), count: length).span, now: 0)
        #expect(worker.snapshot.request == String(repeating: "y", count: min(length, 128)))
    }

    @Test("counts what served before under the row, and anew for each child")
    func reuse() throws {
        let worker = try Scoreboard(serverLimit: 1, threadLimit: 1).worker(0, ofChild: 0)
        worker.endRequest(bytes: 10, isFirstOfConnection: true, now: 0)
        worker.begin()
        #expect(worker.snapshot.requests == 1)
        #expect(worker.snapshot.childRequests == 0)
        #expect(worker.status == .starting)
    }

    @Test("is the same for the next image of the parent")
    func adoption() throws {
        let scoreboard = try Scoreboard(serverLimit: 4, threadLimit: 2)
        scoreboard.child(3).add(5, to: .keptAlive)
        let descriptor = FileDescriptor(owning: dup(scoreboard.descriptor))
        let adopted = Scoreboard(adopting: descriptor)
        let copy = try #require(adopted)
        #expect(copy.serverLimit == 4)
        #expect(copy.child(3).count(.keptAlive) == 5)
    }

    @Test("tells how many workers are idle and busy")
    func census() throws {
        let scoreboard = try Scoreboard(serverLimit: 3, threadLimit: 4)
        let plan = ProcessingPlan(
            name: "worker", loops: 2, connectionsPerLoop: .one, blockingWork: .inline,
            startServers: 1, serverLimit: 3, threadLimit: 4, workersPerChild: 2,
            maxRequestWorkers: 6, maxConnectionsPerChild: 0)
        for slot in 0..<2 {
            scoreboard.child(slot).begin(generation: slot, now: 0)
            scoreboard.child(slot).pid = 100
            scoreboard.worker(0, ofChild: slot).status = .ready
            scoreboard.worker(1, ofChild: slot).status = .writing
        }
        let census = Census(scoreboard, plan, generation: 1)

        #expect(census.children == 2)
        #expect(census.activeChildren == 1)
        #expect(census.idleWorkers == 1)
        #expect(census.busyWorkers == 2)
        #expect(census.freeSlots == 1)
    }

    @Test("names the states by httpd's letters")
    func letters() {
        #expect(String(WorkerStatus.allCases.map(\.letter)) == ".S_RWKLDCGI")
    }
}
