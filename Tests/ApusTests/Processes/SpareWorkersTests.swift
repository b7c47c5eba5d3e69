// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@Suite("Spare workers")
struct SpareWorkersTests {
    let plan = ProcessingPlan(
        name: "event", loops: 1, connectionsPerLoop: .many, blockingWork: .workerThreads(25),
        startServers: 3, serverLimit: 16, threadLimit: 64, workersPerChild: 25,
        maxRequestWorkers: 400, maxConnectionsPerChild: 0, connectionsPerIdleWorker: 2)

    var spare: SpareWorkers {
        SpareWorkers(
            minimum: 75, maximum: 250, plan: plan,
            wording: SpareWorkers.Wording(
                limitReached: "AH00484: reached", limitNear: "AH10159: near",
                scoreboardFull: "AH03490: full", busy: "AH00486: spawning %spawning, %idle idle"))
    }

    func census(idle: Int, active: Int, children: Int? = nil, free: Int? = nil) -> Census {
        var census = Census()
        census.idleWorkers = idle
        census.activeChildren = active
        census.children = children ?? active
        census.freeSlots = free ?? 16 - census.children
        return census
    }

    @Test("are started at a rate that doubles each second, up to the limit")
    func ramp() {
        var memory = SpareMemory()
        var started: [SpareDecision] = []
        var active = 1
        while active < 16 {
            let decision = spare.decide(census(idle: 0, active: active), &memory).decision
            started.append(decision)
            guard case .start(let count) = decision else { break }
            active += count
        }
        #expect(started == [.start(1), .start(2), .start(4), .start(8)])
        #expect(active == 16)
    }

    @Test("are not started any faster than 32 a second")
    func fastest() {
        var memory = SpareMemory()
        memory.spawnRate = 32
        _ = spare.decide(census(idle: 0, active: 1), &memory)
        #expect(memory.spawnRate == 32)
    }

    @Test("keep to their number while there are enough", arguments: [75, 100, 250])
    func enough(idle: Int) {
        var memory = SpareMemory()
        memory.spawnRate = 8
        #expect(spare.decide(census(idle: idle, active: 8), &memory).decision == .nothing)
        #expect(memory.spawnRate == 1)
    }

    @Test("are retired one child at a time, while no other is finishing")
    func retire() {
        var memory = SpareMemory()
        #expect(spare.decide(census(idle: 251, active: 12), &memory).decision == .retireOne)
        let finishing = census(idle: 251, active: 12, children: 13)
        #expect(spare.decide(finishing, &memory).decision == .nothing)
    }

    @Test("that reach the limit are told of once")
    func limit() {
        var memory = SpareMemory()
        let full = census(idle: 0, active: 16)
        #expect(spare.decide(full, &memory).messages.map(\.text) == ["AH00484: reached"])
        #expect(spare.decide(full, &memory).messages.isEmpty)
        let near = census(idle: 10, active: 16)
        #expect(spare.decide(near, &memory).messages.map(\.text) == ["AH10159: near"])
    }

    @Test("find no room while old children have all the rows")
    func scoreboardFull() {
        var memory = SpareMemory()
        let full = census(idle: 0, active: 4, children: 16)
        let (decision, messages) = spare.decide(full, &memory)
        #expect(decision == .nothing)
        #expect(messages.map(\.text) == ["AH03490: full"])
    }

    @Test("do not multiply just after a restart")
    func holdOff() {
        var memory = SpareMemory()
        memory.holdOff = 2
        for _ in 0..<2 { _ = spare.decide(census(idle: 0, active: 1), &memory) }
        #expect(memory.spawnRate == 1)
        _ = spare.decide(census(idle: 0, active: 1), &memory)
        #expect(memory.spawnRate == 2)
    }

    @Test("say so when many are started")
    func busy() {
        var memory = SpareMemory()
        memory.spawnRate = 8
        let messages = spare.decide(census(idle: 3, active: 2), &memory).messages
        #expect(messages.map(\.text) == ["AH00486: spawning 8, 3 idle"])
    }

    @Test(
        "allow a child more connections, by AsyncRequestWorkerFactor",
        arguments: [(74, 25, true), (75, 25, false), (24, 0, true), (25, 0, false)])
    func acceptance(connections: Int, idle: Int, expected: Bool) {
        #expect(plan.accepts(connections: connections, idleWorkers: idle) == expected)
    }
}
