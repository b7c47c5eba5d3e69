// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime
internal import Glibc

/// The parent process, as a service sees it.
public final class ParentContext {
    unowned let service: any ParentService
    private let polls: PollSet
    private let programs: ServicePrograms
    private unowned let services: ParentServices

    init(_ service: any ParentService, _ services: ParentServices) {
        self.service = service
        self.services = services
        polls = services.polls
        programs = services.programs
    }

    // MARK: Waiting

    /// Has a function called whenever the descriptor is readable or writable, as asked, and when
    /// the other side has hung up; for as long as it is so, as poll(2) has it.
    ///
    /// Unwatch it before it is closed. Watching it again replaces what was asked before.
    public func watch(
        _ descriptor: CInt, for interest: Readiness, _ ready: @escaping (Readiness) -> Void
    ) {
        polls.watch(descriptor, for: interest, ready)
    }

    public func unwatch(_ descriptor: CInt) { polls.unwatch(descriptor) }

    /// Has a function called once, after that long.
    @discardableResult
    public func schedule(after delay: Duration, _ action: @escaping () -> Void) -> ParentTimer {
        polls.schedule(at: MonotonicClock.now + delay.nanoseconds, action)
    }

    // MARK: Processes

    /// The processes of this service that have not ended.
    public var processes: [Int32] { programs.processes(of: self) }

    /// Starts a program.
    ///
    /// - Parameter ended: called once, when it has ended; not before this returns.
    /// - Returns: the process id.
    /// - Throws: the call that failed on the way to the program, `execve` among them.
    public func start(
        _ program: Program, ended: @escaping (EndedChild) -> Void
    ) throws(SystemError) -> Int32 {
        let pid = try program.start()
        programs.add(pid, owner: self, ended)
        return pid
    }

    /// Takes over a process that the service of the image before started.
    ///
    /// - Parameter ended: called once, when it has ended; not before this returns.
    /// - Returns: whether the process was handed on to this service and waits to be taken.
    @discardableResult
    public func adopt(_ pid: Int32, ended: @escaping (EndedChild) -> Void) -> Bool {
        guard services.takeInherited(pid, by: service.name) else { return false }
        programs.add(pid, owner: self, ended)
        return true
    }

    public enum Signal: Sendable {
        case terminate, interrupt, kill
    }

    /// Sends a signal to a process of this service, and to the group that it leads.
    public func signal(_ pid: Int32, _ signal: Signal) {
        guard programs.isRunning(pid, of: self) else { return }
        programs.signal(pid, signal.number)
    }

    /// Sends a signal to all processes of this service.
    public func signalAll(_ signal: Signal) {
        for pid in processes { programs.signal(pid, signal.number) }
    }

    // MARK: Messages

    /// Writes to the error log of the main server.
    public func log(_ message: ProcessMessage) { services.log(message) }
}

extension ParentContext.Signal {
    fileprivate var number: CInt {
        switch self {
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        case .kill: SIGKILL
        }
    }
}
