// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusRuntime
internal import Glibc

/// The services of modules that run in the parent.
public final class ParentServices {
    private struct Running {
        let service: any ParentService
        let context: ParentContext
    }

    /// When a service's processes, while the server stops, are killed, and then given up.
    private struct Deadline {
        let context: ParentContext
        var time: Int64
        var hasKilled = false
    }

    /// Where services write what they have to say.
    public var log: ProcessLog = { _ in }

    let polls = PollSet()
    let programs = ServicePrograms()
    private var running: [Running] = []
    private var inherited: [RestartState.Service] = []
    /// nil while the server does not stop.
    private var deadlines: [Deadline]?

    /// Processes that were left over get that long to end by themselves.
    private static let grace = Duration.seconds(10)
    /// What the kernel may take to end a process that is killed.
    private static let killTime = Duration.seconds(1)

    public init() {}

    /// Takes what the image before a restart handed on; before any service starts.
    public func inherit(_ state: RestartState?) {
        inherited = state?.services ?? []
        for service in inherited {
            // Programs are about to be started, which shall not have them.
            for descriptor in service.state.descriptors {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            }
        }
    }

    public var isEmpty: Bool { running.isEmpty }

    /// Starts a service.
    ///
    /// - Throws: what it throws; the server cannot be started then.
    public func start(_ service: any ParentService) throws(ConfigError) {
        precondition(
            !running.contains { $0.service.name == service.name },
            "there is a service of this name: \(service.name)")
        let context = ParentContext(service, self)
        var state: ServiceState?
        if let index = inherited.firstIndex(where: { $0.name == service.name }) {
            state = inherited[index].state
            inherited[index].state.descriptors = []
        }
        running.append(Running(service: service, context: context))
        try service.start(in: context, inherited: state)
    }

    /// Takes a process out of what was handed on to a service.
    func takeInherited(_ pid: Int32, by name: String) -> Bool {
        guard let index = inherited.firstIndex(where: { $0.name == name }),
            let place = inherited[index].state.processes.firstIndex(of: pid)
        else { return false }
        inherited[index].state.processes.remove(at: place)
        return true
    }

    /// Closes and ends what the image before handed on and nobody took.
    func endLeftovers() {
        for service in inherited {
            for descriptor in service.state.descriptors { _ = close(descriptor) }
            for pid in service.state.processes { programs.add(pid, owner: nil) { _ in } }
        }
        inherited = []
        let leftovers = programs.processes(of: nil)
        if leftovers.isEmpty { return }
        for pid in leftovers { programs.signal(pid, SIGTERM) }
        _ = polls.schedule(at: MonotonicClock.now + Self.grace.nanoseconds) { [programs] in
            for pid in programs.processes(of: nil) { programs.signal(pid, SIGKILL) }
        }
    }

    /// Ends everything at once, since the server cannot be started.
    public func abandon() {
        endLeftovers()
        for pid in programs.pids { programs.signal(pid, SIGTERM) }
    }

    func closeInChild() {
        for entry in running { entry.service.closeInChild() }
    }

    // MARK: Restarting

    /// What outlives a restart, with what the next image is to end.
    func handOn(isGraceful: Bool) -> [RestartState.Service] {
        var states: [RestartState.Service] = []
        var rest = Set(programs.pids)
        for entry in running {
            guard let state = entry.service.handOn(isGraceful: isGraceful) else { continue }
            states.append(RestartState.Service(name: entry.service.name, state: state))
            rest.subtract(state.processes)
        }
        if !rest.isEmpty {
            // No service has an empty name.
            states.append(
                RestartState.Service(name: "", state: ServiceState(processes: rest.sorted())))
        }
        return states
    }

    // MARK: Stopping

    /// Tells the services that the server ends.
    func stop() {
        if deadlines != nil { return }
        let now = MonotonicClock.now
        deadlines = running.map { entry in
            Deadline(context: entry.context, time: now + entry.service.stopTimeout.nanoseconds)
        }
        for pid in programs.processes(of: nil) { programs.signal(pid, SIGKILL) }
        for entry in running { entry.service.stop(in: entry.context) }
    }

    /// When something is to be done about processes that do not end.
    var nextTime: Int64 { (deadlines ?? []).map(\.time).min() ?? .max }

    /// Kills what should have ended by now.
    ///
    /// - Returns: whether all processes have ended, or nothing more can be done about them.
    func finishStopping() -> Bool {
        let now = MonotonicClock.now
        let remaining = (deadlines ?? []).filter { !$0.context.processes.isEmpty }
        deadlines = remaining.compactMap { deadline in
            if deadline.time > now { return deadline }
            return deadline.hasKilled ? giveUp(deadline) : kill(deadline)
        }
        return deadlines?.isEmpty ?? true
    }

    private func kill(_ deadline: Deadline) -> Deadline {
        for pid in deadline.context.processes {
            let text = "AH00046: child process \(pid) still did not exit, sending a SIGKILL"
            log(ProcessMessage(.error, text))
            programs.signal(pid, SIGKILL)
        }
        return Deadline(
            context: deadline.context, time: MonotonicClock.now + Self.killTime.nanoseconds,
            hasKilled: true)
    }

    private func giveUp(_ deadline: Deadline) -> Deadline? {
        for pid in deadline.context.processes {
            let text = "could not make child process \(pid) exit, attempting to continue anyway"
            log(ProcessMessage(.error, "AH00047: \(text)"))
        }
        return nil
    }
}
