// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc

extension ProcessWorkplace {
    /// The front's streams go along with the packets that bring them.
    func movePackets(from old: Generation, to new: Generation?) -> Int {
        var buffer = [UInt8](repeating: 0, count: Int(APUS_PACKET_LIMIT))
        var moved = 0
        defer { if moved > 0 { new?.board.ring(packets: moved) } }
        while true {
            var received = apus_front_received()
            let length = unsafe apus_front_receive(
                old.queuePair.reading, &buffer, buffer.count, &received)
            guard length > 0 else { return moved }
            old.board.addQueued(-1)
            let descriptors = Self.descriptors(received)
            defer { for descriptor in descriptors { _ = close(descriptor) } }
            // A question whether workers have taken what came before: they have gone.
            guard let new, buffer[1] != UInt8(APUS_PACKET_PING) else { continue }
            let sent = unsafe apus_front_send(
                new.queue, buffer, length, descriptors, CInt(descriptors.count))
            // A queue that is full has no room for what is late already.
            guard sent == length else { continue }
            new.board.addQueued(1)
            moved += 1
        }
    }

    func clearDoor(of generation: Generation, _ place: Int) {
        var buffer = [UInt8](repeating: 0, count: MemoryLayout<apus_packet>.size)
        while true {
            var received = apus_front_received()
            let length = unsafe apus_front_receive(
                generation.doorPairs[place].reading, &buffer, buffer.count, &received)
            for descriptor in Self.descriptors(received) { _ = close(descriptor) }
            guard length > 0 else { return }
        }
    }

    private static func descriptors(_ received: apus_front_received) -> [CInt] {
        unsafe withUnsafeBytes(of: received.descriptors) { bytes in
            unsafe Array(bytes.bindMemory(to: CInt.self).prefix(Int(received.count)))
        }
    }
}
