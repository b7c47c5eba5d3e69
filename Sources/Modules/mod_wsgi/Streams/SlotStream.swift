// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc

/// The connection of a loop to one thread of a worker, or to a whole process (ASGI).
///
/// Watched by the loop for as long as it lives. It owns itself, so to say: the loop's watch holds
/// it, and its end lets it go.
@safe
final class SlotStream: EventHandler, TurnHandler {
    let descriptor: CInt
    // Held strongly, as cheaper for each frame: both last as long as the loop, or longer than it
    // matters.
    private let dispatcher: Dispatcher
    /// The streams it is one of.
    private let streams: GenerationStreams
    /// The packet that it was sent along with, until the worker greets.
    private var introduction: UInt64
    /// The process and slot at the other end; nil until the worker greets.
    private(set) var place: SlotPlace?
    /// Whose other end it is; 0 until the worker greets.
    private(set) var workerPID: Int32 = 0
    /// That of its process, when it greeted.
    var incarnation: UInt32 = 0

    /// The beginning of a frame whose rest has not come yet.
    private var partial: [UInt8] = []
    /// What has not come yet of a DATA frame whose beginning has been taken.
    private var missing = (count: 0, request: UInt64(0))
    /// What the socket did not take.
    private var outgoing: [UInt8] = []
    /// Many requests are on it at once, so it is never paused; each has credit of its own.
    private let isShared: Bool
    private var willFlush = false
    /// Somebody has more to send than there was room for.
    private var isRoomWanted = false
    /// Not read, since as much waits for a client as may.
    private(set) var isPaused = false
    private var isOpen = true
    private var hasHungUp = false
    /// The request that was spoken of last.
    private var current: Exchange?
    private let mediaTypes = LatestText()

    init(
        _ descriptor: CInt, _ dispatcher: Dispatcher, _ streams: GenerationStreams,
        introducedWith introduction: UInt64, isShared: Bool = false
    ) throws(SystemError) {
        self.isShared = isShared
        self.descriptor = descriptor
        self.dispatcher = dispatcher
        self.streams = streams
        self.introduction = introduction
        try dispatcher.loop.watch(descriptor, mode: .edge, self)
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        isPaused = false
        outgoing = []
        current = nil
        dispatcher.loop.forget(descriptor)
        _ = Glibc.close(descriptor)
    }

    // MARK: Reading

    func ready(_ readiness: Readiness) {
        if !readiness.isDisjoint(with: .hangUp) { hasHungUp = true }
        if readiness.contains(.writable), !outgoing.isEmpty { flush() }
        if !isPaused { receive() }
    }

    /// Reads on after a pause.
    func goOn() {
        guard isPaused, isOpen else { return }
        isPaused = false
        receive()
    }

    private func receive() {
        var received = apus_front_received()
        while isOpen, !isPaused {
            let input = unsafe dispatcher.input
            let count = unsafe apus_front_receive(
                descriptor, input.baseAddress!, input.count, &received)
            if count < 0 {
                if errno != EAGAIN { end() }
                break
            }
            if count == 0 {
                end()
                break
            }
            var files = ReceivedFiles(received)
            unsafe take(UnsafeRawBufferPointer(rebasing: input[..<count]), &files)
            // A message with descriptors ends what one call gives. The end of the stream is told of
            // once, perhaps along with what came before it.
            if count < input.count, received.count == 0, !hasHungUp { break }
        }
        current?.wake()
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ files: inout ReceivedFiles) {
        var rest = unsafe Span<UInt8>(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self))
        if missing.count > 0 {
            let count = min(missing.count, rest.count)
            takeMissing(rest.extracting(..<count))
            rest = rest.extracting(count...)
        }
        if partial.isEmpty {
            let used = takeFrames(rest, &files)
            if used < rest.count {
                var beginning: [UInt8] = []
                beginning.append(copying: rest.extracting(used...))
                partial = beginning
            }
            return
        }
        // Changed as a local, as `outgoing` below, so that no access to it has to be watched over.
        var whole = partial.take()
        whole.append(copying: rest)
        let used = takeFrames(whole.span, &files)
        whole.removeSubrange(..<used)
        partial.putBack(&whole)
    }

    private func takeMissing(_ bytes: Span<UInt8>) {
        missing.count -= bytes.count
        guard let exchange = exchange(missing.request) else { return }
        exchange.lastSign = dispatcher.loop.now
        exchange.take(bytes)
        pauseIfFull(exchange)
    }

    /// - Returns: how many bytes were whole frames, or content of one.
    private func takeFrames(_ bytes: Span<UInt8>, _ files: inout ReceivedFiles) -> Int {
        var place = 0
        let now = dispatcher.loop.now
        let headSize = MemoryLayout<apus_frame>.size
        while bytes.count - place >= headSize {
            let frame = unsafe bytes.withUnsafeBytes {
                unsafe $0.loadUnaligned(fromByteOffset: place, as: apus_frame.self)
            }
            guard frame.length <= UInt32(APUS_FRAME_LIMIT) else {
                end()
                return bytes.count
            }
            let start = place + headSize
            let end = start + Int(frame.length)
            if end > bytes.count {
                // Content needs not wait for its end.
                guard Int(frame.type) == APUS_FRAME_DATA else { break }
                missing = (Int(frame.length), frame.request)
                takeMissing(bytes.extracting(start...))
                return bytes.count
            }
            take(frame, bytes.extracting(start..<end), &files, now)
            if !isOpen { return bytes.count }
            place = end
        }
        return place
    }

    private func exchange(_ identifier: UInt64) -> Exchange? {
        if let current, current.identifier == identifier { return current }
        guard let found = dispatcher.find(identifier) else { return nil }
        current?.wake()
        current = found
        found.stream = self
        return found
    }

    private func take(
        _ frame: apus_frame, _ payload: Span<UInt8>, _ files: inout ReceivedFiles, _ now: Int64
    ) {
        switch Int(frame.type) {
        case APUS_FRAME_HELLO: greet(payload)
        case APUS_FRAME_SURPLUS:
            introduction = 0
            streams.remove(self)
            close()
        case APUS_FRAME_PONG: dispatcher.takePong(frame.request)
        default:
            guard let exchange = exchange(frame.request) else { return }
            exchange.lastSign = now
            exchange.suspected = nil
            take(frame, payload, &files, of: exchange)
        }
    }

    private func take(
        _ frame: apus_frame, _ payload: Span<UInt8>, _ files: inout ReceivedFiles,
        of exchange: Exchange
    ) {
        switch Int(frame.type) {
        case APUS_FRAME_DATA:
            exchange.take(payload)
            pauseIfFull(exchange)
        case APUS_FRAME_HEAD:
            if let head = WorkerHead(
                status: frame.aux, payload, hasReason: !isShared, mediaTypes)
            {
                exchange.take(head)
            } else {
                exchange.fail(
                    RequestError(.badGateway, "a worker's response has no head that makes sense"))
            }
        case APUS_FRAME_END:
            current = nil
            dispatcher.forget(exchange)
            exchange.finish(WorkerEnd(frame, payload))
        case APUS_FRAME_FILE:
            if let range = files.range(payload) { exchange.take(range) }
        case APUS_FRAME_LOG:
            exchange.take(
                WorkerMessage(
                    level: LogLevel(syslog: frame.aux), text: String(bytes: payload)))
        case APUS_FRAME_WANT: exchange.want(Int(payload.number(at: 0, bytes: 4)))
        case APUS_FRAME_WEBSOCKET_ACCEPT: exchange.take(accepted: WorkerHead.fields(payload))
        case APUS_FRAME_WEBSOCKET_TEXT, APUS_FRAME_WEBSOCKET_BINARY:
            exchange.take(
                message: payload, isText: Int(frame.type) == APUS_FRAME_WEBSOCKET_TEXT,
                continues: Int(frame.flags) & Int(APUS_MESSAGE_CONTINUES) != 0)
        case APUS_FRAME_WEBSOCKET_CLOSE:
            exchange.take(close: frame.aux, reason: String(bytes: payload))
        case APUS_FRAME_INFORM: exchange.take(interim: frame.aux, WorkerHead.fields(payload))
        case APUS_FRAME_TRAILERS: exchange.take(trailers: WorkerHead.fields(payload))
        default: return
        }
    }

    private func pauseIfFull(_ exchange: Exchange) {
        if !isShared, exchange.isFull, !exchange.isAbandoned { isPaused = true }
    }

    private func greet(_ payload: Span<UInt8>) {
        guard payload.count >= MemoryLayout<apus_hello>.size,
            payload.number(at: 0, bytes: 4) == UInt64(APUS_PROTOCOL_VERSION)
        else { return end() }
        introduction = 0
        workerPID = Int32(truncatingIfNeeded: payload.number(at: 4, bytes: 4))
        place = SlotPlace(
            process: Int(payload.number(at: 8, bytes: 4)),
            slot: Int(payload.number(at: 12, bytes: 4)))
        streams.greeted(self)
    }

    /// The worker is gone, or speaks no sense.
    private func end() {
        guard isOpen else { return }
        let last = current
        close()
        streams.remove(self)
        if isShared {
            dispatcher.processEnded(self, hadBegun: place != nil)
        } else {
            dispatcher.streamEnded(
                at: place, introducedWith: introduction, current: last, of: streams)
        }
    }

    // MARK: Writing

    /// Whether what was sent has been taken.
    ///
    /// If it has not, `goOn` tells when it has.
    func asksForRoom() -> Bool {
        if outgoing.isEmpty { return true }
        isRoomWanted = true
        return false
    }

    func send(
        _ type: Int, for exchange: Exchange, _ payload: Span<UInt8> = Span(), flags: UInt8 = 0,
        aux: UInt16 = 0
    ) {
        guard isOpen else { return }
        let frame = apus_frame(
            type: UInt8(type), flags: flags, aux: aux, length: UInt32(payload.count),
            request: exchange.identifier)
        var bytes = outgoing.take()
        let wasEmpty = bytes.isEmpty
        unsafe withUnsafeBytes(of: frame) { unsafe bytes.append(contentsOf: $0) }
        bytes.append(copying: payload)
        outgoing.putBack(&bytes)
        if isShared { flushSoon() } else if wasEmpty { flush() }
    }

    /// How much memory is kept for what is sent next.
    private static let keptRoom = 1 << 16

    /// What many requests of one turn of the loop have to say leaves together.
    private func flushSoon() {
        guard !willFlush else { return }
        willFlush = true
        dispatcher.loop.atEndOfTurn(self)
    }

    func turnEnded() {
        willFlush = false
        if isOpen, !outgoing.isEmpty { flush() }
    }

    private func flush() {
        var bytes = outgoing.take()
        let count = unsafe bytes.withUnsafeBytes {
            unsafe apus_front_send(descriptor, $0.baseAddress!, $0.count, nil, 0)
        }
        // A worker that is gone is told of by reading.
        if count == bytes.count || count < 0 && errno != EAGAIN {
            bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptRoom)
        } else if count > 0 {
            bytes.removeSubrange(..<count)
        }
        outgoing.putBack(&bytes)
        guard outgoing.isEmpty, isRoomWanted else { return }
        isRoomWanted = false
        if isShared { dispatcher.goOn(self) } else { current?.content?.goOn() }
    }
}

/// Where a thread has its line in the scoreboard.
struct SlotPlace: Hashable {
    let process: Int
    let slot: Int
}

/// Descriptors that came with a message, in the order of the frames they belong to.
struct ReceivedFiles: ~Copyable {
    private var descriptors: [CInt] = []
    private var next = 0

    init(_ received: apus_front_received) {
        guard received.count > 0 else { return }
        unsafe withUnsafeBytes(of: received.descriptors) { bytes in
            for index in 0..<Int(received.count) {
                descriptors.append(
                    unsafe bytes.load(fromByteOffset: index * 4, as: CInt.self))
            }
        }
    }

    /// The part of a file that a FILE frame tells of.
    mutating func range(_ payload: Span<UInt8>) -> FileRange? {
        guard payload.count >= 16, next < descriptors.count else { return nil }
        let file = OpenFile(owning: descriptors[next])
        next += 1
        return FileRange(
            file, offset: Int64(bitPattern: payload.number(at: 0, bytes: 8)),
            count: Int64(bitPattern: payload.number(at: 8, bytes: 8)))
    }

    deinit { for descriptor in descriptors[next...] { _ = Glibc.close(descriptor) } }
}

extension Span<UInt8> {
    /// A number in little endian; 0 where there are too few bytes.
    @inline(__always)
    func number(at offset: Int, bytes size: Int) -> UInt64 {
        guard offset + size <= count else { return 0 }
        if size == 8 {
            return UInt64(
                littleEndian: unsafe bytes.unsafeLoadUnaligned(
                    fromByteOffset: offset, as: UInt64.self))
        }
        var number: UInt64 = 0
        for index in (offset..<offset + size).reversed() {
            number = number << 8 | UInt64(self[index])
        }
        return number
    }
}

extension WorkerEnd {
    init(_ frame: apus_frame, _ payload: Span<UInt8>) {
        flags = Int(frame.flags)
        status = frame.aux
        started = payload.number(at: 0, bytes: 8)
        applicationTime = payload.number(at: 8, bytes: 8)
    }
}

extension LogLevel {
    /// The level of that number of syslog's.
    init(syslog number: UInt16) {
        let levels: [LogLevel] = [
            .emergency, .alert, .critical, .error, .warning, .notice, .info, .debug,
        ]
        self = Int(number) < levels.count ? levels[Int(number)] : .error
    }
}
