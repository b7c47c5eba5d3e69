// SPDX-License-Identifier: Apache-2.0

internal import CWorkerProtocol

/// The line of a thread of a worker in the scoreboard of its generation.
@safe struct SlotLine: Sendable {
    // Keeps the memory mapped.
    private let owner: WorkerBoard
    // Points into shared memory of `owner`, which the functions of the protocol read and write.
    private nonisolated(unsafe) let line: UnsafeMutablePointer<apus_slot_line>

    init(owner: WorkerBoard, line: UnsafeMutablePointer<apus_slot_line>) {
        self.owner = owner
        unsafe self.line = unsafe line
    }

    /// What the thread has to do, if anything, with what logs call it.
    var held: (request: UInt64, name: String)? {
        var text = [CChar](repeating: 0, count: 8 * Int(APUS_NAME_WORDS))
        let request = unsafe apus_held(line, &text)
        guard request != 0 else { return nil }
        // The memory is the worker's too, so it can be anything.
        let name = text.prefix { $0 > 0x20 && $0 < 0x7F }.map { UInt8(bitPattern: $0) }
        return (request, String(decoding: name, as: UTF8.self))
    }

    /// The request in it, 0 when there is none.
    var request: UInt64 { unsafe apus_load64(&line.pointee.request) }

    /// When the application was called: microseconds since 1970.
    var started: UInt64 { unsafe apus_load64(&line.pointee.started) }

    /// The kernel's number of the thread.
    var thread: Int32 { Int32(truncatingIfNeeded: unsafe apus_load32(&line.pointee.thread)) }

    var requests: UInt64 { unsafe apus_load64(&line.pointee.requests) }

    /// Microseconds in the application, all requests together.
    var busy: UInt64 { unsafe apus_load64(&line.pointee.busy) }

    func clear() {
        unsafe apus_store64(&line.pointee.request, 0)
        unsafe apus_store64(&line.pointee.started, 0)
        unsafe apus_store32(&line.pointee.thread, 0)
        unsafe apus_store64(&line.pointee.requests, 0)
        unsafe apus_store64(&line.pointee.busy, 0)
    }
}
