// SPDX-License-Identifier: Apache-2.0

internal import CZlib

/// Compresses by DEFLATE (RFC 1951), without a header of zlib or gzip.
@safe
public final class RawDeflater {
    // On the heap, for zlib's own state points back to it.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameters:
    ///   - windowBits: the size of the window as a power of two, 9 to 15.
    ///   - memoryLevel: zlib's measure of its other memory, 1 to 9.
    /// - Returns: nil when there is no memory for it: 2^(windowBits + 2) + 2^(memoryLevel + 9)
    ///   bytes.
    public init?(level: Int = 6, windowBits: Int = 15, memoryLevel: Int = 8) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let result = unsafe czlib_deflate_init_raw(
            stream, CInt(level), CInt(windowBits), CInt(memoryLevel))
        guard result == Z_OK else {
            return nil
        }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Appends the compressed form of `input`, up to a whole byte: it ends with an empty block
    /// (00 00 FF FF), and what comes next can refer to it.
    public func deflate(_ input: Span<UInt8>, into output: inout [UInt8]) {
        unsafe input.withUnsafeBufferPointer { bytes in
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(bytes.count)
            repeat {
                let room = max(output.capacity - output.count, 1024)
                output.append(addingCapacity: room) { span in
                    unsafe span.withUnsafeMutableBufferPointer { bytes, count in
                        unsafe stream.pointee.next_out = bytes.baseAddress! + count
                        unsafe stream.pointee.avail_out = UInt32(room)
                        _ = unsafe CZlib.deflate(stream, Z_SYNC_FLUSH)
                        unsafe count += room - Int(stream.pointee.avail_out)
                    }
                }
            } while unsafe stream.pointee.avail_out == 0
            unsafe stream.pointee.next_in = nil
        }
    }
}
