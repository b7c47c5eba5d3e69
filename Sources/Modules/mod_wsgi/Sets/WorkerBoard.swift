// SPDX-License-Identifier: Apache-2.0

// The scoreboard of a generation, as worker_protocol.h lays it out: a line for the whole, one for
// each process, one for each thread of each process. Workers write to it as well, and what runs
// in a worker is not to be trusted, so what is read here is numbers that can be anything: limits
// are those that the memory was made with, and the file cannot be made smaller.

internal import Apus
internal import CWorkerProtocol
internal import Synchronization

/// The memory that a generation's workers share with the fronts and the parent.
@safe final class WorkerBoard: Sendable {
    let processLimit: Int
    /// Slots per process.
    let slotLimit: Int
    private let memory: SharedMemory

    /// Makes an empty one, before the fronts are forked.
    init(processes: Int, slots: Int) throws(SystemError) {
        precondition(processes > 0 && slots > 0)
        processLimit = processes
        slotLimit = slots
        memory = try SharedMemory(
            named: "workers", sealedSize: Self.size(processes: processes, slots: slots))
        header.version.store(UInt32(APUS_PROTOCOL_VERSION), ordering: .relaxed)
        header.processLimit.store(UInt32(processes), ordering: .relaxed)
        header.slotLimit.store(UInt32(slots), ordering: .relaxed)
    }

    /// Takes over one that the image before a restart made.
    ///
    /// - Returns: nil when it is not of the size that it must have.
    init?(adopting descriptor: consuming FileDescriptor, processes: Int, slots: Int) {
        guard processes > 0, slots > 0, let memory = try? SharedMemory(adopting: descriptor),
            memory.size == Self.size(processes: processes, slots: slots)
        else { return nil }
        processLimit = processes
        slotLimit = slots
        self.memory = memory
        guard header.version.load(ordering: .relaxed) == UInt32(APUS_PROTOCOL_VERSION) else {
            return nil
        }
    }

    /// To be handed to workers.
    var descriptor: CInt { memory.descriptor.rawValue }

    static func size(processes: Int, slots: Int) -> Int {
        Int(apus_scoreboard_size(UInt32(processes), UInt32(slots)))
    }

    // MARK: Lines

    func process(_ index: Int) -> ProcessLine {
        precondition(index >= 0 && index < processLimit)
        return unsafe ProcessLine(
            owner: self, line: line(1 + index).assumingMemoryBound(to: ProcessLine.Layout.self))
    }

    func slot(_ index: Int, of process: Int) -> SlotLine {
        precondition(process >= 0 && process < processLimit && index >= 0 && index < slotLimit)
        return unsafe SlotLine(
            owner: self,
            line: line(1 + processLimit + process * slotLimit + index)
                .assumingMemoryBound(to: SlotLine.Layout.self))
    }

    private func line(_ index: Int) -> UnsafeMutableRawPointer {
        unsafe memory.address + index * 64
    }

    // MARK: Of the generation as a whole

    /// What the application speaks; unknown until a worker has imported it.
    var interface: WorkerInterface {
        get {
            WorkerInterface(rawValue: header.interface.load(ordering: .acquiring)) ?? .unknown
        }
        set { header.interface.store(newValue.rawValue, ordering: .releasing) }
    }

    /// Packets sent and not yet taken.
    var queued: Int { Int(header.queued.load(ordering: .relaxed)) }

    /// - Returns: how many there are now.
    @discardableResult
    func addQueued(_ difference: Int) -> Int {
        Int(header.queued.wrappingAdd(Int32(difference), ordering: .relaxed).newValue)
    }

    /// Whether a front saw a newer script than the one that runs.
    ///
    /// - Returns: whether it was not so before.
    @discardableResult
    func setReloadWanted(_ isWanted: Bool) -> Bool {
        header.reloadWanted.exchange(isWanted ? 1 : 0, ordering: .acquiringAndReleasing)
            != (isWanted ? 1 : 0)
    }

    var isReloadWanted: Bool { header.reloadWanted.load(ordering: .acquiring) != 0 }

    /// The modification time of the newest script when the generation started, in microseconds
    /// since 1970.
    var scriptTime: UInt64 {
        get { header.scriptTime.load(ordering: .acquiring) }
        set { header.scriptTime.store(newValue, ordering: .releasing) }
    }

    /// Makes it as new, for workers that are about to start.
    func clear() {
        interface = .unknown
        header.queued.store(0, ordering: .relaxed)
        setReloadWanted(false)
        scriptTime = 0
        for index in 0..<processLimit {
            process(index).clear()
            for number in 0..<slotLimit { slot(number, of: index).clear() }
        }
    }

    private struct Header: ~Copyable {
        let version: Atomic<UInt32>
        let processLimit: Atomic<UInt32>
        let slotLimit: Atomic<UInt32>
        let interface: Atomic<UInt32>
        let queued: Atomic<Int32>
        let reloadWanted: Atomic<UInt32>
        let scriptTime: Atomic<UInt64>
    }

    private var header: Header {
        unsafeAddress {
            unsafe UnsafePointer(memory.address.assumingMemoryBound(to: Header.self))
        }
    }
}

/// What an application speaks.
enum WorkerInterface: UInt32, Sendable {
    case unknown = 0
    case wsgi = 1
    case asgi = 2
}
