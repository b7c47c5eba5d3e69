// SPDX-License-Identifier: Apache-2.0

/// Why a chunk size is none (RFC 9112 section 7.1).
public enum ChunkSizeError: Error, Equatable {
    case missing
    case invalidCharacter(UInt8)
    case tooLarge
}

/// Reads a chunk size (RFC 9112 section 7.1).
///
/// - Parameter digits: the hexadecimal digits alone, without extensions or CRLF.
/// - Returns: the size in bytes; 0 for the last chunk.
/// - Throws: `ChunkSizeError`. The caller answers 400 and closes the connection,
///   for it no longer knows where the next request begins.
public func parseChunkSize(_ digits: Span<UInt8>) throws(ChunkSizeError) -> Int {
    guard !digits.isEmpty else { throw .missing }
    var size = 0
    for index in digits.indices { try appendDigit(digits[index], to: &size) }
    return size
}

/// Moves a size one hexadecimal digit on.
func appendDigit(_ digit: UInt8, to size: inout Int) throws(ChunkSizeError) {
    guard let value = digit.hexadecimalValue else { throw .invalidCharacter(digit) }
    // Leading zeros are legal, so the value and not the number of digits is bounded.
    guard size <= Int.max >> 4 else { throw .tooLarge }
    size = size << 4 | Int(value)
}
