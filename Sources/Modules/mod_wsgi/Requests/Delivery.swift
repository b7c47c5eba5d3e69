// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// Brings a request to a worker, and waits until its response begins.
enum Delivery {
    /// How often a request that got lost on its way is sent.
    private static let attempts = 3

    /// - Parameter division: that of the path (`ScriptPath`).
    /// - Throws: 503 where too many wait already, 502 where workers keep dying.
    @inline(__always)
    static func deliver(
        _ request: inout Request, dividedAt division: Int?, _ target: Target,
        _ dispatcher: Dispatcher
    ) async throws(RequestError) -> Exchange {
        var content: [UInt8]?
        var isContentKnown = false
        var start: ASGIDelivery.Start?
        var attempt = 0
        while attempt < attempts {
            let workers: WorkerSet
            if let ready = Workers.ready(target) {
                workers = ready
            } else {
                workers = try await Workers.find(target, request)
            }
            let streams = dispatcher.streams(of: workers)
            reload(target, request, streams)
            let exchange: Exchange
            if streams.generation.board.interface == .asgi {
                let begun: ASGIDelivery.Start
                if let start { begun = start } else { begun = try ASGIDelivery.Start(&request) }
                start = begun
                let process: Int
                if let free = ASGIDelivery.freeProcess(target, streams) {
                    process = free
                } else {
                    let chosen = try await ASGIDelivery.waitForProcess(
                        &request, begun, target, dispatcher, streams)
                    guard let chosen else { continue }
                    process = chosen
                }
                exchange = try ASGIDelivery.send(
                    request, dividedAt: division, begun, target, dispatcher, streams, to: process)
            } else {
                try checkContent(request, target)
                var mayBeLate = false
                if !request.body.isPresent {
                    content = []
                } else if !isContentKnown {
                    content = try await inlineContent(of: request)
                    mayBeLate = true
                }
                isContentKnown = true
                if streams.generation.board.queued >= target.backlog {
                    try await waitForRoom(&request, target, streams)
                    mayBeLate = true
                }
                // Nobody looks into the queue of before a reload.
                if mayBeLate, !streams.isServing { continue }
                exchange = try send(
                    request, dividedAt: division, content, target, dispatcher, streams)
            }
            while true {
                await exchange.waitForHead()
                for message in exchange.takeMessages() {
                    request.log(message.level, in: WSGIModule.self, "", message.text)
                }
                for interim in exchange.takeInterims() {
                    request.sendInterim(interim.status, interim.fields)
                }
                if exchange.hasHead || exchange.isAccepted || exchange.isOver { break }
            }
            if !exchange.isLost { return exchange }
            attempt += 1
        }
        throw RequestError(
            .badGateway, "workers of \(target.set) end before they take the request")
    }

    /// A WSGI application is to know the length of the content, and only asks to be spared that.
    private static func checkContent(
        _ request: borrowing Request, _ target: Target
    ) throws(RequestError) {
        guard request.body.isPresent, request.body.count == nil,
            !target.settings.values.takesChunkedRequests,
            request.head.contains(.transferEncoding)
        else { return }
        throw RequestError(
            .lengthRequired,
            "Received request requiring chunked transfer encoding, but optional support for "
                + "chunked transfer encoding has not been enabled: \(request.filename ?? "")")
    }

    /// Has the workers replaced where the script is newer than what they run.
    private static func reload(
        _ target: Target, _ request: borrowing Request, _ streams: GenerationStreams
    ) {
        guard target.settings.values.reloadsScripts, target.handlerScript == nil,
            let status = request.fileStatus
        else { return }
        let running = streams.generation.board.scriptTime
        let modified = status.modified * 1_000_000 + status.modifiedNanoseconds / 1000
        if running != 0, modified > 0, UInt64(modified) > running {
            target.workers?.wantReload(target.script)
        }
    }

    /// Refuses a request while as many as may are in the queue.
    ///
    /// mod_wsgi tries to connect to its processes for 15 seconds meanwhile, which makes the bound
    /// none; here `connect-timeout` has to be written for that.
    private static func waitForRoom(
        _ request: inout Request, _ target: Target, _ streams: GenerationStreams
    ) async throws(RequestError) {
        let board = streams.generation.board
        let loop = request.connection.loop
        let end = loop.now + (target.group.connectTimeout ?? .zero).nanoseconds
        while loop.now < end {
            await loop.sleep(for: .milliseconds(5))
            if board.queued < target.backlog || !streams.isServing { return }
        }
        throw request.exceedsBacklog(of: target, waiting: board.queued)
    }

    // MARK: Content

    /// Content that is short enough to go along with the variables.
    ///
    /// - Returns: nil where it is to be asked for.
    private static func inlineContent(
        of request: borrowing Request
    ) async throws(RequestError) -> [UInt8]? {
        // A client that waits to be told may never be, if the application does not want it.
        guard let count = request.body.count, count <= Int64(APUS_INLINE_BODY_LIMIT),
            !request.head.contains(.expect)
        else { return nil }
        return try await request.body.readAll(limit: Int(count))
    }

    // MARK: Sending

    private static func send(
        _ request: borrowing Request, dividedAt division: Int?, _ content: [UInt8]?,
        _ target: Target, _ dispatcher: Dispatcher, _ streams: GenerationStreams
    ) throws(RequestError) -> Exchange {
        guard dispatcher.hasRoom else { throw RequestError(.serviceUnavailable) }
        let exchange = dispatcher.begin(request, target, target.limits)
        var writer = dispatcher.takeWriter()
        writer.packet.begin()
        writer.variables.write(request, target, dividedAt: division, to: &writer.packet)
        var head = apus_packet()
        head.type = UInt8(APUS_PACKET_REQUEST)
        if let content {
            head.flags = UInt16(APUS_PACKET_BODY_INLINE)
            head.content_length = Int64(content.count)
            head.inline_length = UInt32(content.count)
            writer.packet.append(content.span)
        } else {
            head.flags = UInt16(APUS_PACKET_BODY_STREAM)
            head.content_length = request.body.count ?? -1
            exchange.content = RequestContent(request.body, exchange)
        }
        head.received = UInt64(max(0, request.received.microseconds))
        head.queued = exchange.queuedAt
        let patience = min(target.limits.queue, target.limits.silence)
        if patience < .max { head.expires = head.queued + UInt64(patience / 1000) }
        do throws(SystemError) {
            try dispatcher.send(exchange, &writer.packet, to: streams, head)
        } catch {
            throw exchange.unsent(error)
        }
        dispatcher.giveBack(writer)
        return exchange
    }
}
