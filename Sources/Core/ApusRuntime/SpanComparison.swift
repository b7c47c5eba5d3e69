// SPDX-License-Identifier: Apache-2.0

internal import Glibc

extension Span<UInt8> {
    /// Whether these bytes begin with those.
    public func starts(with other: Span<UInt8>) -> Bool {
        guard other.count <= count else { return false }
        if other.isEmpty { return true }
        return unsafe withUnsafeBufferPointer { bytes in
            unsafe other.withUnsafeBufferPointer { other in
                unsafe memcmp(bytes.baseAddress!, other.baseAddress!, other.count) == 0
            }
        }
    }
}
