// SPDX-License-Identifier: Apache-2.0

import CWorkerPlatform
import CWorkerProtocol

/// The memory that tells the parent and the fronts what this process does.
struct Scoreboard {
    let board: UnsafeMutablePointer<apus_scoreboard>
    let process: UInt32
    private let size: UInt64

    /// Nil if it cannot be mapped or is not of this protocol.
    init?(_ descriptor: Int32, process: UInt32) {
        let size = apus_regular_file_size(descriptor)
        guard size >= Int64(MemoryLayout<apus_scoreboard>.size),
            let memory = apus_map(descriptor, UInt64(size), 1)
        else { return nil }
        board = memory.assumingMemoryBound(to: apus_scoreboard.self)
        self.process = process
        self.size = UInt64(size)
        guard Int32(board.pointee.version) == APUS_PROTOCOL_VERSION,
            process < board.pointee.process_limit,
            Int64(apus_scoreboard_size(board.pointee.process_limit, board.pointee.slot_limit))
                <= size
        else { return nil }
    }

    var line: UnsafeMutablePointer<apus_process_line> { apus_process(board, process) }
    var slotLimit: UInt32 { board.pointee.slot_limit }
    var processLimit: UInt32 { board.pointee.process_limit }

    func slot(_ number: UInt32) -> UnsafeMutablePointer<apus_slot_line> {
        apus_slot(board, process, number)
    }

    /// Makes it this process's own copy, that nobody else sees change.
    func detach(_ descriptor: Int32) { apus_map_copy(descriptor, board, size) }

    func packetTaken() { apus_add_count(&board.pointee.queued, -1) }

    var requests: UInt64 { apus_load64(&line.pointee.requests) }
    /// - Returns: how many there have been, this one included.
    func requestEnded(_ now: UInt64) -> UInt64 {
        apus_store64(&line.pointee.last_active, now)
        return apus_add64(&line.pointee.requests, 1) + 1
    }

    func began() {
        apus_store32(&line.pointee.pid, apus_pid())
        apus_store64(&line.pointee.started, apus_now())
        apus_store64(&line.pointee.requests, 0)
    }

    func beat() { _ = apus_add64(&line.pointee.heartbeat, 1) }
    func set(state: UInt32) { apus_store32(&line.pointee.state, state) }
    func set(interface: UInt32) { apus_store32(&board.pointee.interface, interface) }
}
