// SPDX-License-Identifier: Apache-2.0

import CWorkerPlatform
import CWorkerProtocol

/// Bytes that grow at the end.
@safe
struct Bytes: ~Copyable {
    private(set) var start: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        unsafe start = Self.allocate(capacity)
    }

    deinit { unsafe free(start) }

    /// Without an alignment of its own, which costs a search each time.
    private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        unsafe malloc(max(count, 1))!
    }

    /// Forgets the content; room far beyond the usual is given back.
    mutating func clear(keeping usual: Int) {
        count = 0
        guard capacity > usual else { return }
        unsafe free(start)
        unsafe start = Self.allocate(usual)
        capacity = usual
    }

    mutating func clear() { count = 0 }

    mutating func append(_ bytes: UnsafeRawPointer, _ length: Int) {
        reserve(length)
        unsafe (start + count).copyMemory(from: bytes, byteCount: length)
        count += length
    }

    mutating func append(_ text: StaticString) {
        unsafe append(text.utf8Start, text.utf8CodeUnitCount)
    }

    mutating func append<Value: BitwiseCopyable>(_ value: Value) {
        let length = MemoryLayout<Value>.size
        reserve(length)
        unsafe (start + count).storeBytes(of: value, as: Value.self)
        count += length
    }

    mutating func append(_ other: borrowing Bytes) {
        unsafe append(other.start, other.count)
    }

    /// Makes room at the end, to be filled and then counted with `grow`.
    mutating func reserve(_ length: Int) {
        guard count + length > capacity else { return }
        let larger = max(capacity * 2, count + length)
        let memory = unsafe Self.allocate(larger)
        unsafe memory.copyMemory(from: start, byteCount: count)
        unsafe free(start)
        unsafe start = memory
        capacity = larger
    }

    mutating func grow(_ length: Int) { count += length }

    /// Drops the first bytes.
    mutating func drop(_ length: Int) {
        count -= length
        if count > 0 { unsafe memmove(start, start + length, count) }
    }

    func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        unsafe (start + offset).storeBytes(of: value, as: Value.self)
    }
}

extension Bytes {
    /// The head of a frame; the payload is appended after it.
    mutating func frame(
        _ type: Int, flags: Int = 0, aux: UInt16 = 0, length: Int, request: UInt64
    ) {
        append(
            apus_frame(
                type: UInt8(type), flags: UInt8(flags), aux: aux, length: UInt32(length),
                request: request))
    }
}
