// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc
internal import Synchronization

/// Puts the requests of one loop into the queues of workers, and hands what comes back to those
/// who wait.
@safe
final class Dispatcher: TurnHandler {
    let loop: EventLoop
    let targets = TargetCache()
    /// What streams are read into.
    let input: UnsafeMutableRawBufferPointer

    /// The upper half of the identifiers of its requests.
    private let number: UInt64
    private let exchanges = ExchangeTable()
    /// What packets are written with; nil while one is.
    private var writer: PacketWriter?
    private var turn: UInt64 = 0
    private var sequence: UInt64 = 0
    private var streams: [GenerationStreams?] = []
    private var outboxes: [CInt: QueueOutbox] = [:]
    /// Those that something was put into in this turn.
    private var filled: [QueueOutbox] = []
    private var counts: [FrontCount.Place: FrontCount] = [:]
    private var pings: [UInt64: Ping] = [:]
    private var isTicking = false

    init(loop: EventLoop) {
        self.loop = loop
        number = Self.nextNumber() << 32
        unsafe input = .allocate(byteCount: 1 << 17, alignment: 16)
    }

    deinit { unsafe input.deallocate() }

    /// That of a loop, made when first asked for.
    static func of(_ context: LoopContext) -> Dispatcher {
        if let known = context[state: Dispatcher.self] { return known }
        let dispatcher = Dispatcher(loop: context.loop)
        context[state: Dispatcher.self] = dispatcher
        return dispatcher
    }

    private static let loops = Atomic<UInt64>(0)

    /// Unlike those of all loops of all fronts, those of before a restart among them.
    private static func nextNumber() -> UInt64 {
        // A process id has 22 bits at most (PID_MAX_LIMIT).
        let loop = loops.wrappingAdd(1, ordering: .relaxed).newValue & 0x3FF
        return UInt64(getpid()) << 10 | loop
    }

    // MARK: Exchanges

    /// Begins an exchange; the packet is sent next.
    ///
    /// - Parameter queuedAt: since when it has waited, in microseconds since 1970; nil for now.
    func begin(
        _ request: borrowing Request, _ target: Target, _ limits: ExchangeLimits,
        queuedAt: UInt64? = nil
    ) -> Exchange {
        let index = exchanges.takeNumber()
        turn = (turn + 1) & 0xFFF
        sequence += 1
        let identifier = number | turn << 20 | UInt64(index)
        let exchange = Exchange(
            identifier, request.identifier, target, self, sequence: sequence, limits: limits,
            queuedAt: queuedAt)
        exchanges.put(exchange, at: index)
        if !isTicking { startTicking() }
        return exchange
    }

    func find(_ identifier: UInt64) -> Exchange? {
        guard let found = exchanges[Int(identifier & 0xF_FFFF)], found.identifier == identifier
        else { return nil }
        return found
    }

    /// No worker speaks of it any more.
    func forget(_ exchange: Exchange) {
        let index = Int(exchange.identifier & 0xF_FFFF)
        guard exchanges[index] === exchange else { return }
        exchanges.remove(at: index)
        exchange.leaveSeat()
    }

    var hasRoom: Bool { exchanges.hasRoom }

    /// What a packet is written with, to be given back when it has been sent; one that an error
    /// keeps from that is made anew.
    func takeWriter() -> PacketWriter {
        // Nothing is called while the property is changed, so that no access has to be watched
        // over.
        var taken: PacketWriter?
        swap(&taken, &writer)
        return taken.take() ?? PacketWriter()
    }

    func giveBack(_ writer: consuming PacketWriter) {
        var given: PacketWriter? = consume writer
        swap(&given, &self.writer)
    }

    // MARK: Streams

    /// The streams to the workers that serve a set now.
    func streams(of workers: WorkerSet) -> GenerationStreams {
        let generation = workers.serving
        let index = workers.index * 3 + generation.index
        if index < streams.count, let known = streams[index], known.isCurrent { return known }
        let new = GenerationStreams(workers, generation, self)
        // Changed as a local, so that no access to it for a request has to be watched over.
        var changed = streams
        while changed.count <= index { changed.append(nil) }
        changed[index] = new
        streams = changed
        return new
    }

    /// Where it is noted what this loop counts in a place.
    func count(_ place: FrontCount.Place) -> FrontCount? {
        if let known = counts[place] { return known }
        let new = WorkerSets.current?.counts.claim(place)
        counts[place] = new
        return new
    }

    // MARK: Sending

    /// Puts a packet that is complete but for its head into a queue; what the queue has no room for
    /// waits.
    func send(
        _ exchange: Exchange, _ packet: inout PacketBuffer, to streams: GenerationStreams,
        _ head: apus_packet
    ) throws(SystemError) {
        try send(&packet, head, identifier: exchange.identifier, streams)
    }

    private func send(
        _ packet: inout PacketBuffer, _ head: apus_packet, identifier: UInt64,
        _ streams: GenerationStreams
    ) throws(SystemError) {
        var head = head
        head.version = UInt8(APUS_PROTOCOL_VERSION)
        head.request = identifier
        head.variable_count = packet.variableCount
        var descriptors: [CInt] = []
        defer { for descriptor in descriptors { _ = close(descriptor) } }
        if streams.needsStream {
            descriptors.append(try streams.introduce(with: identifier))
            head.flags |= UInt16(APUS_PACKET_HAS_STREAM)
        }
        let inline = Int(head.inline_length)
        head.variables_length = UInt32(packet.count - PacketBuffer.headSize - inline)
        if packet.count > Int(APUS_PACKET_LIMIT) {
            descriptors.append(try moveVariablesToFile(&packet, &head))
        }
        packet.finish(head)
        streams.generation.board.addQueued(1)
        let outbox = streams.outbox
        if let overflow = outbox.overflow, !overflow.isEmpty {
            overflow.append(packet.bytes, descriptors)
            descriptors = []
            return
        }
        if descriptors.isEmpty, packet.count <= Int(APUS_PACKET_LIMIT) {
            return putSoon(packet, into: outbox)
        }
        flush(outbox)
        if try !put(packet, into: outbox, descriptors) {
            let overflow = try overflow(of: outbox)
            overflow.append(packet.bytes, descriptors)
            descriptors = []
        }
    }

    /// What is put into a queue, whichever workers it belongs to.
    func outbox(of generation: Generation) -> QueueOutbox {
        if let known = outboxes[generation.queue] { return known }
        let outbox = QueueOutbox(generation)
        outboxes[generation.queue] = outbox
        return outbox
    }

    /// Puts the packet into a queue at the end of this turn of the loop.
    private func putSoon(_ packet: borrowing PacketBuffer, into outbox: QueueOutbox) {
        let isFirst = outbox.isEmpty
        outbox.append(packet)
        guard isFirst else { return }
        var outboxes = filled.take()
        outboxes.append(outbox)
        if outboxes.count == 1 { loop.atEndOfTurn(self) }
        filled.putBack(&outboxes)
    }

    func turnEnded() {
        var outboxes = filled.take()
        for outbox in outboxes { flush(outbox) }
        outboxes.removeAll(keepingCapacity: true)
        // Nothing is put into a queue by that.
        filled.putBack(&outboxes)
    }

    private func flush(_ outbox: QueueOutbox) {
        if outbox.isEmpty { return }
        outbox.flush { bytes in
            // Where the queue cannot be watched, the rest finds that the packet is lost.
            if let overflow = try? overflow(of: outbox) { overflow.append(bytes, []) }
        }
    }

    /// - Returns: false when there is no room.
    private func put(
        _ packet: borrowing PacketBuffer, into outbox: QueueOutbox, _ descriptors: [CInt]
    ) throws(SystemError) -> Bool {
        let sent = unsafe packet.withBytes { bytes in
            unsafe apus_front_send(
                outbox.queue, bytes.baseAddress!, bytes.count, descriptors,
                CInt(descriptors.count))
        }
        if sent >= 0 {
            outbox.board.ring(packets: 1)
            return true
        }
        guard errno == EAGAIN || errno == ENOBUFS else { throw .last("sendmsg") }
        return false
    }

    /// Variables that are too long for a packet go along as a file in memory.
    private func moveVariablesToFile(
        _ packet: inout PacketBuffer, _ head: inout apus_packet
    ) throws(SystemError) -> CInt {
        let length = Int(head.variables_length)
        let inline = Int(head.inline_length)
        let (file, content) = unsafe packet.withBytes { bytes in
            let variables = unsafe bytes.baseAddress! + PacketBuffer.headSize
            let rest = unsafe UnsafeRawBufferPointer(start: variables + length, count: inline)
            return (unsafe apus_front_file(variables, length), unsafe [UInt8](rest))
        }
        guard file >= 0 else { throw .last("memfd_create") }
        head.flags |= UInt16(APUS_PACKET_VARIABLES_IN_FILE)
        packet.removeLast(downTo: PacketBuffer.headSize)
        packet.append(content.span)
        return file
    }

    private func overflow(of outbox: QueueOutbox) throws(SystemError) -> QueueOverflow {
        if let known = outbox.overflow { return known }
        let overflow = QueueOverflow(outbox.queue, outbox.board)
        try loop.watch(outbox.queue, mode: .edge, overflow)
        outbox.overflow = overflow
        return overflow
    }

    // MARK: Workers that end

    /// A question to a queue, whether everything before it has been taken.
    private struct Ping {
        let sequence: UInt64
        let workers: WorkerSet
    }

    /// A thread has left, and perhaps a request with it.
    ///
    /// - Parameters:
    ///   - introduction: the packet that the stream travelled with, where the worker never greeted.
    ///   - current: the request that it was answering.
    func streamEnded(
        at place: SlotPlace?, introducedWith introduction: UInt64, current: Exchange?,
        of streams: GenerationStreams
    ) {
        if let current { crashed(current) }
        // Whoever took the packet died with it, before it said so.
        if introduction != 0, let exchange = find(introduction) {
            // Its line tells whether the application has been called with it.
            if slot(of: exchange) == nil { lost(exchange) } else { crashed(exchange) }
        }
        // Of workers that have been replaced, the lines are those of others now.
        guard streams.isCurrent else { return }
        let board = streams.generation.board
        if let place, place.process < board.processLimit, place.slot < board.slotLimit,
            let exchange = find(board.slot(place.slot, of: place.process).request),
            exchange.target.workers === streams.workers
        {
            crashed(exchange)
        }
        ping(streams)
    }

    /// A process is gone, with all requests that it had.
    ///
    /// - Parameter hadBegun: whether it has ever read from the stream.
    func processEnded(_ stream: SlotStream, hadBegun: Bool) {
        for exchange in exchanges.all where exchange.stream === stream {
            if hadBegun { crashed(exchange) } else { lost(exchange) }
        }
    }

    /// What was sent on a stream of a process has left, and somebody waits for that.
    func goOn(_ stream: SlotStream) {
        for exchange in exchanges.all where exchange.stream === stream {
            exchange.content?.goOn()
            exchange.socket?.goOn()
        }
    }

    /// The application may have begun with it.
    private func crashed(_ exchange: Exchange) {
        // Its process may have been replaced for this very request.
        let isTooLate = isTooLong(exchange, loop.now, margin: 0)
        forget(exchange)
        exchange.fail(
            RequestError(
                isTooLate ? .gatewayTimeout : .badGateway,
                "the worker of process group '\(exchange.target.set.processGroup)' that answered "
                    + "the request ended (request=\(exchange.name))"))
    }

    /// No application has seen it.
    private func lost(_ exchange: Exchange) {
        forget(exchange)
        exchange.lose()
    }

    /// Asks whether what was sent so far has been taken, if there is something to be known.
    private func ping(_ streams: GenerationStreams) {
        let isWaiting = exchanges.all.contains {
            $0.stream == nil && $0.target.workers === streams.workers
        }
        guard isWaiting, streams.isCurrent else { return }
        sequence += 1
        turn = (turn + 1) & 0xFFF
        let identifier = number | turn << 20 | sequence & 0xF_FFFF
        pings[identifier] = Ping(sequence: sequence, workers: streams.workers)
        var writer = takeWriter()
        writer.packet.begin()
        var head = apus_packet()
        head.type = UInt8(APUS_PACKET_PING)
        try? send(&writer.packet, head, identifier: identifier, streams)
        giveBack(writer)
    }

    /// All that was sent before the question has been taken; what nobody tells of is lost, unless
    /// the thread that took it has not come to say so yet.
    func takePong(_ identifier: UInt64) {
        guard let ping = pings.removeValue(forKey: identifier) else { return }
        for exchange in exchanges.all
        where exchange.stream == nil && exchange.sequence < ping.sequence
            && exchange.target.workers === ping.workers && exchange.suspected == nil
        {
            exchange.suspected = loop.now
        }
    }

    // MARK: Time

    private static let tick: Int64 = 100_000_000

    private func startTicking() {
        isTicking = true
        let dispatcher = LoopConfined(self)
        loop.schedule(after: .nanoseconds(Self.tick)) { dispatcher.value.tick() }
    }

    /// Looks at what has waited too long.
    private func tick() {
        isTicking = false
        let now = loop.now
        var isAny = false
        for exchange in exchanges.all {
            isAny = true
            if !exchange.isOver { check(exchange, now) }
        }
        if isAny { startTicking() }
    }

    private func check(_ exchange: Exchange, _ now: Int64) {
        if let suspected = exchange.suspected, now - suspected > 5 * Self.tick {
            exchange.suspected = nil
            if slot(of: exchange) == nil { return lost(exchange) }
        }
        if exchange.stream == nil, now - exchange.queued > exchange.limits.queue,
            slot(of: exchange) == nil
        {
            exchange.hasWaitedInVain = true
            return exchange.fail(.queueTimeout(exchange.target))
        }
        if isTooLong(exchange, now, margin: Self.deadlineMargin) {
            exchange.stream?.send(APUS_FRAME_ABORT, for: exchange)
            return exchange.fail(
                RequestError(
                    .gatewayTimeout,
                    "request time limit of process group '\(exchange.target.set.processGroup)' "
                        + "exceeded (request=\(exchange.name))"))
        }
        // An application that answers by ASGI may have nothing to say for hours, of events say.
        let isSilent = exchange.seat == nil || !exchange.hasHead && !exchange.isAccepted
        if isSilent, now - exchange.lastSign > exchange.limits.silence, !exchange.isHeldUp {
            exchange.stream?.send(APUS_FRAME_ABORT, for: exchange)
            exchange.fail(
                RequestError(
                    .gatewayTimeout,
                    "Timeout when reading response headers from daemon process "
                        + "'\(exchange.target.set.processGroup)'"))
        }
    }

    /// How much later than the request's deadline its client is told: whoever looks for where the
    /// request is, the parent or an ASGI worker, comes first.
    private static let deadlineMargin: Int64 = 500_000_000

    private func isTooLong(_ exchange: Exchange, _ now: Int64, margin: Int64) -> Bool {
        guard exchange.limits.application < .max - margin else { return false }
        let limit = exchange.limits.application + margin
        guard now - exchange.queued > limit else { return false }
        if exchange.seat != nil { return !exchange.isAccepted }
        guard let slot = slot(of: exchange) else { return false }
        let time = UInt64(max(0, WallTime.now.microseconds))
        return time > slot.started && Int64(clamping: time - slot.started) > limit / 1000
    }

    /// The line of the thread that has a request.
    private func slot(of exchange: Exchange) -> SlotLine? {
        guard let workers = exchange.target.workers else { return nil }
        for generation in workers.all {
            let board = generation.board
            for process in 0..<board.processLimit {
                for slot in 0..<board.slotLimit {
                    let line = board.slot(slot, of: process)
                    if line.request == exchange.identifier { return line }
                }
            }
        }
        return nil
    }
}
