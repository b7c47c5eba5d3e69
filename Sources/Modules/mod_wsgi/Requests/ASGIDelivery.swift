// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// Brings a request to a process that runs an application by ASGI.
///
/// A process answers many at once, so a request goes to the one that has the fewest, and waits only
/// where `concurrency` bounds their number.
enum ASGIDelivery {
    private static let pause: Duration = .milliseconds(2)

    static func send(
        _ request: inout Request, _ target: Target, _ dispatcher: Dispatcher,
        _ streams: GenerationStreams
    ) async throws(RequestError) -> Exchange {
        let isWebSocket = request.asksForWebSocket
        if isWebSocket { _ = try request.webSocketHandshake() }
        let queuedAt = UInt64(max(0, WallTime.now.microseconds))
        let process = try await chooseProcess(&request, target, dispatcher, streams)
        guard dispatcher.hasRoom else { throw RequestError(.serviceUnavailable) }
        var limits = target.limits
        limits.queue = .max
        let exchange = dispatcher.begin(request, target, limits, queuedAt: queuedAt)
        let packet = dispatcher.packet
        packet.begin()
        dispatcher.variables.writeScope(
            request, target, isWebSocket: isWebSocket, to: packet)
        var head = apus_packet()
        head.version = UInt8(APUS_PROTOCOL_VERSION)
        head.type = UInt8(APUS_PACKET_REQUEST)
        head.request = exchange.identifier
        head.variable_count = packet.variableCount
        head.variables_length = UInt32(packet.count - PacketBuffer.headSize)
        head.received = UInt64(max(0, request.received.microseconds))
        head.queued = exchange.queuedAt
        if request.body.isPresent, !isWebSocket {
            head.flags = UInt16(APUS_PACKET_BODY_STREAM)
            head.content_length = request.body.count ?? -1
            exchange.content = RequestContent(request.body, exchange)
        } else {
            head.flags = UInt16(APUS_PACKET_BODY_INLINE)
        }
        packet.finish(head)
        do throws(SystemError) {
            let stream = try streams.stream(to: process)
            exchange.stream = stream
            exchange.isASGI = true
            exchange.seat = Seat(streams.generation.board, process: process)
            unsafe packet.withBytes { bytes in
                let span = unsafe Span<UInt8>(
                    _unsafeElements: bytes.assumingMemoryBound(to: UInt8.self))
                stream.send(APUS_FRAME_REQUEST, for: exchange, span)
            }
        } catch {
            throw exchange.unsent(error)
        }
        let abandoned = LoopConfined(exchange)
        request.connection.whenClientLeaves = { abandoned.value.clientLeft() }
        return exchange
    }

    /// Waits for a process that may have one more.
    private static func chooseProcess(
        _ request: inout Request, _ target: Target, _ dispatcher: Dispatcher,
        _ streams: GenerationStreams
    ) async throws(RequestError) -> Int {
        if let process = streams.leastBusyProcess(limit: target.group.concurrency) {
            return process
        }
        let board = streams.generation.board
        let waiting = board.addQueued(1)
        defer { board.addQueued(-1) }
        guard waiting <= target.backlog else {
            throw request.exceedsBacklog(of: target, waiting: waiting - 1)
        }
        let start = dispatcher.loop.now
        while dispatcher.loop.now - start < min(target.limits.queue, target.limits.silence) {
            await dispatcher.loop.sleep(for: pause)
            if let process = streams.leastBusyProcess(limit: target.group.concurrency) {
                return process
            }
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
