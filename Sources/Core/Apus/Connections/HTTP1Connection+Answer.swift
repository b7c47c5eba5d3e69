// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

// Most requests have nothing to wait for here. What may have to, but seldom does, is inlined, for
// a frame of an async function costs more than most of these functions do.

/// A request that is being answered, and its content on the connection.
struct Answer: ~Copyable {
    var request: Request
    let body: HTTP1Body?
}

extension HTTP1Connection {
    /// Begins to answer a request.
    ///
    /// - Returns: nil where its handler suspended it.
    @inline(__always)
    func begin(_ head: consuming RequestHead) async -> Answer? {
        connection.requestCount += 1
        let received = WallTime.now
        var request = Request(
            head: head, connection: connection, host: connection.defaultHost, received: received,
            started: loop.now, number: connection.requestCount, body: .none)
        request.owner = self
        request.maySuspend = true
        request.response.fields = context.takeFields()
        decideAboutKeepingAlive(request)
        if !acceptor.admit(request, of: self) { await acceptor.admitLater(request, of: self) }
        var body: HTTP1Body?
        do throws(RequestError) {
            try request.chooseHost()
            acceptor.describe(request, of: self)
            body = try makeBody(&request)
            try request.setTargetFromHead()
            if try await connection.server.process(&request) == .suspended {
                keep(Answer(request: request, body: body))
                return nil
            }
            try ByteRangeContent.checkSatisfiable(&request)
        } catch {
            await respond(to: error, &request)
        }
        return Answer(request: request, body: body)
    }

    /// Goes on with a request that was suspended.
    ///
    /// - Returns: nil where it was suspended again.
    @inline(__always)
    func goOn(_ suspended: consuming Answer) async -> Answer? {
        var answer = suspended
        do throws(RequestError) {
            if let handler = answer.request.suspendedHandler.take() {
                switch try handler.goOn(&answer.request) {
                case .suspended:
                    keep(answer)
                    return nil
                case .declined: try await handler.finish(&answer.request)
                case .done: break
                }
            }
            try ByteRangeContent.checkSatisfiable(&answer.request)
        } catch {
            await respond(to: error, &answer.request)
        }
        return answer
    }

    private func respond(to error: RequestError, _ request: inout Request) async {
        if request.path.isEmpty { request.path = request.head.path }
        if error.status.dropsConnection { connection.willClose = true }
        await connection.server.respond(to: error, &request)
    }

    /// Sends the response, and sees to what is left.
    ///
    /// False: the connection ends with this response.
    @inline(__always)
    func complete(_ answer: consuming Answer) async -> Bool {
        let body = answer.body
        var request = answer.request
        takeOutputBuffer()
        // A client that waits for 100 Continue may never send the content; one that does not
        // would have its content taken for the next request.
        if let body, !body.canBeDiscarded { connection.willClose = true }
        var goesOn = await send(&request)
        await body?.takeBack()
        if let upgrade = request.acceptedUpgrade {
            let keepsWorker = !acceptor.sharesWorkers
            if !keepsWorker { acceptor.dismiss(request, of: self) }
            upgraded = UpgradedRequest(request, upgrade, keepsWorker: keepsWorker)
            return false
        }
        if goesOn, let body { goesOn = await body.discard() }
        gathered += 1
        if !output.isEmpty, !goesOn || hasGatheredEnough {
            responseEnd = connection.bytesWritten + Int64(output.count)
            if await !flush() { goesOn = false }
            responseEnd = nil
        }
        await finish(&request)
        acceptor.dismiss(request, of: self)
        context.giveBack(&request.response.fields)
        connection.lastAnswered = loop.now
        return goesOn
    }

    /// Whether the responses to pipelined requests may not wait for the next one.
    private var hasGatheredEnough: Bool {
        let most = connection.defaultHost.core.run.flushMaxPipelined
        return most >= 0 && gathered > most || hasReachedFlushThreshold
    }

    /// Answers a request that could not be read; the connection ends with it.
    func refuse(_ error: RequestParseError) async {
        connection.willClose = true
        connection.requestCount += 1
        let line = parser.requestLine(of: input.span.extracting(consumed...))
        var request = Request(
            head: RequestHead(unreadable: line), connection: connection,
            host: connection.defaultHost,
            received: .now, started: loop.now, number: connection.requestCount, body: .none)
        if !line.isEmpty { request.path = "/" }
        if let notes = error.notes { request.notes["error-notes"] = notes }
        await connection.server.respond(
            to: RequestError(error.status, error.message, level: .info), &request)
        _ = await send(&request)
        _ = await flush()
        // What comes behind a head that could not be read belongs to nothing else.
        consumed = input.count
        await finish(&request)
    }

    /// Ends with a client that took too long for a head: with 408 if it has said what it wants.
    ///
    /// If it has not, that is only logged, and only of a connection that has served nothing.
    func refuseSlowly() async {
        connection.logReadTimeout(of: "header", connection.readTimeouts?.header)
        lingersShortly = true
        connection.willClose = true
        guard parser.hasRequestLine || connection.requestCount == 0 else { return }
        connection.requestCount += 1
        let line =
            parser.hasRequestLine ? parser.requestLine(of: input.span.extracting(consumed...)) : ""
        var request = Request(
            head: RequestHead(unreadable: line), connection: connection,
            host: connection.defaultHost, received: .now, started: loop.now,
            number: connection.requestCount, body: .none)
        request.response.status = .requestTimeout
        if parser.hasRequestLine {
            await connection.server.respond(to: RequestError(.requestTimeout), &request)
            _ = await send(&request)
            _ = await flush()
        }
        await finish(&request)
    }

    /// Sees to what is left when the response has been sent: the accounts, and the log.
    @inline(__always)
    func finish(_ request: inout Request) async {
        request.finished = WallTime.now
        account(&request)
        do throws(RequestError) {
            try await connection.server.hooks.logTransaction.runAll(&request)
        } catch {
            request.log(.error, "", "a function of log_transaction failed: \(error.reason)")
        }
    }

    /// Counts what the request and its response took.
    ///
    /// Pipelined requests may be in the same packets, so it is places in the stream that are
    /// compared.
    private func account(_ request: inout Request) {
        let unread = Int64(input.count - consumed)
        let received = connection.bytesRead - unread
        let sent = connection.bytesWritten + Int64(output.count)
        request.bytesReceived = max(0, received - accounted.received)
        request.bytesSent = max(0, sent - accounted.sent)
        accounted = (received, sent)
    }

    /// RFC 9112 section 9.3, and what the configuration allows.
    private func decideAboutKeepingAlive(_ request: borrowing Request) {
        let host = connection.defaultHost
        let limit = host.core.maxKeepAliveRequests
        let wanted = request.head.isPersistent
        let isLast = limit > 0 && connection.requestCount > limit
        clientCloses = !wanted
        connection.willClose =
            !wanted || !host.core.keepAlive || isLast || acceptor.isQuiescing
            || request.head.version < .http10
    }

    private func expectsContinue(_ request: borrowing Request) throws(RequestError) -> Bool {
        do throws(RequestParseError) {
            return try request.head.expectsContinue()
        } catch {
            throw RequestError(error.status, error.message, level: .info)
        }
    }

    private func makeBody(_ request: inout Request) throws(RequestError) -> HTTP1Body? {
        let framing: BodyFraming
        do throws(RequestParseError) {
            framing = try BodyFraming(request.head)
        } catch {
            connection.willClose = true
            throw RequestError(error.status, error.message, level: .info)
        }
        let body: HTTP1Body
        switch framing {
        case .none: return nil
        case .length(0): return nil
        case .length(let count):
            body = HTTP1Body(self, .length(Int64(count)))
            request.body = RequestBody(count: Int64(count), source: body)
        case .chunked:
            body = HTTP1Body(self, .chunked(ChunkedDecoder()))
            request.body = RequestBody(count: nil, source: body)
        }
        body.awaitsContinue = try expectsContinue(request)
        return body
    }
}
