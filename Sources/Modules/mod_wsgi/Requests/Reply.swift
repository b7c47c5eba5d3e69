// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// Makes the response of what a worker gave.
enum Reply {
    /// - Throws: the status of a request that the application did not answer.
    static func make(_ request: inout Request, _ exchange: Exchange) throws(RequestError) {
        request.mapping = exchange
        request.noteSource = exchange
        guard var head = exchange.takeHead() else {
            exchange.logLate(with: request.logger(for: WSGIModule.self))
            throw failure(of: exchange)
        }
        if exchange.target.settings.values.overridesErrors, head.status.isError {
            exchange.abandon()
            throw RequestError(head.status)
        }
        request.response.status = head.status
        request.response.reason = head.reason
        request.response.contentType = head.contentType
        if !head.fields.isEmpty { swap(&request.response.fields, &head.fields) }
        if let fields = head.errorFields {
            request.response.errorFields.append(contentsOf: fields)
        }
        request.response.content = content(of: exchange, head.status, head.length, &request)
    }

    /// Whether the client asks for parts of what the application gives as a whole: of content that
    /// is all here the server can cut them.
    static func mayBeInParts(_ request: borrowing Request, _ exchange: Exchange) -> Bool {
        guard request.head.contains(.range), request.method == .get else { return false }
        return exchange.isWholeSuccess && exchange.canBeWhole
    }

    private static func failure(of exchange: Exchange) -> RequestError {
        if let failure = exchange.failure {
            exchange.abandon()
            return failure
        }
        guard let end = exchange.end else { return RequestError(.badGateway) }
        if end.hasExpired { return .queueTimeout(exchange.target) }
        // What happened has been told by the worker.
        return RequestError(end.status == 0 ? .internalServerError : HTTPStatus(end.status))
    }

    private static func content(
        of exchange: Exchange, _ status: HTTPStatus, _ length: Int64?, _ request: inout Request
    ) -> Content {
        if request.isHead || status.forbidsContent {
            if let length, status == .notModified {
                request.response.fields.set(.contentLength, Int(length))
            }
            let source = ReplyContent(exchange, request.logger(for: WSGIModule.self))
            return .stream(count: length) { _ in source.dropAll() }
        }
        if let end = exchange.end, !end.isAborted, !exchange.hasMessages {
            let (pieces, bytes) = exchange.takeContent()
            let content = Self.content(pieces, bytes)
            if length == nil || content.count == length {
                if exchange.hasTrailers { request.response.trailers = exchange.trailers }
                return content
            }
            return stream(exchange, length, beginning: content, &request)
        }
        return stream(exchange, length, beginning: .none, &request)
    }

    private static func content(_ pieces: [Content], _ bytes: [UInt8]) -> Content {
        if pieces.isEmpty { return .bytes(bytes) }
        if pieces.count == 1, bytes.isEmpty { return pieces[0] }
        return .sequence(bytes.isEmpty ? pieces : pieces + [.bytes(bytes)])
    }

    private static func stream(
        _ exchange: Exchange, _ count: Int64?, beginning: Content,
        _ request: inout Request
    ) -> Content {
        let source = ReplyContent(exchange, request.logger(for: WSGIModule.self))
        // Trailers come last of all, behind the chunks of content of unknown length.
        let trailers = count == nil ? LateTrailers() : nil
        request.response.lateTrailers = trailers
        return .stream(count: count) { stage throws(OutputError) in
            try await source.send(to: stage, beginning: beginning, count: count)
            trailers?.fields = source.trailers
        }
    }
}

/// The content of a response that is still being made.
///
/// Whatever becomes of it, the worker is told when nobody wants it any more.
final class ReplyContent {
    private let exchange: Exchange
    private let logger: RequestLogger

    init(_ exchange: Exchange, _ logger: RequestLogger) {
        self.exchange = exchange
        self.logger = logger
    }

    deinit {
        report()
        exchange.logLate(with: logger)
        exchange.abandon()
    }

    func dropAll() { exchange.abandon() }

    /// Known when all has been sent.
    var trailers: Fields { exchange.trailers }

    /// - Parameter count: what the head said of the length.
    func send(
        to stage: any OutputStage, beginning: Content, count: Int64?
    ) async throws(OutputError) {
        var remaining = count ?? .max
        try await write(beginning, &remaining, stage)
        while true {
            let isLast = exchange.isOver
            let (pieces, bytes) = exchange.takeContent()
            report()
            for piece in pieces { try await write(piece, &remaining, stage) }
            if !bytes.isEmpty { try await write(.bytes(bytes), &remaining, stage) }
            if isLast { break }
            // What came so far must not wait for what comes later.
            if !exchange.isOver, exchange.bytes.isEmpty, exchange.pieces.isEmpty {
                if !pieces.isEmpty || !bytes.isEmpty { try await stage.write(.flush) }
                await exchange.waitForContent()
            }
        }
        try check(count == nil ? 0 : remaining)
    }

    private func write(
        _ content: Content, _ remaining: inout Int64, _ stage: any OutputStage
    ) async throws(OutputError) {
        guard let size = content.count, size > 0, remaining > 0 else { return }
        if size > remaining {
            throw .contentFailed("the application gave more than its Content-Length")
        }
        remaining -= size
        try await stage.write(content)
    }

    private func check(_ missing: Int64) throws(OutputError) {
        if let failure = exchange.failure { throw .contentFailed(failure.reason) }
        if exchange.isLost { throw .contentFailed("the worker ended") }
        if let end = exchange.end, end.isAborted || end.hasFailed {
            throw .contentFailed("the application did not complete its response")
        }
        if missing > 0 {
            throw .contentFailed("the application gave less than its Content-Length")
        }
    }

    private func report() {
        for message in exchange.takeMessages() { logger.log(message.level, "", message.text) }
    }
}

/// What the access log can tell of a request: `%{queue-time}n` and `%{application-time}n`, in
/// microseconds, and `%{wsgi-request}n`, by which the error log's lines of workers name it; `%L` is
/// the same, where the server itself has logged something of the request.
extension Exchange: NoteSource {
    func note(_ name: String) -> String? {
        switch name {
        case "wsgi-request": self.name.description
        case "queue-time": timeInQueue.map { String($0) }
        case "application-time": wasCalled ? end.map { String($0.applicationTime) } : nil
        default: nil
        }
    }

    private var wasCalled: Bool { end.map { $0.started >= queuedAt } ?? false }

    private var timeInQueue: UInt64? {
        if let end, wasCalled { return end.started - queuedAt }
        // It was never taken out of the queue in time.
        guard hasWaitedInVain || end?.hasExpired == true else { return nil }
        return UInt64((dispatcher.loop.now - queued) / 1000)
    }
}
