// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What a supervisor does to the world, so that it can be tested without processes and time.
protocol Workplace: AnyObject {
    /// By the monotonic clock, in nanoseconds.
    var now: Int64 { get }
    /// In microseconds since 1970.
    var time: UInt64 { get }

    /// Starts a process, which tells the supervisor what it says and when it ends.
    ///
    /// - Returns: its process id; for one that a template is to fork a number below zero, which
    ///   stands for it until the supervisor is told its process id.
    func start(
        _ order: WorkerOrder, for supervisor: SetSupervisor
    ) throws(WorkplaceError) -> Int32
    func send(_ message: ControlMessage, to pid: Int32)
    func signal(_ pid: Int32, _ signal: WorkerSignal)
    func schedule(after delay: Duration, _ action: @escaping () -> Void)

    /// Bytes that a process holds, with its part of what it shares (PSS).
    func memory(of pid: Int32) -> UInt64?
    /// How many processes of the server the kernel has ended for want of memory within the last
    /// seconds; 0 too where it does not tell.
    func recentMemoryKills() -> UInt64
    /// In microseconds since 1970; nil for a file that is not there.
    func modificationTime(of path: String) -> UInt64?
    /// Asks an application for a path, as a client would.
    ///
    /// - Parameter answered: called once, with the status or nil when there was no answer.
    func ask(
        _ generation: Generation, _ script: ScriptName?, path: String,
        _ answered: @escaping (Int?) -> Void)
    /// Takes what nobody took from a queue, and puts it into another one.
    ///
    /// - Returns: how many there were.
    func movePackets(from old: Generation, to new: Generation?) -> Int
    /// Throws away what nobody takes any more at the door of a process that has ended, so that
    /// fronts learn of it.
    func clearDoor(of generation: Generation, _ place: Int)

    func log(_ level: LogLevel, _ text: String, error: SystemError?, host: Int)
}

enum WorkerSignal: Sendable {
    case terminate, kill
    /// Every thread's stack goes to standard error, even if the interpreter is stuck.
    case dump
}

/// Why a worker could not be started.
struct WorkplaceError: Error {
    var text: String
    var error: SystemError?
}

/// All that a new worker is to know.
struct WorkerOrder {
    /// What it comes from.
    enum Origin: Equatable {
        case interpreter
        /// It is a template itself: it imports the application, and forks workers.
        case interpreterAsTemplate
        /// By the template's process id.
        case template(Int32)
    }

    var origin = Origin.interpreter
    var set: WorkerSet
    var generation: Generation
    var place: Int
    var group: ProcessGroup
    var scripts: [ScriptName]
    /// Paths of those that need not load, as long as others do.
    var tolerated: [String] = []
    var host: Int
    /// What was said before: with jitter, where there is a limit.
    var maximumRequests: Int
    var interface: WorkerInterface
}
