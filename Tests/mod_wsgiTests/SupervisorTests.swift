// SPDX-License-Identifier: Apache-2.0

import Apus
import CWorkerProtocol
import Glibc
import Testing

@testable import mod_wsgi

@Suite("The supervisor of a set")
struct SupervisorTests {
    @Test("starts as many workers as the group has, in places of their own")
    func start() throws {
        let set = try SupervisedSet()

        set.supervisor.start()

        #expect(set.pids == [100, 101])
        #expect(Set(set.workplace.started.map(\.order.place)).count == 2)
        #expect(set.line(of: 100).state == .starting)
        #expect(set.line(of: 100).pid == 100)
    }

    @Test("replaces a worker that crashes, and says which requests it had")
    func crash() throws {
        let set = try SupervisedSet()
        set.serve()
        set.workplace.pass(5, set.supervisor)
        set.hold(0xAB, in: 1, of: 100)

        set.end(100, .signaled(SIGSEGV, dumpedCore: true))

        #expect(set.pids == [100, 101, 102])
        #expect(
            set.workplace.lines.contains {
                $0.contains(
                    "signal 11 (Segmentation fault), core dumped; it held the requests name-ab")
            })
        #expect(set.row.ended(EndCause.crash.rawValue) == 1)
        // The front looks there for what happened to its request.
        #expect(set.board(of: 100).slot(1, of: 0).request == 0xAB)
    }

    @Test("waits longer and longer where workers end at once")
    func backOff() throws {
        let set = try SupervisedSet { $0.processes = 1 }
        set.supervisor.start()

        var counts: [Int] = []
        for _ in 0..<60 {
            // Whoever is there ends within a second.
            for pid in set.pids where set.supervisor.team(of: pid) != nil {
                set.end(pid, .exited(status: 1))
            }
            set.workplace.pass(1, set.supervisor)
            counts.append(set.pids.count)
        }

        #expect(counts[4] >= 3)
        #expect(counts[59] <= 10)
        #expect(set.row.state == .failed)
    }

    @Test("does not let requests wait for longer than a second or two")
    func waitedFor() throws {
        let set = try SupervisedSet { $0.processes = 1 }
        /// How many are started in half a minute, each of which ends within a second.
        func countStarts() -> Int {
            let before = set.pids.count
            for _ in 0..<30 {
                for pid in set.pids where set.supervisor.team(of: pid) != nil { set.end(pid) }
                set.workplace.pass(1, set.supervisor)
            }
            return set.pids.count - before
        }
        set.supervisor.start()
        _ = countStarts()
        #expect(countStarts() <= 2)

        set.sets.all[0].serving.board.addQueued(1)

        #expect(countStarts() >= 10)
    }

    @Test("says so when no worker can be started, and tries again")
    func noInterpreter() throws {
        let set = try SupervisedSet()
        set.workplace.startFails = true
        set.supervisor.start()

        #expect(set.row.state == .failed)
        #expect(set.workplace.lines.contains { $0.contains("no such interpreter") })

        set.workplace.startFails = false
        set.workplace.pass(2, set.supervisor)

        #expect(set.pids.count == 2)
    }

    @Test("replaces one worker at a time, the new one first")
    func recycling() throws {
        let set = try SupervisedSet()
        set.serve()

        set.supervisor.received(ControlMessage("retire", ["cause": "maximum-requests"]), from: 100)
        set.supervisor.received(ControlMessage("retire", ["cause": "maximum-requests"]), from: 101)

        #expect(set.pids == [100, 101, 102])
        #expect(set.workplace.messages("stop", to: 100).isEmpty)
        set.ready(102)
        #expect(set.workplace.messages("stop", to: 100).map { $0["cause"] } == ["maximum-requests"])
        #expect(set.workplace.messages("stop", to: 101).isEmpty)
        set.end(100)
        // Now it is the other one's turn.
        #expect(set.pids.count == 4)
        set.ready(103)
        #expect(set.workplace.messages("stop", to: 101).count == 1)
        #expect(set.row.ended(EndCause.maximumRequests.rawValue) == 1)
    }

    @Test("replaces a worker that asks for it before it says that it is ready")
    func earlyRetirement() throws {
        let set = try SupervisedSet()
        set.supervisor.start()
        set.supervisor.received(ControlMessage("retire", ["cause": "maximum-requests"]), from: 100)
        #expect(set.pids.count == 2)

        set.ready(100, 101)

        #expect(set.pids.count == 3)
    }

    @Test("kills a worker that does not leave")
    func stubborn() throws {
        let set = try SupervisedSet { $0.gracefulTimeout = .seconds(3) }
        set.serve()
        set.supervisor.received(ControlMessage("retire", ["cause": "x"]), from: 100)
        set.ready(102)

        set.workplace.pass(7, set.supervisor)
        #expect(set.workplace.signals.isEmpty)
        set.workplace.pass(4, set.supervisor)

        #expect(set.workplace.signals.map(\.pid) == [100])
        #expect(set.workplace.signals.map(\.signal) == [.kill])
    }

    @Test("recycles a worker with a request that takes too long, and tells where it is")
    func requestTimeout() throws {
        let set = try SupervisedSet { $0.requestTimeout = .seconds(10) }
        set.serve()
        set.hold(0xAB, in: 0, of: 100)
        set.hold(0xCD, in: 1, of: 100, started: set.workplace.time + 9_000_000)

        set.workplace.pass(9, set.supervisor)
        #expect(set.pids.count == 2)
        set.workplace.pass(2, set.supervisor)

        let dump = try #require(set.workplace.messages("dump", to: 100).first)
        #expect(dump["request"] == "ab")
        set.supervisor.received(
            ControlMessage(
                "dumped", ["request": "ab", "name": "name-ab", "stack": "File x\nFile y"]),
            from: 100)
        #expect(set.workplace.lines.contains { $0.contains("request=name-ab): Request in") })
        #expect(set.workplace.lines.contains { $0.hasSuffix("request=name-ab): File y") })
        #expect(set.pids == [100, 101, 102])
        set.ready(102)
        #expect(set.workplace.messages("stop", to: 100).count == 1)
        // Its other request may end.
        set.workplace.pass(2, set.supervisor)
        #expect(set.workplace.messages("stop", to: 100).count == 1)
        set.hold(0, in: 1, of: 100)
        set.workplace.pass(1, set.supervisor)
        #expect(set.workplace.messages("stop", to: 100).last?["graceful-timeout"] == "0.0")
        set.workplace.pass(8, set.supervisor)
        #expect(set.workplace.signals.map(\.pid) == [100])
        #expect(set.workplace.messages("dump", to: 101).isEmpty)
    }

    @Test("has the stacks told without the interpreter where that does not answer")
    func unanswered() throws {
        let set = try SupervisedSet { $0.requestTimeout = .seconds(10) }
        set.serve()
        set.hold(0xAB, in: 0, of: 100)

        set.workplace.pass(13, set.supervisor)

        #expect(set.workplace.messages("dump", to: 100).count == 1)
        #expect(set.workplace.signals.map(\.signal) == [.dump])
    }

    @Test("keeps a worker whose late request could be interrupted")
    func interrupted() throws {
        let set = try SupervisedSet {
            $0.requestTimeout = .seconds(10)
            $0.interruptTimeout = .seconds(5)
        }
        set.serve()
        set.hold(0xAB, in: 0, of: 100)
        set.hold(0xCD, in: 0, of: 101)

        set.workplace.pass(12, set.supervisor)
        #expect(set.workplace.messages("interrupt", to: 100).map { $0["request"] } == ["ab"])
        set.hold(0, in: 0, of: 100)
        set.workplace.pass(3, set.supervisor)
        #expect(set.pids.count == 2)

        // The other one does not end.
        set.workplace.pass(5, set.supervisor)
        #expect(set.pids.count == 3)
        set.ready(102)
        #expect(set.workplace.messages("stop", to: 100).isEmpty)
        #expect(
            set.workplace.messages("stop", to: 101).map { $0["cause"] } == ["request-timeout"])
    }

    @Test("gives a worker with a late request the time that its others may take")
    func patience() throws {
        let set = try SupervisedSet {
            $0.requestTimeout = .seconds(60)
            $0.evictionTimeout = .seconds(7)
        }
        #expect(set.supervisor.patience(for: .requestTimeout) == .seconds(61))
        #expect(set.supervisor.patience(for: .eviction) == .seconds(7))
        #expect(set.supervisor.patience(for: .maximumRequests) == .seconds(15))
    }

    @Test("ends a worker whose interpreter does nothing, with its stacks told")
    func deadlock() throws {
        let set = try SupervisedSet { $0.deadlockTimeout = .seconds(5) }
        set.serve()

        for _ in 0..<8 {
            set.beat(101)
            set.workplace.pass(1, set.supervisor)
        }

        #expect(set.workplace.signals.map(\.pid) == [100, 100])
        #expect(set.workplace.signals.map(\.signal) == [.dump, .kill])
        set.end(100, .signaled(SIGKILL, dumpedCore: false))
        #expect(set.row.ended(EndCause.deadlock.rawValue) == 1)
        #expect(set.pids.count == 3)
    }

    @Test(
        "replaces an ASGI worker whose interpreter does nothing for longer than a request may take")
    func heldUp() throws {
        let set = try SupervisedSet {
            $0.interface = .asgi
            $0.requestTimeout = .seconds(5)
        }
        set.serve()
        // One that has nothing to do may do nothing; one that beats does something.
        set.line(of: 101).addOutstanding(1)
        for _ in 0..<10 {
            set.beat(101)
            set.workplace.pass(1, set.supervisor)
        }
        #expect(set.pids.count == 2)

        set.line(of: 100).addOutstanding(1)
        set.workplace.pass(2, set.supervisor)
        // The front has answered 504.
        set.line(of: 100).addOutstanding(-1)
        for _ in 0..<10 {
            set.beat(101)
            set.workplace.pass(1, set.supervisor)
        }

        #expect(set.workplace.signals.map(\.pid) == [100])
        #expect(set.workplace.signals.map(\.signal) == [.dump])
        #expect(set.workplace.errors.count { $0.contains("has been held up") } == 1)
        #expect(set.pids.count == 3)
        set.ready(102)
        #expect(set.workplace.messages("stop", to: 100).count == 1)
        #expect(set.workplace.messages("stop", to: 101).isEmpty)
    }

    @Test("ends a worker that takes too long to start")
    func startupTimeout() throws {
        let set = try SupervisedSet { $0.startupTimeout = .seconds(5) }
        set.supervisor.start()
        set.ready(101)

        set.workplace.pass(8, set.supervisor)

        #expect(set.workplace.signals.map(\.pid) == [100, 100])
    }

    @Test("replaces workers after restart-interval, inactivity-timeout and pss-limit")
    func otherCauses() throws {
        let old = try SupervisedSet { $0.restartInterval = .seconds(5) }
        old.serve()
        old.workplace.pass(7, old.supervisor)
        #expect(old.pids.count == 3)

        let large = try SupervisedSet { $0.pssLimit = 1000 }
        large.serve()
        large.workplace.memories = [100: 1001, 101: 999]
        large.workplace.pass(12, large.supervisor)
        #expect(large.pids.count == 3)
        #expect(large.row.memory == 2000)
        large.ready(102)
        #expect(large.workplace.messages("stop", to: 100).map { $0["cause"] } == ["memory-limit"])

        let idle = try SupervisedSet { $0.inactivityTimeout = .seconds(5) }
        idle.serve()
        idle.workplace.pass(10, idle.supervisor)
        #expect(idle.pids.count == 2)
        idle.noteRequest(of: 100)
        idle.workplace.pass(7, idle.supervisor)
        #expect(idle.pids.count == 3)
    }

    @Test("lets workers serve a different number of requests each, with a jitter")
    func jitter() throws {
        let set = try SupervisedSet {
            $0.processes = 40
            $0.maximumRequests = 1000
            $0.maximumRequestsJitter = 500
        }
        set.supervisor.start()

        let limits = set.workplace.started.map(\.order.maximumRequests)
        #expect(limits.allSatisfy { (1000...1500).contains($0) })
        #expect(Set(limits).count > 1)
    }

    @Test("clears the door of a worker that ended, at once and once more")
    func door() throws {
        let set = try SupervisedSet()
        set.serve()
        let place = set.workplace.started[0].order.place

        set.end(100)

        #expect(set.workplace.doors.map(\.place) == [place])
        set.workplace.pass(1, set.supervisor)
        #expect(set.workplace.doors.map(\.place) == [place, place])
    }

    @Test("tells of the kernel's killer")
    func outOfMemory() throws {
        let killed = ChildExit.signaled(SIGKILL, dumpedCore: false)
        let set = try SupervisedSet()
        set.serve()
        set.workplace.pass(5, set.supervisor)
        set.end(100, killed)
        #expect(!set.workplace.lines.contains { $0.contains("want of memory") })

        // Both that it has killed are told of.
        set.workplace.outOfMemoryKills = 5
        set.ready(102)
        for pid: Int32 in [101, 102] { set.end(pid, killed) }
        let told = set.workplace.lines.filter {
            $0.contains("the kernel killed 2 for want of memory")
        }
        #expect(told.map { $0.contains("pid=101") } == [true, false])

        // What it killed a while ago was somebody else.
        set.workplace.pass(7, set.supervisor)
        for pid in set.pids where set.supervisor.team(of: pid) != nil { set.end(pid, killed) }
        #expect(set.workplace.lines.count { $0.contains("want of memory") } == 2)
    }

    @Test("calls it a crash, and an error, where a worker that is to be replaced ends by itself")
    func crashBeforeReplacement() throws {
        let set = try SupervisedSet()
        set.serve()
        let retire = ControlMessage("retire", ["cause": "maximum-requests"])
        set.supervisor.received(retire, from: 100)

        set.end(100, .signaled(SIGSEGV, dumpedCore: false))

        #expect(set.row.ended(EndCause.crash.rawValue) == 1)
        #expect(set.row.ended(EndCause.maximumRequests.rawValue) == 0)
        #expect(set.workplace.errors.contains { $0.hasSuffix("signal 11 (Segmentation fault)") })
        set.ready(102)

        // One that was told to leave has left for that; but its fault is not passed over.
        set.supervisor.received(retire, from: 101)
        set.ready(103)
        #expect(set.workplace.messages("stop", to: 101).count == 1)
        set.end(101, .signaled(SIGSEGV, dumpedCore: false))
        #expect(set.row.ended(EndCause.maximumRequests.rawValue) == 1)
        #expect(set.workplace.errors.contains { $0.hasSuffix("for maximum-requests") })

        // As it should be.
        let count = set.workplace.errors.count
        set.supervisor.received(retire, from: 102)
        set.ready(104)
        set.end(102)
        #expect(set.row.ended(EndCause.maximumRequests.rawValue) == 2)
        #expect(set.workplace.errors.count == count)
    }

    @Test("ends a worker in a deadlock even if it is to be replaced, and there is no other")
    func deadlockBeforeReplacement() throws {
        let set = try SupervisedSet {
            $0.processes = 1
            $0.deadlockTimeout = .seconds(5)
        }
        set.supervisor.start()
        set.ready(100)
        set.supervisor.received(ControlMessage("retire", ["cause": "eviction"]), from: 100)
        #expect(set.pids == [100, 101])

        set.workplace.pass(9, set.supervisor)

        #expect(set.workplace.signals.map(\.pid) == [100, 100])
        #expect(set.workplace.signals.map(\.signal) == [.dump, .kill])
        set.end(100, .signaled(SIGKILL, dumpedCore: false))
        #expect(set.row.ended(EndCause.deadlock.rawValue) == 1)
    }

    @Test("ends all workers with the server, and starts no more")
    func stop() throws {
        let set = try SupervisedSet()
        set.serve()

        set.supervisor.stopAll(graceful: false)
        set.end(100)
        set.end(101)
        set.workplace.pass(5, set.supervisor)

        #expect(set.workplace.messages("stop", to: 100).count == 1)
        #expect(set.pids.count == 2)
        #expect(set.supervisor.isEmpty)
    }
}

extension SupervisedSet {
    private func slot(_ index: Int, of pid: Int32) -> UnsafeMutableRawPointer {
        let board = board(of: pid)
        let memory = try! SharedMemory(adopting: FileDescriptor(owning: dup(board.descriptor)))
        let place = workplace.started[Int(pid) - 100].order.place
        let header = unsafe memory.address.assumingMemoryBound(to: apus_scoreboard.self)
        let offset =
            unsafe UnsafeRawPointer(apus_slot(header, UInt32(place), UInt32(index)))
            - UnsafeRawPointer(memory.address)
        kept.append(Kept(memory))
        return unsafe kept.last!.memory.address + offset
    }

    func hold(_ request: UInt64, in slot: Int, of pid: Int32, started: UInt64? = nil) {
        let line = unsafe self.slot(slot, of: pid)
        let name = "name-\(String(request, radix: 16))"
        unsafe apus_hold(
            line.assumingMemoryBound(to: apus_slot_line.self), request, name,
            UInt64(name.utf8.count))
        unsafe line.storeBytes(of: started ?? workplace.time, toByteOffset: 8, as: UInt64.self)
    }

    private func process(_ pid: Int32) -> UnsafeMutableRawPointer {
        // The slots of a process come after all processes.
        let board = board(of: pid)
        let place = workplace.started[Int(pid) - 100].order.place
        return unsafe slot(0, of: pid)
            - 64 * (board.processLimit + 2 * place * board.slotLimit - place)
    }

    func beat(_ pid: Int32) {
        let line = unsafe process(pid)
        let count = unsafe line.load(fromByteOffset: 40, as: UInt64.self)
        unsafe line.storeBytes(of: count + 1, toByteOffset: 40, as: UInt64.self)
    }

    func noteRequest(of pid: Int32) {
        unsafe process(pid).storeBytes(of: workplace.time, toByteOffset: 32, as: UInt64.self)
    }
}
