// SPDX-License-Identifier: Apache-2.0

internal import CZlib

/// Compressed data that is none, or that is more than it may be.
public enum InflateError: Error, Sendable {
    case malformed
    case tooLong
    case outOfMemory
}

/// Undoes DEFLATE (RFC 1951) for data that comes in pieces, without a header of zlib or gzip.
@safe
public final class RawInflater {
    // On the heap, for zlib's own state points back to it.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter windowBits: the size of the window as a power of two, 8 to 15; no smaller than
    ///   that of the sender.
    public init(windowBits: Int = 15) throws(InflateError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        guard unsafe czlib_inflate_init_raw(stream, CInt(windowBits)) == Z_OK else {
            throw .outOfMemory
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Appends what a piece of compressed data stands for.
    ///
    /// - Parameter limit: the most bytes that `output` may have in the end. What would be more is
    ///   never made, so that a few bytes of input cannot fill the memory.
    public func inflate(
        _ input: Span<UInt8>, into output: inout [UInt8], limit: Int
    ) throws(InflateError) {
        let failure = unsafe input.withUnsafeBufferPointer { bytes -> InflateError? in
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(bytes.count)
            defer { unsafe stream.pointee.next_in = nil }
            return run(into: &output, limit: limit)
        }
        if let failure { throw failure }
    }

    private func run(into output: inout [UInt8], limit: Int) -> InflateError? {
        while true {
            // One byte more than allowed tells whether there is more.
            let room = min(max(output.capacity - output.count, 4096), limit - output.count + 1)
            guard room > 0 else { return .tooLong }
            var result = Z_OK
            output.append(addingCapacity: room) { span in
                unsafe span.withUnsafeMutableBufferPointer { bytes, count in
                    unsafe stream.pointee.next_out = bytes.baseAddress! + count
                    unsafe stream.pointee.avail_out = UInt32(room)
                    unsafe result = CZlib.inflate(stream, Z_SYNC_FLUSH)
                    unsafe count += room - Int(stream.pointee.avail_out)
                }
            }
            guard output.count <= limit else { return .tooLong }
            let isFull = unsafe stream.pointee.avail_out == 0
            switch result {
            case Z_OK: if !isFull, unsafe stream.pointee.avail_in == 0 { return nil }
            // Nothing more to do: all of the input has been used.
            case Z_BUF_ERROR: return nil
            // The sender ended its stream of blocks; what follows begins another, with the same
            // window (RFC 7692 section 7.2.3.4).
            case Z_STREAM_END:
                unsafe inflateResetKeep(stream)
                if unsafe stream.pointee.avail_in == 0 { return nil }
            case Z_MEM_ERROR: return .outOfMemory
            default: return .malformed
            }
        }
    }
}
