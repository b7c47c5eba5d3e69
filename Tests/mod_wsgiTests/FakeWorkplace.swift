// SPDX-License-Identifier: Apache-2.0

import Apus

@testable import mod_wsgi

/// A workplace without processes, whose time the test decides.
final class FakeWorkplace: Workplace {
    struct Started {
        let pid: Int32
        let order: WorkerOrder
    }

    var now: Int64 = 1_000_000_000
    var time: UInt64 = 1_700_000_000_000_000
    var started: [Started] = []
    var sent: [(pid: Int32, message: ControlMessage)] = []
    var signals: [(pid: Int32, signal: WorkerSignal)] = []
    var lines: [String] = []
    var errors: [String] = []
    var moves: [(from: Int, to: Int?)] = []
    var doors: [(generation: Int, place: Int)] = []
    var scriptTimes: [String: UInt64] = [:]
    var memories: [Int32: UInt64] = [:]
    /// What the kernel's counter says.
    var outOfMemoryKills: UInt64 = 3
    var startFails = false
    var questions: [(path: String, answer: (Int?) -> Void)] = []
    private var memoryKills = MemoryKills(3)
    private var timers: [(time: Int64, action: () -> Void)] = []

    func start(
        _ order: WorkerOrder, for supervisor: SetSupervisor
    ) throws(WorkplaceError) -> Int32 {
        if startFails { throw WorkplaceError(text: "no such interpreter") }
        let pid = Int32(100 + started.count)
        started.append(Started(pid: pid, order: order))
        return pid
    }

    func send(_ message: ControlMessage, to pid: Int32) { sent.append((pid, message)) }
    func signal(_ pid: Int32, _ signal: WorkerSignal) { signals.append((pid, signal)) }

    func schedule(after delay: Duration, _ action: @escaping () -> Void) {
        timers.append((now + delay.nanoseconds, action))
    }

    func recentMemoryKills() -> UInt64 { memoryKills.recent(of: outOfMemoryKills, now: now) }
    func memory(of pid: Int32) -> UInt64? { memories[pid] }
    func modificationTime(of path: String) -> UInt64? { scriptTimes[path] }

    func ask(
        _ generation: Generation, _ script: ScriptName?, path: String,
        _ answered: @escaping (Int?) -> Void
    ) {
        questions.append((path, answered))
    }

    func movePackets(from old: Generation, to new: Generation?) -> Int {
        moves.append((old.index, new?.index))
        return 0
    }

    func clearDoor(of generation: Generation, _ place: Int) {
        doors.append((generation.index, place))
    }

    func log(_ level: LogLevel, _ text: String, error: SystemError?, host: Int) {
        lines.append(text)
        if level == .error { errors.append(text) }
    }

    // MARK: What the test does

    /// Lets time go by, second by second, with all that becomes due.
    func pass(_ seconds: Int, _ supervisor: SetSupervisor) {
        for _ in 0..<seconds * 4 {
            now += 250_000_000
            time += 250_000
            let due = timers.filter { $0.time <= now }
            timers.removeAll { $0.time <= now }
            for timer in due { timer.action() }
            if now / 1_000_000_000 != (now - 250_000_000) / 1_000_000_000 { supervisor.look() }
        }
    }

    func messages(_ verb: String, to pid: Int32) -> [ControlMessage] {
        sent.filter { $0.pid == pid && $0.message.verb == verb }.map(\.message)
    }
}

/// A set with its supervisor, and what workers would do.
final class SupervisedSet {
    let workplace = FakeWorkplace()
    let sets: WorkerSets
    /// Mappings of scoreboards as a worker has them.
    var kept: [Kept] = []
    let supervisor: SetSupervisor

    init(_ change: (inout ProcessGroup) -> Void = { _ in }) throws {
        var group = ProcessGroup(name: "site")
        group.processes = 2
        group.threads = 2
        change(&group)
        let name = SetName(processGroup: "site", applicationGroup: "")
        let script = ScriptName(path: "/srv/app.wsgi")
        workplace.scriptTimes["/srv/app.wsgi"] = 5
        sets = try WorkerSets(
            [
                SetSpecification(
                    name: name, group: group, scripts: [script], host: 0, startsAtOnce: true)
            ], groups: ["site": group], spareCount: 0)
        supervisor = SetSupervisor(
            sets.all[0], group: group, scripts: [script], host: 0, workplace: workplace)
    }

    var row: SetRow { sets.all[0].row }
    var pids: [Int32] { workplace.started.map(\.pid) }

    func board(of pid: Int32) -> WorkerBoard {
        workplace.started[Int(pid) - 100].order.generation.board
    }

    func line(of pid: Int32) -> ProcessLine {
        board(of: pid).process(workplace.started[Int(pid) - 100].order.place)
    }

    func ready(_ pids: Int32...) {
        for pid in pids {
            line(of: pid).state = .ready
            supervisor.received(ControlMessage("ready", ["interface": "wsgi"]), from: pid)
        }
    }

    func end(_ pid: Int32, _ exit: ChildExit = .exited(status: 0)) { supervisor.ended(pid, exit) }

    /// Starts it, with both processes ready.
    func serve() {
        supervisor.start()
        ready(100, 101)
    }
}

/// A mapping that stays for as long as the test.
final class Kept {
    let memory: SharedMemory
    init(_ memory: consuming SharedMemory) { self.memory = memory }
}
