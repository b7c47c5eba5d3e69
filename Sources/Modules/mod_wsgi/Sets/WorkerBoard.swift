// SPDX-License-Identifier: Apache-2.0

// The scoreboard of a generation, as worker_protocol.h lays it out: a line for the whole, one for
// each process, one for each thread of each process. Workers write to it as well, and what runs
// in a worker is not to be trusted, so what is read here is numbers that can be anything: limits
// are those that the memory was made with, and the file cannot be made smaller.

internal import Apus
internal import CWorkerProtocol

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
        unsafe board.pointee.version = UInt32(APUS_PROTOCOL_VERSION)
        unsafe board.pointee.process_limit = UInt32(processes)
        unsafe board.pointee.slot_limit = UInt32(slots)
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
        guard unsafe apus_load32(&board.pointee.version) == UInt32(APUS_PROTOCOL_VERSION) else {
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
        return unsafe ProcessLine(owner: self, line: processes + index)
    }

    func slot(_ index: Int, of process: Int) -> SlotLine {
        precondition(process >= 0 && process < processLimit && index >= 0 && index < slotLimit)
        return unsafe SlotLine(owner: self, line: slots + process * slotLimit + index)
    }

    /// Whether something holds of each process: its index, its state and its incarnation.
    func allSatisfy(_ body: (Int, WorkerState, UInt32) -> Bool) -> Bool {
        (0..<processLimit).allSatisfy { index in
            let line = unsafe processes + index
            let state = WorkerState(rawValue: unsafe apus_load32(&line.pointee.state)) ?? .vacant
            return body(index, state, unsafe apus_load32(&line.pointee.incarnation))
        }
    }

    // Without a line between, for each request of ASGI.

    /// The process that takes requests and has the fewest.
    ///
    /// - Parameter limit: how many one may have.
    /// - Returns: nil where each has as many as it may, or none is ready.
    func leastBusyProcess(limit: Int?) -> Int? {
        let limit = Int32(clamping: limit ?? .max)
        var best: Int?
        var fewest = Int32.max
        for index in 0..<processLimit {
            let line = unsafe processes + index
            guard unsafe apus_load32(&line.pointee.state) == WorkerState.ready.rawValue else {
                continue
            }
            let outstanding = unsafe apus_load_count(&line.pointee.outstanding)
            guard outstanding < limit, outstanding < fewest else { continue }
            best = index
            fewest = outstanding
        }
        return best
    }

    func incarnation(of process: Int) -> UInt32 {
        precondition(process >= 0 && process < processLimit)
        return unsafe apus_load32(&(processes + process).pointee.incarnation)
    }

    /// - Parameter incarnation: which one of those in this place; another has none of them.
    func addOutstanding(_ difference: Int32, of process: Int, incarnation: UInt32) {
        guard self.incarnation(of: process) == incarnation else { return }
        unsafe apus_add_count(&(processes + process).pointee.outstanding, difference)
    }

    private var board: UnsafeMutablePointer<apus_scoreboard> {
        unsafe memory.address.assumingMemoryBound(to: apus_scoreboard.self)
    }

    // Not by `apus_process` and `apus_slot`, which believe the limits in the memory.

    private var processes: UnsafeMutablePointer<apus_process_line> {
        unsafe UnsafeMutableRawPointer(board + 1).assumingMemoryBound(to: apus_process_line.self)
    }

    private var slots: UnsafeMutablePointer<apus_slot_line> {
        unsafe UnsafeMutableRawPointer(processes + processLimit)
            .assumingMemoryBound(to: apus_slot_line.self)
    }

    // MARK: Of the generation as a whole

    /// What the application speaks; unknown until a worker has imported it.
    var interface: WorkerInterface {
        get { WorkerInterface(rawValue: unsafe apus_load32(&board.pointee.interface)) ?? .unknown }
        set { unsafe apus_store32(&board.pointee.interface, newValue.rawValue) }
    }

    /// Packets sent and not yet taken.
    var queued: Int { Int(unsafe apus_load_count(&board.pointee.queued)) }

    /// - Returns: how many there are now.
    @discardableResult
    func addQueued(_ difference: Int) -> Int {
        Int(unsafe apus_add_count(&board.pointee.queued, Int32(difference))) + difference
    }

    /// Wakes threads that wait for the queue, after packets have been put into it.
    func ring(packets: Int) {
        unsafe apus_front_ring(apus_bell(board), CInt(packets))
    }

    /// Whether a front saw a newer script than the one that runs.
    ///
    /// - Returns: whether it was not so before.
    @discardableResult
    func setReloadWanted(_ isWanted: Bool) -> Bool {
        unsafe apus_exchange32(&board.pointee.reload_wanted, isWanted ? 1 : 0)
            != (isWanted ? 1 : 0)
    }

    var isReloadWanted: Bool { unsafe apus_load32(&board.pointee.reload_wanted) != 0 }

    /// The modification time of the newest script when the generation started, in microseconds
    /// since 1970.
    var scriptTime: UInt64 {
        get { unsafe apus_load64(&board.pointee.script_time) }
        set { unsafe apus_store64(&board.pointee.script_time, newValue) }
    }

    /// Makes it as new, for workers that are about to start.
    func clear() {
        interface = .unknown
        unsafe apus_store_count(&board.pointee.queued, 0)
        unsafe board.pointee.bell.waiting = 0
        setReloadWanted(false)
        scriptTime = 0
        for index in 0..<processLimit {
            process(index).clear()
            for number in 0..<slotLimit { slot(number, of: index).clear() }
        }
    }
}

/// What an application speaks.
enum WorkerInterface: UInt32, Sendable {
    case unknown = 0
    case wsgi = 1
    case asgi = 2
}
