// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_wsgi

@Suite("A reload")
struct ReloadTests {
    @Test("lets the new workers take over when all of them are ready")
    func takesOver() throws {
        let set = try SupervisedSet()
        set.serve()
        var result: ReloadResult?

        set.supervisor.beginReload { result = $0 }

        #expect(set.pids == [100, 101, 102, 103])
        set.ready(102)
        #expect(set.row.serving == 0)
        #expect(result == nil)
        set.ready(103)
        #expect(set.row.serving == 1)
        #expect(result == .done)
        // A front that has just read the index may still send to the old ones.
        #expect(set.workplace.messages("stop", to: 100).isEmpty)
        set.workplace.pass(1, set.supervisor)
        #expect(set.workplace.messages("stop", to: 100).map { $0["cause"] } == ["reload"])
        set.end(100)
        set.end(101)
        #expect(set.pids.count == 4)
        #expect(set.workplace.moves.last?.from == 0)
        #expect(set.workplace.moves.last?.to == 1)
    }

    @Test("tells of scripts that could not be loaded before either, and of no others' loss")
    func partly() throws {
        let set = try SupervisedSet()
        let bad = "/srv/bad.wsgi"
        set.supervisor.add(ScriptName(path: bad))
        let failure = ControlMessage("failed", ["script": bad, "traceback": "NameError: x"])
        set.supervisor.start()
        let orders = { set.workplace.started.map(\.order.tolerated) }
        // The first workers serve what there is.
        #expect(orders() == [["/srv/app.wsgi", bad], ["/srv/app.wsgi", bad]])
        for pid in set.pids { set.supervisor.received(failure, from: pid) }
        set.ready(100, 101)
        #expect(set.supervisor.failedScripts == [bad])

        var result: ReloadResult?
        set.supervisor.beginReload { result = $0 }
        #expect(orders().dropFirst(2) == [[bad], [bad]])
        for pid: Int32 in [102, 103] { set.supervisor.received(failure, from: pid) }
        set.ready(102, 103)
        #expect(result == .partly("NameError: x"))
        set.workplace.pass(1, set.supervisor)
        set.end(100)
        set.end(101)

        set.supervisor.beginReload { result = $0 }
        set.ready(104, 105)
        #expect(result == .done)
        #expect(set.supervisor.failedScripts.isEmpty)
        // What has served is not to be lost to a worker that takes another one's place.
        set.end(104, .signaled(9, dumpedCore: false))
        set.workplace.pass(2, set.supervisor)
        #expect(orders().last == [])
        // What only a request has asked for, and never worked, stands in nobody's way.
        set.supervisor.wantReload(of: ScriptName(path: "/srv/new.wsgi"))
        let newcomer = try #require(set.pids.last)
        set.supervisor.received(
            ControlMessage("failed", ["script": "/srv/new.wsgi", "traceback": "x"]), from: newcomer)
        set.end(newcomer, .exited(status: 1))
        #expect(set.supervisor.failedScripts == ["/srv/new.wsgi"])
    }

    @Test("that fails leaves the old workers, and hands on the traceback")
    func fails() throws {
        let set = try SupervisedSet()
        set.serve()
        var result: ReloadResult?
        set.workplace.scriptTimes["/srv/app.wsgi"] = 9
        set.sets.all[0].wantReload()

        set.supervisor.beginReload { result = $0 }
        set.supervisor.received(
            ControlMessage("failed", ["script": "/srv/app.wsgi", "traceback": "NameError: x"]),
            from: 102)
        set.end(102, .exited(status: 1))

        #expect(result == .failed("NameError: x"))
        #expect(set.row.serving == 0)
        #expect(set.row.failedReloads == 1)
        // Until the script changes once more, no front asks again.
        let board = set.sets.all[0].serving.board
        #expect(!board.isReloadWanted)
        #expect(board.scriptTime == 9)
        set.end(103)
        set.workplace.pass(5, set.supervisor)
        #expect(set.pids.count == 4)
        #expect(set.workplace.messages("stop", to: 100).isEmpty)
    }

    @Test("asks the readiness path first")
    func readiness() throws {
        let set = try SupervisedSet { $0.readinessPath = "/health" }
        set.serve()
        var results: [ReloadResult] = []
        set.supervisor.beginReload { results.append($0) }
        set.ready(102, 103)

        #expect(set.row.serving == 0)
        #expect(set.workplace.questions.map(\.path) == ["/health"])
        set.workplace.questions[0].answer(503)
        #expect(results == [.failed("The readiness path /health gave the status 503.")])
        set.end(102)
        set.end(103)

        set.supervisor.beginReload { results.append($0) }
        set.ready(104, 105)
        set.workplace.questions[1].answer(200)
        #expect(results.last == .done)
        #expect(set.row.serving == 1)
    }

    @Test("that is asked for during another one comes after it")
    func oneAfterAnother() throws {
        let set = try SupervisedSet()
        set.serve()
        var done = 0
        set.supervisor.beginReload { _ in done += 1 }
        set.supervisor.beginReload { _ in done += 1 }
        set.ready(102, 103)

        #expect(done == 1)
        set.workplace.pass(1, set.supervisor)
        set.end(100)
        set.end(101)
        #expect(set.pids.count == 6)
        set.ready(104, 105)
        #expect(done == 2)
        #expect(set.row.serving == 0)
    }

    @Test("of a set without workers starts them")
    func ofNothing() throws {
        let set = try SupervisedSet()
        var result: ReloadResult?

        set.supervisor.beginReload { result = $0 }
        #expect(set.pids == [100, 101])
        set.ready(100)

        #expect(result == .done)
        #expect(set.row.serving == 0)
    }

    @Test("changes the identity of the generation that starts, and of no other")
    func identity() throws {
        let set = try SupervisedSet()
        set.serve()
        let before = (0..<2).map { set.row.identity(of: $0) }

        set.supervisor.beginReload { _ in }

        #expect(set.row.identity(of: 0) == before[0])
        #expect(set.row.identity(of: 1) == before[1] + 1)
    }

    @Test("of a script that only requests name is not asked for again and again")
    func unknownScript() throws {
        let set = try SupervisedSet()
        set.serve()
        set.sets.all[0].wantReload()

        set.supervisor.wantReload(of: nil)
        set.ready(102, 103)

        #expect(set.sets.all[0].serving.board.scriptTime >= set.workplace.time - 1)
    }
}

@Suite("What a2reload asks for")
struct ReloadCommandTests {
    @Test(
        "is found by the name of a site or a group",
        arguments: [
            ("reload", true), ("reload site", true), ("reload www.example.org", true),
            ("reload WWW.example.org", true), ("reload other", false),
            ("reload other site", true), ("reload api", true),
        ])
    func names(_ line: String, _ isMeant: Bool) throws {
        let command = try #require(ReloadCommand(line: line))
        let name = SetName(processGroup: "site", applicationGroup: "api:8080|/app")

        #expect(command.names(name, hosts: ["www.example.org", ""]) == isMeant)
    }

    @Test("is nothing else than a reload")
    func others() {
        #expect(ReloadCommand(line: "") == nil)
        #expect(ReloadCommand(line: "stop") == nil)
    }

    @Test("is answered with a line for each set, and the traceback")
    func answer() {
        var answer = ReloadAnswer()
        answer.add(SetName(processGroup: "a", applicationGroup: ""), .done)
        answer.add(SetName(processGroup: "b", applicationGroup: "x"), .failed("Trace\n  line"))

        #expect(
            answer.text == """
                ok process-group=a application-group=
                failed process-group=b application-group=x
                 Trace
                   line
                end 1

                """)
    }
}
