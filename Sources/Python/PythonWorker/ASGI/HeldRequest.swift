// SPDX-License-Identifier: Apache-2.0

/// A request that waits for its application, or until another one has ended.
struct HeldRequest {
    let channel: Channel
    let id: UInt64
    let mount: Mount
    let payload: HeldPayload

    init(_ channel: Channel, _ id: UInt64, _ mount: Mount, _ payload: Slice) {
        self.channel = channel
        self.id = id
        self.mount = mount
        self.payload = HeldPayload(payload)
    }
}

/// A copy of its frame's payload.
@safe
final class HeldPayload {
    private let memory: UnsafeMutableRawPointer
    private let count: Int

    init(_ bytes: Slice) {
        unsafe memory = .allocate(byteCount: max(bytes.count, 1), alignment: 8)
        unsafe memory.copyMemory(from: bytes.start, byteCount: bytes.count)
        count = bytes.count
    }

    deinit { unsafe memory.deallocate() }

    var slice: Slice { unsafe Slice(start: UnsafeRawPointer(memory), count: count) }
}
