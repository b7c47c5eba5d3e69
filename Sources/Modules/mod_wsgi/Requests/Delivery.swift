// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// Brings a request to a worker.
struct Delivery: ~Copyable {
    /// How often a request that got lost on its way is sent.
    private static let attempts = 3

    let target: Target
    let dispatcher: Dispatcher
    /// That of the path (`ScriptPath`).
    let division: Int?
    /// How often it has been sent before.
    private var attempt = 0
    // What is found out once, however often it is tried.
    private var content = Content.unknown
    private var start: ASGIDelivery.Start?
    private var roomDeadline: Int64?

    /// What a worker gets of the content with the variables.
    private enum Content {
        case unknown
        case whole([UInt8])
        /// It is to ask for it.
        case onDemand
    }

    init(_ target: Target, _ dispatcher: Dispatcher, dividedAt division: Int?) {
        self.target = target
        self.dispatcher = dispatcher
        self.division = division
    }

    /// Of one that was lost on its way.
    ///
    /// - Throws: 502 where that happens again and again.
    init(of lost: Exchange, _ request: borrowing Request) throws(RequestError) {
        self.init(
            lost.target, lost.dispatcher, dividedAt: ScriptPath.division(of: request))
        attempt = lost.attempt + 1
        guard attempt < Self.attempts else {
            throw RequestError(
                .badGateway, "workers of \(target.set) end before they take the request")
        }
        if lost.seat != nil { start = ASGIDelivery.Start(of: lost, request) }
        if let sent = lost.sentContent { content = .whole(sent) }
    }

    /// Sends it, and waits where that cannot be done at once.
    ///
    /// - Throws: 503 where too many wait already.
    mutating func send(_ request: inout Request) async throws(RequestError) -> Exchange {
        while true {
            if let exchange = try sendNow(&request) { return exchange }
            let workers = try await Workers.find(target, request)
            // After a reload, nobody looks into the queue of before: so all is asked again.
            let streams = dispatcher.streams(of: workers)
            if streams.generation.board.interface == .asgi {
                guard let start else { continue }
                try await ASGIDelivery.waitForProcess(
                    &request, start, target, dispatcher, streams)
            } else if case .unknown = content {
                content = try await Self.inlineContent(of: request)
            } else {
                try await waitForRoom(&request, streams)
            }
        }
    }

    /// - Returns: nil where something has to be waited for first.
    mutating func sendNow(_ request: inout Request) throws(RequestError) -> Exchange? {
        guard let workers = Workers.ready(target) else { return nil }
        let streams = dispatcher.streams(of: workers)
        Self.reload(target, request, streams)
        if streams.generation.board.interface == .asgi {
            let start: ASGIDelivery.Start
            if let known = self.start {
                start = known
            } else {
                start = try ASGIDelivery.Start(&request)
                self.start = start
            }
            guard let process = ASGIDelivery.freeProcess(target, streams) else { return nil }
            let exchange = try ASGIDelivery.send(
                request, dividedAt: division, start, target, dispatcher, streams, to: process)
            exchange.attempt = attempt
            return exchange
        }
        try Self.checkContent(request, target)
        if case .unknown = content {
            if request.body.isPresent { return nil }
            content = .whole([])
        }
        guard streams.generation.board.queued < target.backlog else { return nil }
        return try send(request, to: streams)
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
    private mutating func waitForRoom(
        _ request: inout Request, _ streams: GenerationStreams
    ) async throws(RequestError) {
        let board = streams.generation.board
        let loop = request.connection.loop
        let end = roomDeadline ?? loop.now + (target.group.connectTimeout ?? .zero).nanoseconds
        roomDeadline = end
        while loop.now < end {
            await loop.sleep(for: .milliseconds(5))
            if board.queued < target.backlog || !streams.isServing { return }
        }
        throw request.exceedsBacklog(of: target, waiting: board.queued)
    }

    // MARK: Content

    /// Content that is short enough to go along with the variables.
    ///
    /// - Returns: all of it, or that it is to be asked for.
    private static func inlineContent(
        of request: borrowing Request
    ) async throws(RequestError) -> Content {
        // A client that waits to be told may never be, if the application does not want it.
        guard let count = request.body.count, count <= Int64(APUS_INLINE_BODY_LIMIT),
            !request.head.contains(.expect)
        else { return .onDemand }
        return .whole(try await request.body.readAll(limit: Int(count)))
    }

    // MARK: Sending

    private func send(
        _ request: borrowing Request, to streams: GenerationStreams
    ) throws(RequestError) -> Exchange {
        guard dispatcher.hasRoom else { throw RequestError(.serviceUnavailable) }
        let exchange = dispatcher.begin(request, target, target.limits)
        exchange.attempt = attempt
        var writer = dispatcher.takeWriter()
        writer.packet.begin()
        writer.variables.write(request, target, dividedAt: division, to: &writer.packet)
        var head = apus_packet()
        head.type = UInt8(APUS_PACKET_REQUEST)
        if case .whole(let content) = content {
            head.flags = UInt16(APUS_PACKET_BODY_INLINE)
            head.content_length = Int64(content.count)
            head.inline_length = UInt32(content.count)
            writer.packet.append(content.span)
            if !content.isEmpty { exchange.sentContent = content }
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
