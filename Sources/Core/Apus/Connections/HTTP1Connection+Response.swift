// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

// A response on its way out: the filters see the head, the head is written into the output
// buffer, the content follows. Small content is appended to the head and leaves with it; a file
// leaves by sendfile; content that is made on the way is written piece by piece.

extension HTTP1Connection {
    /// Content up to this size is copied behind the head rather than written on its own.
    private static let copiedContent = 32768

    /// Sends the response.
    ///
    /// False: the connection cannot go on.
    @inline(__always)
    func send(_ request: inout Request) async -> Bool {
        if request.response.isNonParsed { return await sendNonParsed(&request) }
        var content = Content.none
        swap(&content, &request.response.content)
        let (framing, filters) = sendHead(&request, &content)
        guard framing != .none else { return !connection.willClose }
        if framing == .length, filters.isEmpty, case .bytes(let bytes) = content,
            bytes.count <= Self.copiedContent
        {
            output.append(contentsOf: bytes)
            request.contentBytesSent = Int64(bytes.count)
            return !connection.willClose
        }
        return await sendContent(content, framing, filters, &request)
    }

    /// Shows the head to the filters and writes it.
    ///
    /// - Returns: how the content is to be sent, `.none` where there is none to send.
    private func sendHead(
        _ request: inout Request, _ content: inout Content
    ) -> (ContentFraming, [any OutputFilter]) {
        // The fields are moved, not copied, for a table that two hold is copied when it changes.
        var head = ResponseHead(
            status: request.response.status, fields: Fields(), errorFields: Fields(),
            contentLength: content.count, isHead: request.isHead)
        swap(&head.fields, &request.response.fields)
        swap(&head.errorFields, &request.response.errorFields)
        request.finishHead(&head)
        ByteRangeContent.apply(&head, &content, &request)
        var filters = request.filters
        for index in filters.indices { filters[index].begin(&head, &request) }
        head.tidy(isFromOrigin: request.response.isFromOrigin)
        request.heedProtocolVariables(&head)
        if request.isHead || head.status.forbidsContent { filters = [] }
        if !filters.isEmpty {
            filters.removeAll { !$0.seesContent }
            if !filters.isEmpty { head.contentLength = nil }
        }
        // There is a place for trailers only behind chunks (RFC 9112 section 7.1.2).
        if !request.response.trailers.isEmpty, request.head.version >= .http11 {
            head.contentLength = nil
        }
        let framing = self.framing(for: &head, request)
        if request.tracksFirstByte { request.firstByteTime = .now }
        appendHead(head, request, to: &output)
        request.response.status = head.status
        swap(&head.fields, &request.response.fields)
        swap(&head.errorFields, &request.response.errorFields)
        return (request.isHead || head.status.forbidsContent ? .none : framing, filters)
    }

    private func sendNonParsed(_ request: inout Request) async -> Bool {
        connection.willClose = true
        return await sendContent(request.response.content, .untilClose, [], &request)
    }

    // MARK: The head

    /// How the end of the content is told (RFC 9112 section 6).
    private func framing(
        for head: inout ResponseHead, _ request: borrowing Request
    ) -> ContentFraming {
        if head.status.forbidsContent {
            if head.status != .notModified { head.fields.remove(.contentLength) }
            return .none
        }
        if let length = head.contentLength {
            head.fields.set(.contentLength, Int(length))
            return .length
        }
        head.fields.remove(.contentLength)
        if request.isHead { return .none }
        if request.head.version >= .http11 {
            head.fields.set(.transferEncoding, "chunked")
            return .chunked
        }
        connection.willClose = true
        return .untilClose
    }

    /// Appends the head to `bytes`: the output, which is handed on so that one access to it does
    /// for all that is appended.
    private func appendHead(
        _ head: borrowing ResponseHead, _ request: borrowing Request, to bytes: inout [UInt8]
    ) {
        // HTTP/0.9 has no head (and no way to tell an error but its page).
        if request.head.version < .http10 { return }
        appendFirstLines(head, request, to: &bytes)
        head.fields.serialize(into: &bytes)
        if !head.errorFields.isEmpty { head.errorFields.serialize(into: &bytes) }
        appendConnectionFields(request, to: &bytes)
        bytes.append(0x0D)
        bytes.append(0x0A)
    }

    /// Appends the status line, Date and Server.
    private func appendFirstLines(
        _ head: borrowing ResponseHead, _ request: borrowing Request, to bytes: inout [UInt8]
    ) {
        let hasDate = head.fields.contains(.date)
        let hasServer = head.fields.contains(.server)
        let version = request.isAnsweredAsHTTP10 ? "HTTP/1.0 " : "HTTP/1.1 "
        if head.status == .ok, request.response.reason == nil, !request.isAnsweredAsHTTP10,
            !hasDate, !hasServer
        {
            bytes.append(contentsOf: context.okLines(at: request.received))
            return
        }
        appendStatusLine(version, head.status, request.response.reason, to: &bytes)
        if !hasDate { bytes.append(contentsOf: context.dateField(at: request.received)) }
        if !hasServer { bytes.append(contentsOf: connection.server.serverField) }
    }

    private func appendStatusLine(
        _ version: String, _ status: HTTPStatus, _ reason: String?, to bytes: inout [UInt8]
    ) {
        bytes.append(bytesOf: version)
        bytes.append(decimal: Int(status.code))
        bytes.append(0x20)
        bytes.append(bytesOf: reason ?? status.reason)
        bytes.append(0x0D)
        bytes.append(0x0A)
    }

    private func appendConnectionFields(
        _ request: borrowing Request, to bytes: inout [UInt8]
    ) {
        if let upgrade = request.acceptedUpgrade {
            bytes.append(
                bytesOf: "Upgrade: \(upgrade.protocolName)\r\nConnection: Upgrade\r\n")
        } else if connection.willClose {
            bytes.append(bytesOf: "Connection: close\r\n")
        } else if request.head.hasToken(.connection, "keep-alive") {
            let host = connection.defaultHost
            bytes.append(bytesOf: "Keep-Alive: timeout=")
            bytes.append(decimal: Int(host.core.keepAliveTimeout.components.seconds))
            if host.core.maxKeepAliveRequests > 0 {
                bytes.append(bytesOf: ", max=")
                bytes.append(
                    decimal: max(0, host.core.maxKeepAliveRequests - connection.requestCount + 1))
            }
            bytes.append(bytesOf: "\r\nConnection: Keep-Alive\r\n")
        }
    }

    // MARK: Interim responses

    func send(interim status: HTTPStatus, _ fields: Fields) {
        // Two may write at a time only if neither waits, and nobody waits for a hint.
        guard !isFlushing, output.count < Self.copiedContent else { return }
        var head: [UInt8] = []
        appendStatusLine("HTTP/1.1 ", status, nil, to: &head)
        fields.serialize(into: &head)
        head.append(0x0D)
        head.append(0x0A)
        output.append(contentsOf: head)
        _ = flushNow()
    }

    // MARK: The content

    private func sendContent(
        _ content: Content, _ framing: ContentFraming, _ filters: [any OutputFilter],
        _ request: inout Request
    ) async -> Bool {
        do throws(OutputError) {
            if filters.isEmpty, framing == .length, !content.isMadeOnTheWay {
                let count = content.count ?? 0
                request.contentBytesSent = count
                responseEnd = connection.bytesWritten + Int64(output.count) + count
                defer { responseEnd = nil }
                try await sendDirectly(content)
                return !connection.willClose
            }
            let late = request.response.lateTrailers
            let writer = ContentWriter(
                self, framing, trailers: request.response.trailers, late: late)
            var first: any OutputStage = writer
            for filter in filters.reversed() { first = FilterStage(filter, next: first) }
            defer {
                request.contentBytesSent = writer.count
                if let late { request.response.trailers.append(contentsOf: late.fields) }
            }
            try await first.write(content)
            try await first.write(.end)
            return !connection.willClose && writer.isComplete
        } catch {
            connection.isAborted = true
            if case .contentFailed(let reason) = error {
                request.log(.error, "AH00574", reason)
            }
            return false
        }
    }

    /// Sends content whose bytes nobody has to see, or to make.
    private func sendDirectly(_ content: Content) async throws(OutputError) {
        switch content {
        case .none, .stream: return
        case .bytes(let bytes): try await send(bytes)
        case .file(let range): try await send(range)
        case .sequence(let parts): for part in parts { try await sendDirectly(part) }
        }
    }

    func send(_ bytes: [UInt8]) async throws(OutputError) {
        if bytes.count <= Self.copiedContent {
            output.append(contentsOf: bytes)
            if hasReachedFlushThreshold { try await flushOrThrow() }
            return
        }
        try await flushOrThrow()
        try await write(bytes)
    }

    var hasReachedFlushThreshold: Bool {
        output.count > connection.defaultHost.core.run.flushMaxThreshold
    }

    private func write(_ bytes: [UInt8]) async throws(OutputError) {
        let sent: Int
        do throws(SystemError) {
            sent = try channel.write(bytes.span)
        } catch {
            throw ChannelError.system(error).asOutputError
        }
        connection.bytesWritten += Int64(sent)
        guard sent < bytes.count else { return }
        waitsForReader()
        do throws(ChannelError) {
            try await channel.writeAll(
                bytes, from: sent, patience: connection.defaultHost.core.timeout)
        } catch {
            throw error.asOutputError
        }
        connection.bytesWritten += Int64(bytes.count - sent)
    }

    /// Sends a part of a file: a small one behind the head, a large one by sendfile.
    func send(_ range: FileRange) async throws(OutputError) {
        if range.count <= Self.copiedContent {
            return try await copy(range)
        }
        try await flushOrThrow()
        var offset = range.offset
        let end = range.offset + range.count
        while offset < end {
            let count: Int
            do throws(SystemError) {
                count = try channel.sendFile(
                    range.file.descriptor, from: offset, count: Int(min(end - offset, 1 << 30)))
            } catch {
                throw ChannelError.system(error).asOutputError
            }
            offset += Int64(count)
            connection.bytesWritten += Int64(count)
            if count == 0 {
                // The file became shorter than its length that was already announced.
                if channel.isWritable { throw .contentFailed("file ended early while it was sent") }
                try await waitToWrite()
            }
        }
    }

    private func copy(_ range: FileRange) async throws(OutputError) {
        var offset = range.offset
        let end = range.offset + range.count
        while offset < end {
            let wanted = Int(min(end - offset, Int64(Self.copiedContent)))
            let bytes: [UInt8]
            do throws(SystemError) {
                bytes = try range.file.read(at: offset, count: wanted)
            } catch {
                throw .contentFailed("\(error)")
            }
            if bytes.isEmpty { throw .contentFailed("file ended early while it was sent") }
            try await send(bytes)
            offset += Int64(bytes.count)
        }
    }

    func waitToWrite() async throws(OutputError) {
        waitsForReader()
        do throws(ChannelError) {
            try await channel.waitToWrite(connection.defaultHost.core.timeout)
        } catch {
            throw error.asOutputError
        }
    }

    func flushOrThrow() async throws(OutputError) {
        if output.isEmpty { return }
        if await !flush() { throw .clientLeft }
    }
}

/// How the end of a response's content is told.
enum ContentFraming {
    case none, length, chunked, untilClose
}

extension ChannelError {
    var asOutputError: OutputError {
        switch self {
        case .timedOut: .timedOut
        case .system: .clientLeft
        }
    }
}

extension OutputStage {
    /// Hands on the whole of a content, without its end.
    public func write(_ content: Content) async throws(OutputError) {
        switch content {
        case .none: return
        case .bytes(let bytes): try await write(.bytes(bytes))
        case .file(let range): try await write(.file(range))
        case .sequence(let parts): for part in parts { try await write(part) }
        case .stream(_, let produce): try await produce(self)
        }
    }
}

extension FileRange {
    /// The bytes of this range in pieces, for a filter that must see them.
    public func forEachPiece(
        of size: Int = 65536, _ body: ([UInt8]) async throws(OutputError) -> Void
    ) async throws(OutputError) {
        var position = offset
        while position < offset + count {
            let piece: [UInt8]
            do throws(SystemError) {
                piece = try file.read(
                    at: position, count: Int(min(Int64(size), offset + count - position)))
            } catch {
                throw .contentFailed("\(error)")
            }
            if piece.isEmpty { throw .contentFailed("file ended early while it was sent") }
            position += Int64(piece.count)
            try await body(piece)
        }
    }
}
