// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

/// The last stage of a response: writes content to the connection, in chunks where the length is
/// not known (RFC 9112 section 7.1).
final class ContentWriter: OutputStage {
    private let connection: HTTP1Connection
    private let framing: ContentFraming
    private let trailers: Fields
    private let lateTrailers: LateTrailers?
    private(set) var isComplete = false
    /// Bytes of content that were handed to the connection.
    private(set) var count: Int64 = 0

    init(
        _ connection: HTTP1Connection, _ framing: ContentFraming, trailers: Fields,
        late lateTrailers: LateTrailers?
    ) {
        self.connection = connection
        self.framing = framing
        self.trailers = trailers
        self.lateTrailers = lateTrailers
    }

    func write(_ chunk: Chunk) async throws(OutputError) {
        switch chunk {
        case .bytes(let bytes): try await write(bytes)
        case .file(let range): try await write(range)
        case .flush: try await connection.flushOrThrow()
        case .end: try await end()
        }
    }

    private func write(_ bytes: [UInt8]) async throws(OutputError) {
        // A chunk of no bytes would end the content.
        if bytes.isEmpty { return }
        count += Int64(bytes.count)
        beginChunk(of: bytes.count)
        try await connection.send(bytes)
        endChunk()
    }

    private func write(_ range: FileRange) async throws(OutputError) {
        if range.count == 0 { return }
        count += range.count
        beginChunk(of: Int(range.count))
        try await connection.send(range)
        endChunk()
    }

    private func beginChunk(of count: Int) {
        guard framing == .chunked else { return }
        connection.output.append(hexadecimal: count)
        connection.output.append(0x0D)
        connection.output.append(0x0A)
    }

    private func endChunk() {
        guard framing == .chunked else { return }
        connection.output.append(0x0D)
        connection.output.append(0x0A)
    }

    private func end() async throws(OutputError) {
        isComplete = true
        guard framing == .chunked else { return }
        connection.output.append(contentsOf: "0\r\n".utf8)
        trailers.serialize(into: &connection.output)
        lateTrailers?.fields.serialize(into: &connection.output)
        connection.output.append(0x0D)
        connection.output.append(0x0A)
    }
}
