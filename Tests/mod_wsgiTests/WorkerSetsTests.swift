// SPDX-License-Identifier: Apache-2.0

import Apus
import CWorkerProtocol
import Glibc
import Testing

@testable import mod_wsgi

@Suite("Sets of workers")
struct WorkerSetsTests {
    private func group(_ name: String, processes: Int = 2, threads: Int = 3) -> ProcessGroup {
        var group = ProcessGroup(name: name)
        group.processes = processes
        group.threads = threads
        return group
    }

    private func sets(spare: Int = 2) throws -> WorkerSets {
        let group = group("site")
        let name = SetName(processGroup: "site", applicationGroup: "")
        let specification = SetSpecification(
            name: name, group: group, scripts: [ScriptName(path: "/srv/app.wsgi")], host: 0,
            startsAtOnce: true)
        return try WorkerSets(
            [specification], groups: ["site": group, "other": self.group("other", processes: 4)],
            spareCount: spare)
    }

    @Test("are found by their names")
    func finding() throws {
        let sets = try sets()

        #expect(sets.find(SetName(processGroup: "site", applicationGroup: ""))?.index == 0)
        #expect(sets.find(SetName(processGroup: "site", applicationGroup: "x")) == nil)
        #expect(sets.find(SetName(processGroup: "", applicationGroup: "")) == nil)
    }

    @Test("get names while the server runs, as long as spare ones are left")
    func binding() throws {
        let sets = try sets()
        let first = SetName(processGroup: "other", applicationGroup: "größe|/app")

        let bound = try #require(sets.bind(first))

        #expect(bound.name == first)
        #expect(bound.group.processes == 4)
        #expect(sets.find(first)?.index == bound.index)
        #expect(sets.bind(first)?.index == bound.index)
        #expect(sets.bind(SetName(processGroup: "site", applicationGroup: "b")) != nil)
        #expect(sets.bind(SetName(processGroup: "site", applicationGroup: "c")) == nil)
        #expect(sets.bind(SetName(processGroup: "unknown", applicationGroup: "")) == nil)
    }

    @Test("hear what fronts want")
    func requests() throws {
        let sets = try sets()
        let name = SetName(processGroup: "site", applicationGroup: "")
        let script = ScriptName(path: "/srv/a b.wsgi", callable: "app")

        sets.requestBinding(name, script: script)
        sets.all[0].wantReload()
        sets.all[0].wantReload()

        #expect(sets.requests.next() == .start(name, script))
        #expect(sets.requests.next() == .reload(set: 0, nil))
        #expect(sets.requests.next() == nil)
        #expect(sets.all[0].serving.board.isReloadWanted)
    }

    @Test(
        "do not believe a message that makes no sense",
        arguments: [
            "", "start", "start\0a\0b\0relative\0c", "start\0a\0b\0/c\0", "reload\0-1\0\0",
            "reload\0x\0\0", "reload\01",
            "stop\0",
        ])
    func nonsense(_ text: String) {
        #expect(FrontRequests.Message(encoded: Array(text.utf8)) == nil)
    }

    @Test("have a queue that keeps messages apart")
    func queue() throws {
        let generation = try sets().all[0].serving
        let long = [UInt8](repeating: 7, count: Int(APUS_PACKET_LIMIT))

        unsafe #expect(send(generation.queue, long, long.count, 0) == long.count)
        unsafe #expect(send(generation.queue, [1, 2], 2, 0) == 2)

        var buffer = [UInt8](repeating: 0, count: Int(APUS_PACKET_LIMIT))
        unsafe #expect(recv(generation.queuePair.reading, &buffer, buffer.count, 0) == long.count)
        unsafe #expect(recv(generation.queuePair.reading, &buffer, buffer.count, 0) == 2)
    }
}

@Suite("The scoreboard of a generation")
struct WorkerBoardTests {
    @Test("is laid out as workers see it")
    func layout() throws {
        let board = try WorkerBoard(processes: 2, slots: 3)
        let memory = try SharedMemory(adopting: FileDescriptor(owning: dup(board.descriptor)))
        let raw = unsafe memory.address
        let c = unsafe raw.assumingMemoryBound(to: apus_scoreboard.self)
        let base = UnsafeRawPointer(raw)

        #expect(memory.size == Int(apus_scoreboard_size(2, 3)))
        #expect(unsafe c.pointee.process_limit == 2)
        #expect(unsafe c.pointee.slot_limit == 3)
        board.interface = .asgi
        board.addQueued(5)
        board.scriptTime = 77
        #expect(unsafe base.load(fromByteOffset: 12, as: UInt32.self) == 2)
        #expect(unsafe base.load(fromByteOffset: 16, as: Int32.self) == 5)
        #expect(unsafe base.load(fromByteOffset: 24, as: UInt64.self) == 77)

        let process = unsafe UnsafeMutableRawPointer(apus_process(c, 1))
        board.process(1).pid = 4711
        unsafe process.storeBytes(of: 99, toByteOffset: 40, as: UInt64.self)
        unsafe process.storeBytes(of: 2, toByteOffset: 0, as: UInt32.self)
        #expect(unsafe process.load(fromByteOffset: 4, as: UInt32.self) == 4711)
        #expect(board.process(1).heartbeat == 99)
        #expect(board.process(1).state == .ready)

        let slot = unsafe UnsafeMutableRawPointer(apus_slot(c, 1, 2))
        unsafe slot.storeBytes(of: 1 << 40, toByteOffset: 0, as: UInt64.self)
        unsafe slot.storeBytes(of: 12, toByteOffset: 32, as: UInt64.self)
        #expect(board.slot(2, of: 1).request == 1 << 40)
        #expect(board.slot(2, of: 1).busy == 12)
    }

    @Test("cannot be made smaller by a worker")
    func sealed() throws {
        let board = try WorkerBoard(processes: 1, slots: 1)

        #expect(ftruncate(board.descriptor, 0) == -1)
    }

    @Test("a process's line begins anew, and with another incarnation")
    func incarnation() throws {
        let line = try WorkerBoard(processes: 1, slots: 1).process(0)
        line.addOutstanding(3)
        let before = line.incarnation

        line.begin(now: 5)

        #expect(line.incarnation == before + 1)
        #expect(line.outstanding == 0)
        #expect(line.started == 5)
        #expect(line.state == .starting)
    }
}
