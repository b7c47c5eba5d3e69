// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// Where the loops of front children introduce themselves to this process.
final class Door: Owned {
    private let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    /// - Returns: false with an exception.
    func open() -> Bool {
        guard let callable = unsafe Reference(loop.types.holder.callable(loop.methods.door, self))
        else {
            return false
        }
        return unsafe loop.watch(Int32(APUS_DOOR_DESCRIPTOR), callable.object)
    }

    func close() { loop.unwatch(Int32(APUS_DOOR_DESCRIPTOR)) }

    func drain() {
        let size = MemoryLayout<apus_packet>.size
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        defer { unsafe memory.deallocate() }
        while true {
            var descriptor: Int32 = -1
            let length = unsafe apus_take_message(
                Int32(APUS_DOOR_DESCRIPTOR), memory, UInt64(size), &descriptor)
            if length == APUS_WOULD_BLOCK { return }
            guard length > 0 else {
                // Nobody holds the other end any more; the parent has gone, which control tells.
                close()
                return
            }
            guard descriptor >= 0 else { continue }
            let packet = unsafe UnsafeRawPointer(memory).load(as: apus_packet.self)
            guard length == size, Int32(packet.version) == APUS_PROTOCOL_VERSION,
                Int(packet.type) == APUS_PACKET_CONNECT
            else {
                apus_close(descriptor)
                continue
            }
            let channel = Channel(descriptor, loop)
            loop.add(channel)
            if !channel.open() { channel.close() }
        }
    }
}
