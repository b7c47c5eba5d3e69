// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Appends a run of bytes in one copy.
    public mutating func append(copying span: Span<UInt8>) {
        append(addingCapacity: span.count) { $0.append(copying: span) }
    }
}

extension OutputSpan<UInt8> {
    /// Appends a run of bytes that there is room for.
    @inlinable @inline(__always)
    package mutating func append(copying span: Span<UInt8>) {
        unsafe withUnsafeMutableBufferPointer { room, count in
            precondition(span.count <= room.count - count)
            unsafe span.withUnsafeBufferPointer { bytes in
                if let start = bytes.baseAddress {
                    unsafe UnsafeMutableRawPointer(room.baseAddress! + count)
                        .copyMemory(from: start, byteCount: bytes.count)
                }
            }
            count += span.count
        }
    }
}
