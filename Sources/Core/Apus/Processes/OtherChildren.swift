// SPDX-License-Identifier: Apache-2.0

// Programs that read a log from a pipe. The parent keeps both ends: a program that dies is
// started again with the same pipe, so that what the children wrote in between is not lost; and
// the pipe ends, which is how the program knows it is done, when the last child has gone and
// the parent lets go of it. At a restart the new image lets go simply by not inheriting the pipe.

public import ApusRuntime
internal import Glibc

/// The programs the parent keeps running beside the server's own children.
public final class OtherChildren {
    private struct Program: ~Copyable {
        let image: ProgramImage
        let pipe: Pipe
        /// nil while it is not running.
        var pid: Int32?
        var startTime: Int64
    }

    private var programs: [Box<Program>] = []

    public init() {}

    /// Starts a program for as long as the server runs.
    ///
    /// - Parameter command: as in `CustomLog`, with its `|`, `||` or `|$`.
    /// - Returns: the descriptor to write to, open in this process and in its children.
    public func start(_ command: String) throws(OtherChildError) -> CInt {
        let image = try ProgramImage(pipedCommand: command)
        do throws(SystemError) {
            let program = Program(image: image, pipe: try Pipe(), pid: nil, startTime: 0)
            let box = Box(program)
            try run(box)
            programs.append(box)
            return box.value.pipe.writeEnd.rawValue
        } catch {
            throw OtherChildError(
                description: "Couldn't start piped log process '\(command)'", error)
        }
    }

    private func run(_ program: Box<Program>) throws(SystemError) {
        program.value.startTime = MonotonicClock.now
        program.value.pid = try program.value.image.spawn(
            standardInput: program.value.pipe.readEnd.rawValue)
    }

    /// Takes note of a process that ended.
    ///
    /// - Returns: whether it was one of the programs.
    func noteEnd(_ pid: Int32, log: ProcessLog) -> Bool {
        guard let program = programs.first(where: { $0.value.pid == pid }) else { return false }
        program.value.pid = nil
        let name = program.value.image.arguments.joined(separator: " ")
        log(ProcessMessage(.error, "AH00106: piped log program '\(name)' failed unexpectedly"))
        // One that fails as soon as it starts waits for the next second.
        if MonotonicClock.now - program.value.startTime > 1_000_000_000 { restart(program, log) }
        return true
    }

    /// Starts again what has failed.
    func maintain(log: ProcessLog) {
        for program in programs where program.value.pid == nil { restart(program, log) }
    }

    private func restart(_ program: Box<Program>, _ log: ProcessLog) {
        do throws(SystemError) {
            try run(program)
        } catch {
            let name = program.value.image.arguments.joined(separator: " ")
            let text = "AH00103: piped_log_spawn: unable to start '\(name)'"
            log(ProcessMessage(.error, text, error))
        }
    }

    /// Closes what only the parent needs, in a child.
    func closeInChild() {
        for program in programs { _ = close(program.value.pipe.readEnd.rawValue) }
    }

    /// Lets go of the pipes, after the last child has gone, and waits until the programs have
    /// read them to the end.
    ///
    /// - Parameter limit: after that long they are told to end at once.
    func finish(within limit: Duration = .seconds(5)) {
        var running = Set(programs.compactMap { $0.value.pid })
        programs = []
        let deadline = MonotonicClock.now + limit.nanoseconds
        while !running.isEmpty, MonotonicClock.now < deadline {
            while let ended = EndedChild.next() { running.remove(ended.pid) }
            if !running.isEmpty { _ = poll(nil, 0, 10) }
        }
        for pid in running { kill(pid, SIGTERM) }
    }
}

/// A program that could not be started.
public struct OtherChildError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public let cause: SystemError?

    init(description: String, _ cause: SystemError? = nil) {
        self.description = description
        self.cause = cause
    }
}

extension ProgramImage {
    /// Reads a piped log's command: with `|$` the shell runs it, with `|` or `||` it is split
    /// into words and run directly.
    public init(pipedCommand: String) throws(OtherChildError) {
        var command = pipedCommand[...]
        if command.first == "|" { command.removeFirst() }
        if command.first == "$" {
            let line = String(command.dropFirst()).trimmingSpaces
            self.init(file: "/bin/sh", arguments: ["/bin/sh", "-c", line])
            return
        }
        if command.first == "|" { command.removeFirst() }
        guard let words = try? [String](commandLine: String(command)), let file = words.first else {
            throw OtherChildError(description: "Invalid piped log command '\(pipedCommand)'")
        }
        self.init(file: file, arguments: words)
    }
}

extension String {
    fileprivate var trimmingSpaces: String { String(drop { $0 == " " || $0 == "\t" }) }
}
