// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc

// A worker that is woken may take the processor from this loop at once. So the packets of a turn
// leave with one call, and workers are woken when all are there.

/// What one turn of the loop puts into a queue.
@safe
final class QueueOutbox {
    let queue: CInt
    let board: WorkerBoard
    /// What the queue had no room for; made when that first happens.
    var overflow: QueueOverflow?
    private var bytes: [UInt8] = []
    private var lengths: [UInt32] = []

    init(_ generation: Generation) {
        queue = generation.queue
        board = generation.board
    }

    var isEmpty: Bool { lengths.isEmpty }

    // Both are changed as locals, so that no access to them has to be watched over.

    func append(_ packet: borrowing PacketBuffer) {
        var bytes = self.bytes.take()
        var lengths = self.lengths.take()
        unsafe packet.withBytes { unsafe bytes.append(contentsOf: $0) }
        lengths.append(UInt32(packet.count))
        self.bytes.putBack(&bytes)
        self.lengths.putBack(&lengths)
    }

    /// Sends what there is.
    ///
    /// - Parameter unsent: gets each packet that the queue has no room for, in their order.
    func flush(_ unsent: ([UInt8]) -> Void) {
        var bytes = self.bytes.take()
        var lengths = self.lengths.take()
        defer {
            self.bytes.putBack(&bytes)
            self.lengths.putBack(&lengths)
        }
        let sent = unsafe bytes.withUnsafeBytes { bytes in
            unsafe lengths.withUnsafeBufferPointer { lengths in
                unsafe apus_front_send_many(
                    queue, bytes.baseAddress!, lengths.baseAddress!, CInt(lengths.count))
            }
        }
        if sent > 0 { board.ring(packets: Int(sent)) }
        // What cannot be sent at all is found to be lost by the rest.
        let isFull = sent >= 0 || errno == EAGAIN || errno == ENOBUFS
        if isFull, Int(sent) < lengths.count {
            let first = max(0, Int(sent))
            var start = lengths[..<first].reduce(0) { $0 + Int($1) }
            for length in lengths[first...] {
                unsent(Array(bytes[start..<start + Int(length)]))
                start += Int(length)
            }
        }
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        lengths.removeAll(keepingCapacity: true)
    }
}
