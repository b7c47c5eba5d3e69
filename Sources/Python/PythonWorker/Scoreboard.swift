// SPDX-License-Identifier: Apache-2.0

import CWorkerPlatform
import CWorkerProtocol

/// The memory that tells the parent and the fronts what this process does.
@safe
struct Scoreboard {
    let board: UnsafeMutablePointer<apus_scoreboard>
    let process: UInt32
    private let size: UInt64

    /// Nil if it cannot be mapped or is not of this protocol.
    init?(_ descriptor: Int32, process: UInt32) {
        let size = apus_regular_file_size(descriptor)
        guard size >= Int64(MemoryLayout<apus_scoreboard>.size),
            let memory = unsafe apus_map(descriptor, UInt64(size), 1)
        else { return nil }
        unsafe board = memory.assumingMemoryBound(to: apus_scoreboard.self)
        self.process = process
        self.size = UInt64(size)
        guard unsafe Int32(board.pointee.version) == APUS_PROTOCOL_VERSION,
            unsafe process < board.pointee.process_limit,
            unsafe Int64(
                apus_scoreboard_size(board.pointee.process_limit, board.pointee.slot_limit))
                <= size
        else { return nil }
    }

    var line: UnsafeMutablePointer<apus_process_line> { unsafe apus_process(board, process) }
    var slotLimit: UInt32 { unsafe board.pointee.slot_limit }
    var processLimit: UInt32 { unsafe board.pointee.process_limit }

    func slot(_ number: UInt32) -> UnsafeMutablePointer<apus_slot_line> {
        unsafe apus_slot(board, process, number)
    }

    /// Makes it this process's own copy, that nobody else sees change.
    func detach(_ descriptor: Int32) { unsafe apus_map_copy(descriptor, board, size) }

    var bell: UnsafeMutablePointer<apus_bell> { unsafe apus_bell(board) }

    func packetTaken() { unsafe apus_add_count(&board.pointee.queued, -1) }

    var requests: UInt64 { unsafe apus_load64(&line.pointee.requests) }
    /// - Returns: how many there have been, this one included.
    func requestEnded(_ now: UInt64) -> UInt64 {
        unsafe apus_store64(&line.pointee.last_active, now)
        return unsafe apus_add64(&line.pointee.requests, 1) + 1
    }

    func began() {
        unsafe apus_store32(&line.pointee.pid, apus_pid())
        unsafe apus_store64(&line.pointee.started, apus_now())
        unsafe apus_store64(&line.pointee.requests, 0)
    }

    func beat() { _ = unsafe apus_add64(&line.pointee.heartbeat, 1) }
    func set(state: UInt32) { unsafe apus_store32(&line.pointee.state, state) }
    func set(interface: UInt32) { unsafe apus_store32(&board.pointee.interface, interface) }
}
