// SPDX-License-Identifier: Apache-2.0

internal import CPlatform

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
    /// What can be written to of a process's own memory, in bytes.
    case data
    /// The number of a descriptor.
    case openFiles
    /// A core file, in bytes.
    case coreFile
    /// The stack of the first thread, in bytes.
    case stack

    /// What holds for this process.
    public var current: ResourceLimit {
        let limit = cplatform_current_limit(resource)
        return ResourceLimit(soft: limit.soft, hard: limit.hard)
    }

    var resource: cplatform_resource {
        switch self {
        case .processorTime: CPLATFORM_PROCESSOR_TIME
        case .memory: CPLATFORM_MEMORY
        case .processes: CPLATFORM_PROCESSES
        case .data: CPLATFORM_DATA
        case .openFiles: CPLATFORM_OPEN_FILES
        case .coreFile: CPLATFORM_CORE_FILE
        case .stack: CPLATFORM_STACK
        }
    }
}
