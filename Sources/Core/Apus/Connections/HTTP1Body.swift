// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

/// The content of a request on the connection it came on.
@safe
final class HTTP1Body: BodySource {
    enum Framing {
        /// Bytes that are still to come.
        case length(Int64)
        case chunked(ChunkedDecoder)
    }

    private unowned let connection: HTTP1Connection
    private var framing: Framing
    private var isFinished = false
    private var failed = false
    private(set) var trailers = Fields()
    /// The client wants to be told to go on before it sends the content.
    var awaitsContinue = false
    /// LimitRequestBody where the request was mapped to; 0: no limit.
    var limit: Int64 = 0
    private var taken: Int64 = 0
    private var stageStart: Int64?
    /// The response is complete.
    private var isDiscarding = false

    init(_ connection: HTTP1Connection, _ framing: Framing) {
        self.connection = connection
        self.framing = framing
    }

    // What hands the content on to a program may read it in a task of its own, while the response
    // is sent. Such a task may still wait here when the response is complete.
    private var isReading = false
    private var isTakenBack = false
    private var readEnded: UnsafeContinuation<Void, Never>?

    func read(into buffer: inout [UInt8], limit: Int) async throws(RequestError) -> Int {
        isReading = true
        defer { endReading() }
        if isTakenBack { throw RequestError(.badRequest) }
        if isFinished { return 0 }
        if failed { throw RequestError(.badRequest) }
        try await tellToContinue()
        while true {
            let before = buffer.count
            let position = connection.consumed
            try take(into: &buffer, limit: limit)
            let count = buffer.count - before
            if count > 0 || isFinished {
                try account(for: count)
                return count
            }
            // As many bytes as may be taken can all be framing, and the content be there behind it.
            if connection.consumed > position, connection.consumed < connection.input.count {
                continue
            }
            try await receive()
            if isTakenBack { throw RequestError(.badRequest) }
        }
    }

    private func endReading() {
        isReading = false
        unsafe readEnded.take()?.resume()
    }

    /// Ends a read that a task still waits in; from now on the content is the connection's.
    func takeBack() async {
        if isReading {
            isTakenBack = true
            connection.channel.wakeReader()
            unsafe await withUnsafeContinuation { unsafe readEnded = $0 }
        }
        isTakenBack = false
    }

    private func account(for count: Int) throws(RequestError) {
        taken += Int64(count)
        guard limit == 0 || taken <= limit else {
            failed = true
            throw RequestError(
                .contentTooLarge,
                "AH01588: Read content length of \(taken) is larger than the configured limit of \(limit)"
            )
        }
    }

    /// Moves what has arrived.
    private func take(into buffer: inout [UInt8], limit: Int) throws(RequestError) {
        switch framing {
        case .length(let remaining):
            let available = connection.input.count - connection.consumed
            let count = Int(min(Int64(min(limit, available)), remaining))
            let start = connection.consumed
            buffer.append(contentsOf: connection.input[start..<start + count])
            connection.consumed += count
            framing = .length(remaining - Int64(count))
            isFinished = remaining == Int64(count)
        case .chunked(var decoder):
            framing = .length(0)
            defer { framing = .chunked(decoder) }
            try decode(&decoder, into: &buffer, limit: limit)
        }
    }

    private func decode(
        _ decoder: inout ChunkedDecoder, into buffer: inout [UInt8], limit: Int
    ) throws(RequestError) {
        do throws(ChunkedError) {
            let end = min(connection.input.count, connection.consumed + limit)
            let input = connection.input
            let rest = input.span.extracting(connection.consumed..<end)
            let step = try decoder.decode(rest)
            buffer.append(copying: rest.extracting(step.content))
            connection.consumed += step.consumed
            if step.isLast {
                trailers = decoder.trailers
                isFinished = true
            }
        } catch {
            failed = true
            throw RequestError(
                error.status, "AH01590: the chunked content is malformed: \(error)", level: .info)
        }
    }

    private func receive() async throws(RequestError) {
        switch connection.receive() {
        case .received: return
        case .closed:
            failed = true
            connection.connection.isAborted = true
            throw RequestError(
                .badRequest, "AH00567: the client closed within the content", level: .info)
        case .nothing:
            // The client may wait for its response before it sends any more.
            if isDiscarding, !connection.output.isEmpty, await !connection.flush() {
                failed = true
                throw RequestError(.badRequest)
            }
            if stageStart == nil { stageStart = connection.loop.now }
            guard await connection.waitToRead(until: deadline) else {
                failed = true
                connection.lingersShortly = true
                connection.connection.willClose = true
                connection.connection.logReadTimeout(of: "body", stage)
                throw RequestError(.requestTimeout)
            }
        }
    }

    private var stage: ReadTimeouts.Stage? { connection.connection.readTimeouts?.body }

    private var deadline: Int64 {
        stage.deadline(
            now: connection.loop.now, start: stageStart ?? connection.loop.now, bytes: taken,
            timeout: connection.connection.defaultHost.core.timeout)
    }

    private func tellToContinue() async throws(RequestError) {
        guard awaitsContinue else { return }
        awaitsContinue = false
        connection.output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
        if await !connection.flush() { throw RequestError(.badRequest) }
    }

    // MARK: Afterwards

    /// Whether what was not read can be read and thrown away: not when the client still waits to
    /// be told to send it.
    var canBeDiscarded: Bool { isFinished || (!awaitsContinue && !failed) }

    /// Reads the rest, so that the next request begins where this one ends.
    ///
    /// False: the connection cannot go on.
    func discard() async -> Bool {
        var scratch: [UInt8] = []
        limit = 0
        isDiscarding = true
        while !isFinished {
            scratch.removeAll(keepingCapacity: true)
            do throws(RequestError) {
                if try await read(into: &scratch, limit: 65536) == 0 { break }
            } catch {
                return false
            }
        }
        return true
    }
}
