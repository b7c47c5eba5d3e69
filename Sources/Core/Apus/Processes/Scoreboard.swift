// SPDX-License-Identifier: Apache-2.0

// The scoreboard: what each child and each of its workers does, in memory that all processes
// share. Every field is an atomic of its own, stored by one process and loaded by any, without
// order among them: a reader may see the status of one moment beside the request of another, as
// in httpd, but never half a number. Nothing here makes a system call.
//
// The layout is a header, then the rows of children, then the rows of workers, each row on
// cache lines of its own.

public import ApusRuntime
internal import Synchronization

/// The table of children and workers, shared by all processes of the server.
@safe public final class Scoreboard: Sendable {
    public let serverLimit: Int
    public let threadLimit: Int
    private let memory: SharedMemory

    /// Makes an empty one, before the first fork.
    public init(serverLimit: Int, threadLimit: Int) throws(SystemError) {
        self.serverLimit = serverLimit
        self.threadLimit = threadLimit
        memory = try SharedMemory(
            named: "scoreboard", size: Self.size(serverLimit: serverLimit, threadLimit: threadLimit)
        )
        header.layout.store(Self.layoutMark, ordering: .relaxed)
        header.serverLimit.store(serverLimit, ordering: .relaxed)
        header.threadLimit.store(threadLimit, ordering: .relaxed)
    }

    /// Takes over the one that the image before a restart made.
    ///
    /// - Returns: nil when a binary with another layout made it.
    public init?(adopting descriptor: consuming FileDescriptor) {
        guard let memory = try? SharedMemory(adopting: descriptor),
            memory.size >= MemoryLayout<ScoreboardHeader>.size
        else { return nil }
        let header = unsafe memory.address.assumingMemoryBound(to: ScoreboardHeader.self)
        guard unsafe header.pointee.layout.load(ordering: .relaxed) == Self.layoutMark else {
            return nil
        }
        let servers = unsafe header.pointee.serverLimit.load(ordering: .relaxed)
        let threads = unsafe header.pointee.threadLimit.load(ordering: .relaxed)
        guard servers > 0, threads > 0,
            memory.size == Self.size(serverLimit: servers, threadLimit: threads)
        else { return nil }
        serverLimit = servers
        threadLimit = threads
        self.memory = memory
    }

    /// Whether a plan's children and workers have their places in it.
    func fits(_ plan: ProcessingPlan) -> Bool {
        serverLimit >= plan.serverLimit && threadLimit >= plan.threadLimit
            && threadLimit >= plan.workersPerChild
    }

    var descriptor: CInt { memory.descriptor.rawValue }

    /// The row of a child.
    public func child(_ slot: Int) -> ChildScore {
        precondition(slot >= 0 && slot < serverLimit)
        return unsafe ChildScore(
            owner: self, slot: slot,
            row: (memory.address + Self.headerSize + slot * Self.childStride)
                .assumingMemoryBound(to: ChildRow.self))
    }

    /// The row of a worker of a child.
    public func worker(_ index: Int, ofChild slot: Int) -> WorkerScore {
        precondition(slot >= 0 && slot < serverLimit && index >= 0 && index < threadLimit)
        let place = slot * threadLimit + index
        let workers = Self.headerSize + serverLimit * Self.childStride
        return unsafe WorkerScore(
            owner: self,
            row: (memory.address + workers + place * Self.workerStride)
                .assumingMemoryBound(to: WorkerRow.self))
    }

    private var header: ScoreboardHeader {
        unsafeAddress {
            unsafe UnsafePointer(memory.address.assumingMemoryBound(to: ScoreboardHeader.self))
        }
    }
}

// MARK: Of the server as a whole

extension Scoreboard {
    /// The number of restarts: children of another generation than this one are finishing.
    public var generation: Int {
        get { header.generation.load(ordering: .relaxed) }
        set { header.generation.store(newValue, ordering: .relaxed) }
    }

    /// When the server was started or last restarted, in microseconds since 1970.
    public var restartTime: Int64 {
        get { header.restartTime.load(ordering: .relaxed) }
        set { header.restartTime.store(newValue, ordering: .relaxed) }
    }

    /// Counts a child that ended, and the processor time it used, in microseconds.
    func addEndedChild(userTime: Int64, systemTime: Int64) {
        header.endedUserTime.wrappingAdd(userTime, ordering: .relaxed)
        header.endedSystemTime.wrappingAdd(systemTime, ordering: .relaxed)
    }

    /// The processor time of all children that ended, in microseconds.
    public var endedChildrenTimes: (user: Int64, system: Int64) {
        (
            header.endedUserTime.load(ordering: .relaxed),
            header.endedSystemTime.load(ordering: .relaxed)
        )
    }
}

// MARK: Layout

struct ScoreboardHeader: ~Copyable {
    let layout: Atomic<UInt64>
    let serverLimit: Atomic<Int>
    let threadLimit: Atomic<Int>
    let generation: Atomic<Int>
    let restartTime: Atomic<Int64>
    let endedUserTime: Atomic<Int64>
    let endedSystemTime: Atomic<Int64>
}

extension Scoreboard {
    private static let headerSize = wholeLines(MemoryLayout<ScoreboardHeader>.size)
    private static let childStride = wholeLines(MemoryLayout<ChildRow>.size)
    private static let workerStride = wholeLines(MemoryLayout<WorkerRow>.size)

    /// Changes with the sizes of the rows; the last digits are to change with their meaning.
    private static let layoutMark =
        UInt64(childStride) << 40 | UInt64(workerStride) << 16 | 0xA501

    private static func size(serverLimit: Int, threadLimit: Int) -> Int {
        headerSize + serverLimit * (childStride + threadLimit * workerStride)
    }

    private static func wholeLines(_ size: Int) -> Int { (size + 63) & ~63 }
}
