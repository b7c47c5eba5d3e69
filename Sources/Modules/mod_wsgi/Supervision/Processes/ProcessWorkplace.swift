// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc

/// Starts real processes, in the server's parent.
final class ProcessWorkplace: Workplace {
    let parent: ParentContext
    private let server: Server
    private let settings: PythonSettings
    private let privileges: Privileges
    private let interpreters: Interpreters
    private let null: CInt
    private var memoryKills: MemoryKills
    var questions: [ReadinessQuestion] = []
    /// Those that a template has yet to fork are here by the number that stands for them.
    var processes: [Int32: WorkerProcess] = [:]
    /// The last of these numbers.
    var lastNumber: Int32 = 0
    /// Of living workers, and of those that left something behind that still writes.
    private var outputs: [CInt: OutputPipe] = [:]

    init(_ parent: ParentContext, _ server: Server, _ interpreters: Interpreters) {
        self.parent = parent
        self.server = server
        self.interpreters = interpreters
        settings = server.main.config(of: WSGIModule.self).python
        privileges = server.main.config(of: UnixdModule.self).privileges(coreDumpDirectory: nil)
        memoryKills = MemoryKills(SystemFigures.outOfMemoryKills())
        null = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    }

    // MARK: Time

    var now: Int64 { MonotonicClock.now }
    var time: UInt64 { UInt64(max(0, WallTime.now.microseconds)) }

    func schedule(after delay: Duration, _ action: @escaping () -> Void) {
        parent.schedule(after: delay, action)
    }

    // MARK: Starting

    func start(
        _ order: WorkerOrder, for supervisor: SetSupervisor
    ) throws(WorkplaceError) -> Int32 {
        if case .template(let template) = order.origin {
            return try fork(order, from: template, for: supervisor)
        }
        let program = WorkerProgram(
            order: order, interpreter: try interpreter(for: order.group), settings: settings,
            privileges: privileges, isRoot: geteuid() == 0)
        let extensionFile = try WorkerExtension.open()
        defer { _ = close(extensionFile) }
        let channels = try WorkerChannels.make()
        let descriptors = [
            0: null, 1: channels.workerOutput, 2: channels.workerOutput,
            CInt(APUS_CONTROL_DESCRIPTOR): channels.workerControl,
            CInt(APUS_QUEUE_DESCRIPTOR): order.generation.queuePair.reading,
            CInt(APUS_DOOR_DESCRIPTOR): order.generation.doorPairs[order.place].reading,
            CInt(APUS_SCOREBOARD_DESCRIPTOR): order.generation.board.descriptor,
            CInt(APUS_EXTENSION_DESCRIPTOR): extensionFile,
        ]
        let started = program.program(descriptors: descriptors)
        let pid: Int32
        do throws(SystemError) {
            pid = try parent.start(started) { [unowned self] ended in
                finish(ended, supervisor)
            }
        } catch {
            throw WorkplaceError(text: "\(started.path): \(error.call)", error: error)
        }
        hold(pid, channels.keep(), supervisor)
        send(ControlMessage(order, settings, server: server), to: pid)
        return pid
    }

    private func interpreter(for group: ProcessGroup) throws(WorkplaceError) -> Interpreter {
        do throws(InterpreterError) {
            return try interpreters.interpreter(of: group, settings, privileges)
        } catch {
            throw WorkplaceError(
                text: "The Python interpreter \(error.path) cannot be used: \(error.reason)")
        }
    }

    @discardableResult
    func hold(
        _ pid: Int32, _ ends: (control: CInt, output: CInt), _ supervisor: SetSupervisor
    ) -> WorkerProcess {
        let pipe = OutputPipe(
            ends.output, pid: pid, group: supervisor.group.name,
            host: server.hosts[supervisor.host], parent: parent
        ) { [unowned self] pipe in outputs[pipe.descriptor] = nil }
        outputs[ends.output] = pipe
        let process = WorkerProcess(pid: pid, control: ends.control, output: pipe, parent: parent) {
            [unowned self, weak supervisor] message, pid in
            if let supervisor { received(message, from: pid, supervisor) }
        }
        processes[pid] = process
        return process
    }

    private func received(
        _ message: ControlMessage, from pid: Int32, _ supervisor: SetSupervisor
    ) {
        switch message.verb {
        case "hello" where pid < 0: forked(pid, message, supervisor)
        case "ended": ended(message, toldBy: pid, supervisor)
        default: supervisor.received(message, from: pid)
        }
    }

    private func finish(_ ended: EndedChild, _ supervisor: SetSupervisor) {
        if let process = processes.removeValue(forKey: ended.pid) { process.finish() }
        supervisor.ended(ended.pid, ended.exit)
    }

    // MARK: Taking over and handing on

    /// Takes over a worker of the image before.
    ///
    /// - Returns: whether there is still such a process.
    func adopt(_ worker: InheritedWorker, for supervisor: SetSupervisor) -> Bool {
        if worker.handle >= 0 {
            adoptForked(worker, for: supervisor)
            return true
        }
        let isThere = parent.adopt(worker.pid) { [unowned self] ended in
            finish(ended, supervisor)
        }
        guard isThere else {
            _ = close(worker.control)
            _ = close(worker.output)
            return false
        }
        hold(worker.pid, (worker.control, worker.output), supervisor)
        return true
    }

    /// The descriptors of a worker, for the next image; nil for one that has closed its channel.
    func descriptors(of pid: Int32) -> (control: CInt, output: CInt, handle: CInt)? {
        guard let process = processes[pid], process.control >= 0 else { return nil }
        return (process.control, process.output.descriptor, process.handle)
    }

    /// Closes what is the parent's alone, in a front that was just forked.
    func closeInChild() {
        for process in processes.values {
            if process.control >= 0 { _ = close(process.control) }
            if process.handle >= 0 { _ = close(process.handle) }
        }
        for descriptor in outputs.keys { _ = close(descriptor) }
        _ = close(null)
    }

    // MARK: Acting on processes

    func send(_ message: ControlMessage, to pid: Int32) { processes[pid]?.send(message) }

    func signal(_ pid: Int32, _ signal: WorkerSignal) {
        guard let process = processes[pid] else { return }
        if process.isForked { return self.signal(process, signal) }
        switch signal {
        case .terminate: parent.signal(pid, .terminate)
        case .kill: parent.signal(pid, .kill)
        // APUS_DUMP_SIGNAL, whose number the library decides when it runs.
        case .dump: _ = kill(pid, __libc_current_sigrtmax() - 2)
        }
    }

    func memory(of pid: Int32) -> UInt64? { SystemFigures.proportionalMemory(of: pid) }
    func recentMemoryKills() -> UInt64 {
        memoryKills.recent(of: SystemFigures.outOfMemoryKills(), now: now)
    }

    func modificationTime(of path: String) -> UInt64? {
        guard let status = FileStatus(of: path) else { return nil }
        return UInt64(max(0, status.modified)) * 1_000_000
            + UInt64(max(0, status.modifiedNanoseconds)) / 1_000
    }

    func log(_ level: LogLevel, _ text: String, error: SystemError?, host: Int) {
        server.hosts[host].log(level, in: WSGIModule.self, "", text, error: error)
    }
}
