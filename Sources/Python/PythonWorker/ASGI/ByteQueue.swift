// SPDX-License-Identifier: Apache-2.0

import CWorkerPlatform
import CWorkerProtocol

/// Bytes that are added at one end and taken at the other.
@safe
struct ByteQueue: ~Copyable {
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    private var start = 0
    private var end = 0

    var count: Int { end - start }
    var isEmpty: Bool { end == start }

    /// The bytes that have not been taken; only to be used while there are some.
    var bytes: UnsafeMutableRawPointer { unsafe memory! + start }

    /// How many bytes `room` has left.
    var spare: Int { capacity - end }

    /// Memory behind the last byte, for at least so many.
    mutating func room(_ wanted: Int) -> UnsafeMutableRawPointer {
        if spare < wanted { makeRoom(wanted) }
        return unsafe memory! + end
    }

    /// So many bytes have been written to `room`.
    mutating func added(_ count: Int) { end += count }

    mutating func append(_ source: UnsafeRawPointer, _ count: Int) {
        unsafe memcpy(room(count), source, count)
        end += count
    }

    mutating func append(_ text: StaticString) {
        unsafe append(text.utf8Start, text.utf8CodeUnitCount)
    }

    mutating func take(_ count: Int) {
        start += count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Gives large memory back; an idle stream keeps little.
    mutating func shrink() {
        guard isEmpty, capacity > 1 << 17 else { return }
        unsafe free(memory)
        unsafe memory = nil
        capacity = 0
    }

    private mutating func makeRoom(_ wanted: Int) {
        let held = count
        if start > 0, capacity - held >= wanted, held <= capacity / 2 {
            unsafe memmove(memory!, bytes, held)
        } else {
            var size = max(capacity, 512)
            while size - held < wanted { size *= 2 }
            let grown = unsafe malloc(size)!
            if held > 0 { unsafe memcpy(grown, bytes, held) }
            unsafe free(memory)
            unsafe memory = grown
            capacity = size
        }
        start = 0
        end = held
    }

    deinit { unsafe free(memory) }
}

extension ByteQueue {
    /// Adds the head of a frame.
    mutating func frame(
        _ type: Int, _ request: UInt64, length: Int, flags: Int = 0, aux: Int = 0
    ) {
        let head = apus_frame(
            type: UInt8(truncatingIfNeeded: type), flags: UInt8(truncatingIfNeeded: flags),
            aux: UInt16(truncatingIfNeeded: aux), length: UInt32(truncatingIfNeeded: length),
            request: request)
        unsafe room(16).storeBytes(of: head, as: apus_frame.self)
        end += 16
    }

    mutating func append(number: UInt32) {
        unsafe room(4).storeBytes(of: number.littleEndian, as: UInt32.self)
        end += 4
    }

    mutating func append(number: Int64) {
        unsafe room(8).storeBytes(of: number.littleEndian, as: Int64.self)
        end += 8
    }
}
