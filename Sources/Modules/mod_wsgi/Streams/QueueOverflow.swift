// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc

/// Packets that a queue had no room for, sent when it has; `listen-backlog` bounds their number.
@safe
final class QueueOverflow: EventHandler {
    private struct Packet {
        let bytes: [UInt8]
        let descriptors: [CInt]
    }

    private let queue: CInt
    private let board: WorkerBoard
    private var packets: [Packet] = []
    private var first = 0

    init(_ queue: CInt, _ board: WorkerBoard) {
        self.queue = queue
        self.board = board
    }

    var isEmpty: Bool { first == packets.count }

    /// Takes over the descriptors.
    func append(_ bytes: [UInt8], _ descriptors: [CInt]) {
        packets.append(Packet(bytes: bytes, descriptors: descriptors))
    }

    func ready(_ readiness: Readiness) {
        guard readiness.contains(.writable) || !readiness.isDisjoint(with: .hangUp) else { return }
        let start = first
        while first < packets.count {
            let packet = packets[first]
            let sent = unsafe packet.bytes.withUnsafeBytes {
                unsafe apus_front_send(
                    queue, $0.baseAddress!, $0.count, packet.descriptors,
                    CInt(packet.descriptors.count))
            }
            if sent < 0, errno == EAGAIN || errno == ENOBUFS { break }
            // What cannot be sent at all is found to be lost by the rest.
            for descriptor in packet.descriptors { _ = close(descriptor) }
            first += 1
        }
        if first > start { board.ring(packets: first - start) }
        guard isEmpty else { return }
        packets.removeAll(keepingCapacity: true)
        first = 0
    }
}
