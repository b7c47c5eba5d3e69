// SPDX-License-Identifier: Apache-2.0

@testable import Apus
import Testing

@Suite("What a restart hands on")
struct RestartStateTests {
    let state = RestartState(
        generation: 3, isGraceful: true, lifelineRead: 5, lifelineWrite: 6, scoreboard: 7,
        serverLimit: 16, threadLimit: 64,
        sockets: [
            RestartState.Socket(descriptor: 8, port: 80, protocolName: "http", address: "[::]:80")
        ],
        children: [RestartState.Child(pid: 100, slot: 0, generation: 2)],
        services: [
            RestartState.Service(
                name: "a b", state: ServiceState(bytes: [0, 10, 255], descriptors: [9, 10])),
            RestartState.Service(name: "", state: ServiceState(processes: [101, 102])),
        ])

    @Test("comes out as it went in")
    func roundTrip() {
        #expect(RestartState(text: state.text(pid: 42), pid: 42) == state)
    }

    @Test("is not taken from another process, nor when it is not whole")
    func refused() {
        let text = state.text(pid: 42)
        #expect(RestartState(text: text, pid: 43) == nil)
        #expect(RestartState(text: String(text.dropLast(3)), pid: 42) == nil)
        #expect(RestartState(text: "", pid: 42) == nil)
    }
}

@Suite("Children that do not end")
struct ReclaimScheduleTests {
    @Test("are told three times more, then killed, then left")
    func schedule() {
        var schedule = ReclaimSchedule()
        var actions: [Int: ReclaimSchedule.Action] = [:]
        for elapsed in 0...11 {
            while let action = schedule.next(after: .seconds(elapsed)) { actions[elapsed] = action }
        }
        #expect(
            actions == [
                0: .terminate(isFirst: true), 3: .terminate(isFirst: false),
                5: .terminate(isFirst: false), 7: .terminate(isFirst: false), 9: .kill,
                10: .giveUp,
            ])
    }
}
