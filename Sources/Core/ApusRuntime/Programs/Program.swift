// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// A limit that the kernel keeps for a process (setrlimit).
public struct ResourceLimit: Sendable, Hashable {
    public var soft: UInt64
    public var hard: UInt64

    public init(soft: UInt64, hard: UInt64) {
        self.soft = soft
        self.hard = hard
    }
}

/// Something that can be limited.
public enum LimitedResource: Sendable, CaseIterable {
    /// Processor time, in seconds.
    case processorTime
    /// Address space, in bytes.
    case memory
    /// Processes of the user.
    case processes

    /// What holds for this process.
    public var current: ResourceLimit {
        let limit = cplatform_current_limit(resource)
        return ResourceLimit(soft: limit.soft, hard: limit.hard)
    }

    private var resource: cplatform_resource {
        switch self {
        case .processorTime: CPLATFORM_PROCESSOR_TIME
        case .memory: CPLATFORM_MEMORY
        case .processes: CPLATFORM_PROCESSES
        }
    }
}

/// A program to be started: a script, or a helper.
public struct Program: Sendable {
    public var path: String
    /// Its own name first.
    public var arguments: CStringList
    public var environment: CStringList
    /// Where it starts, nil for where the server is.
    public var directory: String?
    public var limits: [LimitedResource: ResourceLimit] = [:]

    public init(
        _ path: String, arguments: CStringList, environment: CStringList, directory: String? = nil
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    /// Starts it as the leader of a process group of its own.
    ///
    /// The descriptors are copied for it; the caller closes its own. Everything else that is open
    /// here must be close-on-exec.
    ///
    /// - Throws: why the process could not be made, or why the file could not be executed.
    public func start(
        input: CInt, output: CInt, error: CInt, on loop: EventLoop
    ) throws(SystemError) -> RunningProgram {
        var pidfd: CInt = -1
        let pid = unsafe arguments.withPointers { arguments in
            unsafe environment.withPointers { environment in
                unsafe path.withFileSystemPath { path in
                    unsafe withDirectory { directory in
                        var program = unsafe cplatform_program(
                            path: path, arguments: arguments, environment: environment,
                            directory: directory, descriptors: (input, output, error),
                            limits: (
                                limit(.processorTime), limit(.memory), limit(.processes)
                            ))
                        return unsafe cplatform_start_program(&program, &pidfd)
                    }
                }
            }
        }
        guard pid > 0 else { throw .last("exec") }
        return try RunningProgram(pid: pid, pidfd: pidfd, loop: loop)
    }

    private func withDirectory<Result>(_ body: (UnsafePointer<CChar>?) -> Result) -> Result {
        guard let directory else { return body(nil) }
        return unsafe directory.withFileSystemPath { unsafe body($0) }
    }

    private func limit(_ resource: LimitedResource) -> cplatform_limit {
        guard let limit = limits[resource] else {
            return cplatform_limit(is_set: 0, soft: 0, hard: 0)
        }
        return cplatform_limit(is_set: 1, soft: limit.soft, hard: limit.hard)
    }
}
