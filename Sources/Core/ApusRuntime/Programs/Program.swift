// SPDX-License-Identifier: Apache-2.0

/// A program to be started: a script, or a helper.
public struct Program: Sendable {
    /// What it is the leader of, and what a signal to a negative process id then reaches.
    public enum Leadership: Sendable, Hashable {
        /// It belongs to the process group of the server.
        case none
        case processGroup
        /// A session of its own, without a terminal.
        case session
    }

    public var path: String
    /// Its own name first.
    public var arguments: CStringList
    public var environment: CStringList
    /// Where it starts, nil for where the server is; below `identity.rootDirectory`.
    public var directory: String?
    public var leadership = Leadership.processGroup
    public var identity = ProgramIdentity()
    public var limits: [LimitedResource: ResourceLimit] = [:]
    /// Permissions that files it makes do not get.
    public var umask: UInt32?
    /// From -20, which only root can give, to 19 for what has the least claim to the processor.
    public var niceness: CInt?
    /// By their numbers in the program, the descriptors they are here.
    ///
    /// They are copied for it; the caller closes its own. Of those not named it has 0, 1 and 2 as
    /// this process does; everything else that is open here must be close-on-exec.
    public var descriptors: [CInt: CInt] = [:]

    public init(
        _ path: String, arguments: CStringList, environment: CStringList, directory: String? = nil
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    /// Starts it, watched by a loop until it has ended.
    ///
    /// - Parameters: its standard input, output and error.
    /// - Throws: the call that failed on the way, `execve` among them.
    public func start(
        input: CInt, output: CInt, error: CInt, on loop: EventLoop
    ) throws(SystemError) -> RunningProgram {
        var program = self
        program.descriptors.merge([0: input, 1: output, 2: error]) { _, given in given }
        let launched = try program.launch()
        return try RunningProgram(pid: launched.pid, pidfd: launched.pidfd.release(), loop: loop)
    }

    /// Starts it; the caller waits for its end.
    ///
    /// - Returns: the process id.
    /// - Throws: the call that failed on the way, `execve` among them.
    public func start() throws(SystemError) -> Int32 { try launch().pid }
}

/// Whom a program runs as; what is nil stays as it is in this process.
///
/// Only root can take another identity.
public struct ProgramIdentity: Sendable, Hashable {
    public var user: UInt32?
    public var group: UInt32?
    public var supplementaryGroups: [UInt32]?
    /// What it sees as `/` (chroot).
    public var rootDirectory: String?

    public init(
        user: UInt32? = nil, group: UInt32? = nil, supplementaryGroups: [UInt32]? = nil,
        rootDirectory: String? = nil
    ) {
        self.user = user
        self.group = group
        self.supplementaryGroups = supplementaryGroups
        self.rootDirectory = rootDirectory
    }
}
