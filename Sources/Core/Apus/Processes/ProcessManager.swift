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
    }

    enum RestartKind { case hard, graceful }

    let setup: ProcessManagerSetup
    let scoreboard: Scoreboard
    let generation: Int
    private let signals: SignalPipe
    private let lifelineRead: FileDescriptor
    private let lifelineWrite: FileDescriptor

    private(set) var phase = Phase.serving
    private var children = ChildTable()
    private var spareMemory = SpareMemory()
    private var childrenToStart: Int
    private var maintenanceTime: Int64
    private var forkAgainTime: Int64 = 0
    private var check: Running<ConfigurationCheck>?
    private var checkedRestart = RestartKind.graceful
    private var wantedRestart: RestartKind?
    private var isSick = false
    private var exitStatus: CInt = 0

    /// Makes the memory and the pipes that children share; call before the first fork.
    public init(_ setup: ProcessManagerSetup) throws(SystemError) {
        self.setup = setup
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
        maintenanceTime = MonotonicClock.now + second
    }

    /// Runs the server to its end.
    ///
    /// - Returns: the status to exit with.
    public func run() -> CInt {
        begin()
        while true {
            wait()
            for signal in signals.take() { handle(signal) }
            reap()
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
        try? setup.pidFile?.write(isRestart: setup.inherited != nil, log: setup.log)
        scoreboard.generation = generation
        scoreboard.restartTime = WallTime.now.microseconds
        adoptChildren()
        let banner = "\(setup.banner) configured -- resuming normal operations"
        logAsMPM(ProcessMessage(.notice, "\(setup.wording.configured): \(banner)"))
        let command = setup.image.arguments.joined(separator: " ")
        setup.log(ProcessMessage(.notice, "AH00094: Command line: '\(command)'"))
        startRemaining()
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

    private func startRemaining() {
        var slot = 0
        while childrenToStart > 0, slot < setup.plan.slotLimit {
            if scoreboard.child(slot).pid == 0 {
                guard start(inSlot: slot) else { return }
                childrenToStart -= 1
            }
            slot += 1
        }
    }

    /// Says something in the name of the MPM.
    private func logAsMPM(_ message: ProcessMessage) {
        var message = message
        message.module = "mpm_\(setup.plan.name)"
        setup.log(message)
    }

    // MARK: Waiting

    private func wait() {
        let pause = max(0, nextTime() - MonotonicClock.now)
        var waiting = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
        // Rounded up, or the last fraction of a millisecond would be spent turning round.
        _ = unsafe poll(&waiting, 1, CInt(clamping: (pause + 999_999) / 1_000_000))
    }

    private func nextTime() -> Int64 {
        switch phase {
        case .serving: maintenanceTime
        case .draining(let deadline): min(deadline ?? .max, MonotonicClock.now + second)
        case .stopping(let since, let schedule, _):
            schedule.nextTime.map { since + $0.nanoseconds } ?? MonotonicClock.now
        }
    }

    // MARK: Signals

    private func handle(_ signal: CInt) {
        switch signal {
        case SIGTERM, SIGINT: stop()
        case SIGWINCH: stopGracefully()
        case SIGHUP: restart(.hard)
        case SIGUSR1: restart(.graceful)
        default: break
        }
    }

    private func stop() {
        if case .stopping(let since, let schedule, true) = phase {
            // It was to be a restart.
            phase = .stopping(since: since, schedule: schedule, restarts: false)
        } else if case .stopping = phase {
            return
        } else {
            beginStopping(restarts: false)
        }
        logAsMPM(
            ProcessMessage(.notice, "\(setup.wording.stopping): caught SIGTERM, shutting down"))
    }

    private func stopGracefully() {
        guard case .serving = phase else { return }
        for pid in children.pids { quiesce(pid) }
        setup.listeners.shutDown()
        setup.pidFile?.remove(log: setup.log)
        logAsMPM(
            ProcessMessage(
                .notice,
                "\(setup.wording.stoppingGracefully): caught SIGWINCH, shutting down gracefully"))
        let limit = setup.gracefulShutdownTimeout
        phase = .draining(until: limit > .zero ? MonotonicClock.now + limit.nanoseconds : nil)
    }

    private func beginStopping(restarts: Bool) {
        phase = .stopping(
            since: MonotonicClock.now, schedule: ReclaimSchedule(), restarts: restarts)
    }

    // MARK: Restarting

    private func restart(_ kind: RestartKind) {
        guard case .serving = phase else { return }
        if check != nil {
            // The configuration may have changed since that check began, so there will be another.
            wantedRestart = kind
            return
        }
        do throws(SystemError) {
            check = Running(try ConfigurationCheck(setup.checkConfiguration))
            checkedRestart = kind
        } catch {
            logAsMPM(ProcessMessage(.error, "\(setup.wording.cannotFork): fork", error))
        }
    }

    private func finishCheck(_ exit: ChildExit) {
        let problem = check?.value.problem(exit)
        check = nil
        if let next = wantedRestart {
            wantedRestart = nil
            restart(next)
            return
        }
        guard case .serving = phase else { return }
        if let problem {
            for line in problem.split(separator: "\n") {
                setup.log(ProcessMessage(.error, String(line)))
            }
            setup.log(
                ProcessMessage(
                    .error, "configuration error: not restarting, the server goes on as it was"))
            return
        }
        switch checkedRestart {
        case .graceful:
            logAsMPM(ProcessMessage(.notice, setup.wording.restartingGracefully))
            replaceImage(isGraceful: true)
        case .hard:
            logAsMPM(ProcessMessage(.notice, setup.wording.restarting))
            beginStopping(restarts: true)
        }
    }

    /// Comes back only when the image could not be replaced; the server then goes on.
    private func replaceImage(isGraceful: Bool) {
        Signals.block()
        // What was told since the last look is for the image that follows.
        for signal in signals.take() { kill(getpid(), signal) }
        do throws(SystemError) {
            let state = restartState(isGraceful: isGraceful)
            let table = try SharedMemory.file(holding: state.text(pid: getpid()))
            setInherited(state.descriptors + [table.rawValue], true)
            ProcessEnvironment.set(RestartState.variable, "\(table.rawValue)")
            let error = setup.image.replaceThisProcess()
            ProcessEnvironment.set(RestartState.variable, nil)
            setInherited(state.descriptors, false)
            throw error
        } catch {
            Signals.unblock()
            let text = "cannot restart: \(setup.image.file)"
            setup.log(ProcessMessage(.alert, text, error))
        }
    }

    private func restartState(isGraceful: Bool) -> RestartState {
        RestartState(
            generation: generation, isGraceful: isGraceful, lifelineRead: lifelineRead.rawValue,
            lifelineWrite: lifelineWrite.rawValue, scoreboard: scoreboard.descriptor,
            serverLimit: setup.plan.serverLimit, threadLimit: setup.plan.threadLimit,
            sockets: setup.listeners.all.filter { $0.descriptor >= 0 }.map { listener in
                RestartState.Socket(
                    descriptor: listener.descriptor, port: listener.port,
                    protocolName: listener.protocolName, address: listener.address)
            },
            children: children.children.map { pid, child in
                RestartState.Child(pid: pid, slot: child.slot, generation: child.generation)
            })
    }

    private func setInherited(_ descriptors: [CInt], _ isInherited: Bool) {
        for descriptor in descriptors {
            _ = fcntl(descriptor, F_SETFD, isInherited ? 0 : FD_CLOEXEC)
        }
    }

    // MARK: Going on

    /// - Returns: the exit status when all is done.
    private func advance() -> CInt? {
        switch phase {
        case .serving:
            maintain()
            return nil
        case .draining(let deadline):
            if children.isEmpty { return finish() }
            if let deadline, MonotonicClock.now >= deadline { beginStopping(restarts: false) }
            return nil
        case .stopping(let since, var schedule, let restarts):
            if !reclaim(since: since, &schedule) {
                phase = .stopping(since: since, schedule: schedule, restarts: restarts)
                return nil
            }
            if !restarts { return finish() }
            replaceImage(isGraceful: false)
            // Still here: serve with what there is.
            phase = .serving
            childrenToStart = min(setup.plan.startServers, setup.plan.activeChildrenLimit)
            startRemaining()
            return nil
        }
    }

    /// - Returns: whether all children are gone, or nothing more can be done about them.
    private func reclaim(since: Int64, _ schedule: inout ReclaimSchedule) -> Bool {
        if children.isEmpty { return true }
        let elapsed = Duration.nanoseconds(MonotonicClock.now - since)
        guard let action = schedule.next(after: elapsed) else { return false }
        for pid in children.pids { act(action, on: pid) }
        return action == .giveUp
    }

    private func act(_ action: ReclaimSchedule.Action, on pid: Int32) {
        let stubborn = "child process \(pid) still did not exit, sending a"
        switch action {
        case .terminate(let isFirst):
            if !isFirst {
                setup.log(ProcessMessage(.warning, "AH00045: \(stubborn) SIGTERM"))
            }
            kill(pid, SIGTERM)
        case .kill:
            setup.log(ProcessMessage(.error, "AH00046: \(stubborn) SIGKILL"))
            kill(pid, SIGKILL)
        case .giveUp:
            let text = "could not make child process \(pid) exit, attempting to continue anyway"
            setup.log(ProcessMessage(.error, "AH00047: \(text)"))
        }
    }

    private func finish() -> CInt {
        setup.otherChildren.finish()
        if case .stopping = phase { removePIDFile() }
        return exitStatus
    }

    /// After a graceful stop that took too long the file is gone, or another server's.
    private func removePIDFile() {
        guard let file = setup.pidFile, file.read() == .pid(getpid()) else { return }
        file.remove(log: setup.log)
    }

    // MARK: Maintenance

    private func maintain() {
        let now = MonotonicClock.now
        guard now >= maintenanceTime else { return }
        maintenanceTime = now + second
        setup.otherChildren.maintain(log: setup.log)
        if childrenToStart > 0 { startRemaining() }
        let census = Census(scoreboard, setup.plan, generation: generation)
        if isSick, giveUpIfSick(census) { return }
        let (decision, messages) = setup.maintain(census, &spareMemory)
        messages.forEach(logAsMPM)
        switch decision {
        case .nothing: break
        case .start(let count): startChildren(count)
        case .retireOne: retireOne()
        }
    }

    /// A child could not get what it needs.
    ///
    /// While others serve that may pass.
    private func giveUpIfSick(_ census: Census) -> Bool {
        isSick = false
        guard let number = setup.wording.sick, census.busyWorkers + readyWorkers() == 0 else {
            return false
        }
        let text =
            "A resource shortage or other unrecoverable failure was encountered before any "
            + "child process initialized successfully... httpd is exiting!"
        logAsMPM(ProcessMessage(.alert, "\(number): \(text)"))
        exitStatus = 1
        beginStopping(restarts: false)
        return true
    }

    private func readyWorkers() -> Int {
        (0..<scoreboard.serverLimit).reduce(0) { count, slot in
            scoreboard.child(slot).pid != 0
                && scoreboard.worker(0, ofChild: slot).status == .ready ? count + 1 : count
        }
    }

    private func startChildren(_ count: Int) {
        var rest = count
        var slot = 0
        while rest > 0, slot < setup.plan.slotLimit {
            if scoreboard.child(slot).pid == 0 {
                guard start(inSlot: slot) else { return }
                rest -= 1
            }
            slot += 1
        }
    }

    /// Retires the child with the most idle workers, which will be gone the soonest.
    private func retireOne() {
        let candidates = children.children.filter { pid, child in
            child.generation == generation && !scoreboard.child(child.slot).isQuiescing
        }
        let idlest = candidates.max { idleWorkers($0.value.slot) < idleWorkers($1.value.slot) }
        if let idlest { quiesce(idlest.key) }
    }

    private func idleWorkers(_ slot: Int) -> Int {
        (0..<setup.plan.workersPerChild).count {
            scoreboard.worker($0, ofChild: slot).status.isIdle
        }
    }

    private func quiesce(_ pid: Int32) {
        if let child = children.child(pid), child.slot < scoreboard.serverLimit {
            scoreboard.child(child.slot).isQuiescing = true
        }
        kill(pid, SIGUSR1)
    }

    // MARK: Children

    /// - Returns: whether there is a child more.
    private func start(inSlot slot: Int) -> Bool {
        guard MonotonicClock.now >= forkAgainTime else { return false }
        let score = scoreboard.child(slot)
        score.begin(generation: generation, now: WallTime.now.microseconds)
        for index in 0..<setup.plan.workersPerChild {
            scoreboard.worker(index, ofChild: slot).begin()
        }
        Signals.block()
        let pid = cplatform_fork()
        if pid == 0 { becomeChild(slot) }
        let error = SystemError.last("fork")
        Signals.unblock()
        guard pid > 0 else {
            free(slot)
            logAsMPM(
                ProcessMessage(
                    .error, "\(setup.wording.cannotFork): fork: Unable to fork new process", error))
            // When there is no room for processes, trying again and again only makes it worse.
            forkAgainTime = MonotonicClock.now + 10 * second
            return false
        }
        score.pid = pid
        children.add(
            pid,
            ChildTable.Child(
                slot: slot, generation: generation, startTime: MonotonicClock.now))
        return true
    }

    private func becomeChild(_ slot: Int) -> Never {
        _ = close(lifelineWrite.rawValue)
        _ = close(signals.descriptor)
        setup.otherChildren.closeInChild()
        serve(inSlot: slot)
    }

    /// - Parameter stopsOnInterrupt: there is no parent that the terminal tells as well.
    private func serve(inSlot slot: Int, stopsOnInterrupt: Bool = false) -> Never {
        do throws(SystemError) {
            let context = try ChildContext(
                slot: slot, generation: generation, scoreboard: scoreboard,
                listeners: setup.listeners, plan: setup.plan, lifeline: lifelineRead.rawValue)
            context.score.pid = getpid()
            Signals.handleInChild(stopsOnInterrupt: stopsOnInterrupt)
            Signals.unblock()
            try dropPrivileges()
            setup.serve(context)
        } catch {
            setup.log(ProcessMessage(.alert, "cannot start a child", error))
            exit(ChildStatus.sick)
        }
    }

    private func dropPrivileges() throws(SystemError) {
        do throws(PrivilegesError) {
            try setup.privileges.drop()
        } catch {
            setup.log(error.message)
            exit(ChildStatus.fatal)
        }
    }

    private func free(_ slot: Int) {
        guard slot < scoreboard.serverLimit else { return }
        for index in 0..<scoreboard.threadLimit {
            scoreboard.worker(index, ofChild: slot).status = .dead
        }
        scoreboard.child(slot).end()
    }

    // MARK: Ends of children

    private func reap() {
        while let ended = EndedChild.next() {
            if let child = children.remove(ended.pid) {
                noteEnd(ended, child)
            } else if check?.value.pid == ended.pid {
                finishCheck(ended.exit)
            } else {
                // A program of the image before a restart is unknown here, and done.
                _ = setup.otherChildren.noteEnd(ended.pid, log: setup.log)
            }
        }
    }

    private func noteEnd(_ ended: EndedChild, _ child: ChildTable.Child) {
        scoreboard.addEndedChild(userTime: ended.userTime, systemTime: ended.systemTime)
        report(ended, child)
        let wasQuiescing =
            child.slot < scoreboard.serverLimit && scoreboard.child(child.slot).isQuiescing
        free(child.slot)
        guard case .serving = phase else { return }
        if ended.exit == .exited(status: ChildStatus.sick) {
            isSick = true
            spareMemory.spawnRate = 1
        } else if ended.exit == .exited(status: ChildStatus.fatal) {
            endAfterFatalError(of: ended.pid, child)
        } else if childrenToStart > 0 {
            // After a restart the rows of the old children become those of the new.
            startRemaining()
        } else if !wasQuiescing || !hasActiveChild, MonotonicClock.now - child.startTime > second {
            // It is missed now; only one that fails again and again waits for the next second.
            maintenanceTime = 0
        }
    }

    private var hasActiveChild: Bool {
        children.children.contains { _, child in
            child.generation == generation && !scoreboard.child(child.slot).isQuiescing
        }
    }

    private func endAfterFatalError(of pid: Int32, _ child: ChildTable.Child) {
        guard child.generation == generation else { return }
        let text = "Child \(pid) returned a Fatal error... Apache is exiting!"
        setup.log(ProcessMessage(.alert, "AH00050: \(text)"))
        exitStatus = 1
        beginStopping(restarts: false)
    }

    private func report(_ ended: EndedChild, _ child: ChildTable.Child) {
        guard child.slot < scoreboard.serverLimit else { return }
        let requests = (0..<setup.plan.workersPerChild).compactMap { index in
            let worker = scoreboard.worker(index, ofChild: child.slot)
            return worker.status.isBusy ? worker.snapshot : nil
        }
        let messages = ended.messages(
            serving: requests, coreDirectory: setup.privileges.coreDumpDirectory)
        messages.forEach(setup.log)
    }
}

/// What a child's exit status tells the parent.
public enum ChildStatus {
    /// It could not get what it needs; to be started again, slowly.
    public static let sick: CInt = 7
    /// No child will ever work; the server ends.
    public static let fatal: CInt = 15
}

/// In nanoseconds.
private let second: Int64 = 1_000_000_000

/// A value that cannot be copied, where it may also be missing.
private final class Running<Value: ~Copyable> {
    let value: Value
    init(_ value: consuming Value) { self.value = value }
}
