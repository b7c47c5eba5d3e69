// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// Brings a request to a process that runs an application by ASGI.
///
/// A process answers many at once, so a request goes to the one that has the fewest, and waits only
/// where `concurrency` bounds their number.
enum ASGIDelivery {
    private static let pause: Duration = .milliseconds(2)

    /// What is found out of a request before it waits for a process.
    struct Start {
        let isWebSocket: Bool
        /// In microseconds since 1970.
        let queuedAt: UInt64
        /// The same, by the loop's clock.
        let time: Int64

        /// That of a request which is sent again.
        init(of lost: Exchange, _ request: borrowing Request) {
            isWebSocket = request.asksForWebSocket
            queuedAt = lost.queuedAt
            time = lost.queued
        }

        /// - Throws: the answer to a bad opening handshake.
        init(_ request: inout Request) throws(RequestError) {
            isWebSocket = request.asksForWebSocket
            if isWebSocket { _ = try request.webSocketHandshake() }
            queuedAt = UInt64(max(0, WallTime.now.microseconds))
            time = request.connection.loop.now
        }
    }

    static func send(
        _ request: borrowing Request, dividedAt division: Int?, _ start: Start, _ target: Target,
        _ dispatcher: Dispatcher, _ streams: GenerationStreams, to process: Int
    ) throws(RequestError) -> Exchange {
        guard dispatcher.hasRoom else { throw RequestError(.serviceUnavailable) }
        var limits = target.limits
        limits.queue = .max
        let exchange = dispatcher.begin(request, target, limits, queuedAt: start.queuedAt)
        var writer = dispatcher.takeWriter()
        writer.packet.begin()
        writer.variables.writeScope(
            request, target, dividedAt: division, isWebSocket: start.isWebSocket,
            to: &writer.packet)
        var head = apus_packet()
        head.version = UInt8(APUS_PROTOCOL_VERSION)
        head.type = UInt8(APUS_PACKET_REQUEST)
        head.request = exchange.identifier
        head.variable_count = writer.packet.variableCount
        head.variables_length = UInt32(writer.packet.count - PacketBuffer.headSize)
        head.received = UInt64(max(0, request.received.microseconds))
        head.queued = exchange.queuedAt
        if request.body.isPresent, !start.isWebSocket {
            head.flags = UInt16(APUS_PACKET_BODY_STREAM)
            head.content_length = request.body.count ?? -1
            exchange.content = RequestContent(request.body, exchange)
        } else {
            head.flags = UInt16(APUS_PACKET_BODY_INLINE)
        }
        writer.packet.finish(head)
        do throws(SystemError) {
            let stream = try streams.stream(to: process)
            exchange.stream = stream
            exchange.takeSeat(
                Seat(streams.generation.board, process: process, streams.count(of: process)))
            unsafe writer.packet.withBytes { bytes in
                let span = unsafe Span<UInt8>(
                    _unsafeElements: bytes.assumingMemoryBound(to: UInt8.self))
                stream.send(APUS_FRAME_REQUEST, for: exchange, span)
            }
        } catch {
            throw exchange.unsent(error)
        }
        dispatcher.giveBack(writer)
        let abandoned = LoopConfined(exchange)
        request.connection.whenClientLeaves = { abandoned.value.clientLeft() }
        return exchange
    }

    /// A process that may have one more; nil where that has to be waited for.
    static func freeProcess(_ target: Target, _ streams: GenerationStreams) -> Int? {
        streams.generation.board.leastBusyProcess(limit: target.group.concurrency)
    }

    /// Waits until one has room, or other workers serve.
    static func waitForProcess(
        _ request: inout Request, _ start: Start, _ target: Target, _ dispatcher: Dispatcher,
        _ streams: GenerationStreams
    ) async throws(RequestError) {
        let place = QueuePlace(streams)
        defer { place.giveBack() }
        guard place.waiting <= target.backlog else {
            throw request.exceedsBacklog(of: target, waiting: place.waiting - 1)
        }
        let start = start.time
        while dispatcher.loop.now - start < min(target.limits.queue, target.limits.silence) {
            await dispatcher.loop.sleep(for: pause)
            if !streams.isServing || freeProcess(target, streams) != nil { return }
        }
        request.notes.append("queue-time", String((dispatcher.loop.now - start) / 1000))
        throw .queueTimeout(target)
    }
}

extension Exchange {
    /// The client has closed its side: what the application still does is for nobody.
    func clientLeft() {
        guard !isOver else { return }
        abandon()
        fail(
            RequestError(
                .badRequest, "the client left before the application answered", level: .info))
    }
}
