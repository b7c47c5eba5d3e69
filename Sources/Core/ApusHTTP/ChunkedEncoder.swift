// SPDX-License-Identifier: Apache-2.0

/// Puts the chunked transfer coding on content of a length not known before
/// (RFC 9112 section 7.1): a head, that many bytes and an end per chunk, then the last chunk.
public enum ChunkedEncoder {
    /// Appends the line before `count` bytes of content.
    ///
    /// No content, no chunk: a size of 0 would end it all.
    public static func appendHead(ofChunk count: Int, to output: inout [UInt8]) {
        precondition(count > 0)
        output.append(hexadecimal: count)
        appendEndOfChunk(to: &output)
    }

    /// Appends what follows the bytes of a chunk.
    public static func appendEndOfChunk(to output: inout [UInt8]) {
        output.append(0x0D)
        output.append(0x0A)
    }

    /// Appends the last chunk, with trailers.
    public static func appendEnd(trailers: Fields = .init(), to output: inout [UInt8]) {
        output.append(0x30)
        appendEndOfChunk(to: &output)
        trailers.serialize(into: &output)
        appendEndOfChunk(to: &output)
    }
}
