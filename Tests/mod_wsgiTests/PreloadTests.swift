// SPDX-License-Identifier: Apache-2.0

import Apus
import Glibc
import Testing

@testable import mod_wsgi

@Suite("The supervisor of a set that preloads")
struct PreloadTests {
    @Test("starts a template, and has it fork the workers once it is ready")
    func start() throws {
        let set = try SupervisedSet { $0.preload = true }

        set.supervisor.start()
        #expect(set.workplace.started.map(\.order.origin) == [.interpreterAsTemplate])

        set.sayReady(100)
        #expect(
            set.workplace.started.dropFirst().map(\.order.origin) == [
                .template(100), .template(100),
            ])
        #expect(set.workplace.started.dropFirst().map(\.order.place) == [0, 1])

        set.supervisor.forked(101, as: 7001)
        #expect(set.line(of: 101).pid == 7001)
        set.sayReady(7001, 102)
        #expect(set.supervisor.serving.readyCount == 2)
    }

    @Test("has a worker that ends forked again")
    func worker() throws {
        let set = try SupervisedSet { $0.preload = true }
        set.preload()

        set.end(101, .signaled(SIGKILL, dumpedCore: false))
        set.workplace.pass(2, set.supervisor)

        #expect(set.workplace.started.last?.order.origin == .template(100))
        #expect(set.pids == [100, 101, 102, 103])
    }

    @Test("starts a template anew that ends, and lets the workers be")
    func template() throws {
        let set = try SupervisedSet { $0.preload = true }
        set.preload()

        set.end(100, .signaled(SIGKILL, dumpedCore: false))
        #expect(set.workplace.lines.contains { $0.contains("Template of") })
        set.workplace.pass(2, set.supervisor)
        #expect(set.pids == [100, 101, 102, 103])
        #expect(set.supervisor.serving.readyCount == 2)

        set.supervisor.ended(101, nil)
        set.workplace.pass(2, set.supervisor)
        #expect(set.pids == [100, 101, 102, 103])
        set.sayReady(103)
        #expect(set.workplace.started.last?.order.origin == .template(103))
    }

    @Test("waits longer and longer where the application cannot be imported")
    func failure() throws {
        let set = try SupervisedSet { $0.preload = true }
        set.supervisor.start()

        for _ in 0..<60 {
            for pid in set.pids where set.supervisor.team(of: pid) != nil {
                set.end(pid, .exited(status: 1))
            }
            set.workplace.pass(1, set.supervisor)
        }

        #expect((3...10).contains(set.pids.count))
        #expect(set.row.state == .failed)
    }

    @Test("ends a template that is not ready in time")
    func late() throws {
        let set = try SupervisedSet {
            $0.preload = true
            $0.startupTimeout = .seconds(5)
        }
        set.supervisor.start()

        set.workplace.pass(9, set.supervisor)

        #expect(set.workplace.signals.contains { $0.pid == 100 && $0.signal == .kill })
    }

    @Test("reloads with a template of its own, and ends the old one after its workers")
    func reload() throws {
        let set = try SupervisedSet { $0.preload = true }
        set.preload()
        var result: ReloadResult?

        set.supervisor.beginReload { result = $0 }
        #expect(set.workplace.started.last?.order.origin == .interpreterAsTemplate)
        set.sayReady(103)
        set.sayReady(104, 105)
        #expect(result == .done)

        set.workplace.pass(2, set.supervisor)
        #expect(!set.workplace.signals.contains { $0.pid == 100 })
        set.end(101)
        set.end(102)
        #expect(set.workplace.signals.contains { $0.pid == 100 && $0.signal == .terminate })
        set.end(100, .signaled(SIGTERM, dumpedCore: false))
        set.workplace.pass(2, set.supervisor)
        #expect(set.pids == [100, 101, 102, 103, 104, 105])
    }

    @Test("goes on when the new template cannot import the application")
    func failedReload() throws {
        let set = try SupervisedSet { $0.preload = true }
        set.preload()
        var result: ReloadResult?

        set.supervisor.beginReload { result = $0 }
        set.supervisor.received(
            ControlMessage("failed", ["script": "/srv/app.wsgi", "traceback": "ValueError"]),
            from: 103)
        set.end(103, .exited(status: 1))

        #expect(result == .failed("ValueError"))
        #expect(set.supervisor.serving.readyCount == 2)
        set.workplace.pass(5, set.supervisor)
        #expect(set.pids == [100, 101, 102, 103])
    }

    @Test("stops the workers first, and the template after them")
    func stop() throws {
        let set = try SupervisedSet { $0.preload = true }
        set.preload()

        set.supervisor.stopAll(graceful: false)
        #expect(!set.workplace.signals.contains { $0.pid == 100 })
        set.end(101)
        set.end(102)

        #expect(set.workplace.signals.contains { $0.pid == 100 && $0.signal == .terminate })
    }
}

extension SupervisedSet {
    fileprivate func sayReady(_ pids: Int32...) {
        for pid in pids {
            supervisor.received(ControlMessage("ready", ["interface": "wsgi"]), from: pid)
        }
    }

    /// Starts it, with the template 100 and its workers 101 and 102.
    fileprivate func preload() {
        supervisor.start()
        sayReady(100)
        sayReady(101, 102)
        workplace.pass(2, supervisor)
    }
}
