// SPDX-License-Identifier: Apache-2.0

// The parent. It has one thread and runs no Swift task, for it forks; it waits in one place, for
// a signal or for the next moment that something is due, and does one thing after another.
//
// A restart does not read the configuration in this image: a child reads it first, and if that
// goes well the image replaces itself. The sockets stay open meanwhile, so clients that connect
// wait in their queues, and children of the old image finish under the new one, whose children
// they are.

public import ApusRuntime
internal import CPlatform
internal import Glibc

/// Starts, supervises, restarts and stops the children of the server.
public final class ProcessManager {
    enum Phase {
        case serving
        /// No more connections; the children finish those they have.
        case draining(until: Int64?)
        /// The children have been told to stop.
        case stopping(since: Int64, schedule: ReclaimSchedule, restarts: Bool)
        /// The children are gone; services end what they have started.
        case leaving
    }

    /// In nanoseconds.
    static let second: Int64 = 1_000_000_000

    enum RestartKind { case hard, graceful }

    let setup: ProcessManagerSetup
    let scoreboard: Scoreboard
    let generation: Int
    let signals: SignalPipe
    let lifelineRead: FileDescriptor
    let lifelineWrite: FileDescriptor

    var phase = Phase.serving
    var children = ChildTable()
    var spareMemory = SpareMemory()
    var childrenToStart: Int
    var maintenanceTime: Int64
    var forkAgainTime: Int64 = 0
    var check: Box<ConfigurationCheck>?
    var checkedRestart = RestartKind.graceful
    var wantedRestart: RestartKind?
    var isSick = false
    var exitStatus: CInt = 0

    /// Makes the memory and the pipes that children share; call before the first fork.
    public init(_ setup: ProcessManagerSetup) throws(SystemError) {
        self.setup = setup
        setup.services.log = setup.log
        let plan = setup.plan
        signals = try SignalPipe()
        if let inherited = setup.inherited {
            let adopted = Scoreboard(adopting: FileDescriptor(owning: inherited.scoreboard))
            if let adopted, inherited.isGraceful, adopted.fits(plan) {
                scoreboard = adopted
            } else {
                scoreboard = try Scoreboard(
                    serverLimit: plan.serverLimit, threadLimit: plan.threadLimit)
            }
            generation = inherited.generation + 1
            lifelineRead = FileDescriptor(owning: inherited.lifelineRead)
            lifelineWrite = FileDescriptor(owning: inherited.lifelineWrite)
            try lifelineRead.setCloseOnExec(true)
            try lifelineWrite.setCloseOnExec(true)
        } else {
            scoreboard = try Scoreboard(
                serverLimit: plan.serverLimit, threadLimit: plan.threadLimit)
            generation = 0
            let lifeline = try Pipe()
            lifelineRead = try lifeline.readEnd.duplicate()
            lifelineWrite = try lifeline.writeEnd.duplicate()
        }
        childrenToStart = min(plan.startServers, plan.activeChildrenLimit)
        maintenanceTime = MonotonicClock.now + Self.second
    }

    /// Runs the server to its end.
    ///
    /// - Returns: the status to exit with.
    public func run() -> CInt {
        begin()
        if case .leaving = phase, let status = advance() { return status }
        while true {
            setup.services.polls.wait(with: signals.descriptor, until: nextTime())
            for signal in signals.take() { handle(signal) }
            reap()
            setup.services.polls.dispatch()
            if let status = advance() { return status }
        }
    }

    /// Serves in this very process, without children, for debugging: `httpd -X`.
    public func serveAlone() -> Never {
        try? setup.pidFile?.write(isRestart: false, log: setup.log)
        scoreboard.restartTime = WallTime.now.microseconds
        let score = scoreboard.child(0)
        score.begin(generation: generation, now: WallTime.now.microseconds)
        for index in 0..<setup.plan.workersPerChild {
            scoreboard.worker(index, ofChild: 0).begin()
        }
        Signals.block()
        serve(inSlot: 0, stopsOnInterrupt: true)
    }

    // MARK: Beginning

    /// Keeps signals for `run`; call before the sockets are opened.
    ///
    /// Clients can connect from then on, and a signal that nobody handles yet would end the process
    /// and cut their connections.
    public static func holdSignals() { Signals.block() }

    private func begin() {
        Signals.handleInParent()
        Signals.unblock()
        guard isFindable() else {
            phase = .leaving
            exitStatus = 1
            return
        }
        scoreboard.generation = generation
        scoreboard.restartTime = WallTime.now.microseconds
        adoptChildren()
        let banner = "\(setup.banner) configured -- resuming normal operations"
        logAsMPM(ProcessMessage(.notice, "\(setup.wording.configured): \(banner)"))
        let command = setup.image.arguments.joined(separator: " ")
        setup.log(ProcessMessage(.notice, "AH00094: Command line: '\(command)'"))
        setup.services.endLeftovers()
        startRemaining()
        // What a service started may have ended before there was a handler for the signal.
        reap()
    }

    /// Whether the pid file tells of this process.
    ///
    /// A server that nobody can find cannot be stopped, so it does not start without one; after a
    /// restart it goes on all the same.
    private func isFindable() -> Bool {
        do throws(SystemError) {
            try setup.pidFile?.write(isRestart: setup.inherited != nil, log: setup.log)
            return true
        } catch {
            return setup.inherited != nil
        }
    }

    /// The children of the image before finish, and are counted until they have.
    private func adoptChildren() {
        guard let inherited = setup.inherited else { return }
        // There are fewer idle workers than there will be: the children are just starting.
        if inherited.isGraceful { spareMemory.holdOff = 10 }
        for child in inherited.children {
            children.add(
                child.pid,
                ChildTable.Child(slot: child.slot, generation: child.generation, startTime: 0))
            guard child.slot < scoreboard.serverLimit else { continue }
            let score = scoreboard.child(child.slot)
            score.pid = child.pid
            score.generation = child.generation
            quiesce(child.pid)
        }
    }

    /// Says something in the name of the MPM.
    func logAsMPM(_ message: ProcessMessage) {
        var message = message
        message.module = "mpm_\(setup.plan.name)"
        setup.log(message)
    }

    // MARK: Waiting

    private func nextTime() -> Int64 {
        switch phase {
        case .serving: maintenanceTime
        case .draining(let deadline): min(deadline ?? .max, MonotonicClock.now + Self.second)
        case .stopping(let since, let schedule, _):
            schedule.nextTime.map { since + $0.nanoseconds } ?? MonotonicClock.now
        case .leaving: setup.services.nextTime
        }
    }
}
