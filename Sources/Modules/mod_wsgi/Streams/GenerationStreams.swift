// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc

/// A loop's streams to the threads of a generation of workers.
///
/// A stream is made for a packet and travels with it, as long as there are threads that none goes
/// to: the one that takes the packet keeps it, or says that it has one.
final class GenerationStreams {
    let workers: WorkerSet
    let generation: Generation
    /// What the generation's was when this was made: another one's workers know nothing of these
    /// streams.
    let identity: UInt32
    let outbox: QueueOutbox
    private unowned let dispatcher: Dispatcher
    private var greeted: [SlotPlace: SlotStream] = [:]
    private var counts: [FrontCount?] = []
    /// ASGI: the streams to whole processes.
    private var processes: [(stream: SlotStream, incarnation: UInt32)?] = []

    init(_ workers: WorkerSet, _ generation: Generation, _ dispatcher: Dispatcher) {
        self.workers = workers
        self.generation = generation
        self.dispatcher = dispatcher
        identity = generation.identity
        outbox = dispatcher.outbox(of: generation)
    }

    var isCurrent: Bool { generation.identity == identity }
    /// Whether requests go there; after a reload, they go elsewhere.
    var isServing: Bool { isCurrent && workers.serving === generation }

    /// Whether a packet may be taken by a thread that could not answer.
    var needsStream: Bool {
        let board = generation.board
        var isAny = false
        let hasAll = board.allSatisfy { process, state, incarnation in
            guard state != .vacant else { return true }
            isAny = true
            // The process before in this place may have ended a moment ago, its streams not yet.
            return process < coverage.count && coverage[process].incarnation == incarnation
                && coverage[process].threads >= board.slotLimit
        }
        return !hasAll || !isAny
    }

    /// How many threads of a process have a stream.
    private struct Coverage {
        var incarnation: UInt32 = 0
        var threads = 0
    }
    private var coverage: [Coverage] = []

    private func recount(_ process: Int) {
        let board = generation.board
        guard process >= 0, process < board.processLimit else { return }
        while coverage.count <= process { coverage.append(Coverage()) }
        let incarnation = board.process(process).incarnation
        coverage[process] = Coverage(
            incarnation: incarnation,
            threads: greeted.values.count {
                $0.place?.process == process && $0.incarnation == incarnation
            })
    }

    /// Makes a stream that goes along with a packet.
    ///
    /// - Returns: the end for the worker, which the caller closes once it has been sent.
    func introduce(with packet: UInt64) throws(SystemError) -> CInt {
        // The loop's watch holds ours.
        try makeStream(introducedWith: packet).theirs
    }

    /// Makes a stream and the end for the worker, which the caller closes once it has been sent.
    ///
    /// - Parameters:
    ///   - packet: the one that it goes along with, 0 where it goes to a process and not to
    ///     whoever takes the packet.
    private func makeStream(
        introducedWith packet: UInt64, isShared: Bool = false
    ) throws(SystemError) -> (ours: SlotStream, theirs: CInt) {
        var ours: CInt = -1
        var theirs: CInt = -1
        guard unsafe apus_front_stream(&ours, &theirs) == 0 else { throw .last("socketpair") }
        do throws(SystemError) {
            let stream = try SlotStream(
                ours, dispatcher, self, introducedWith: packet, isShared: isShared)
            return (stream, theirs)
        } catch {
            _ = close(ours)
            _ = close(theirs)
            throw error
        }
    }

    // MARK: ASGI

    /// Where it is noted what is counted of a process, or, without one, of those that wait for any.
    func count(of process: Int?) -> FrontCount? {
        let index = process.map { $0 + 1 } ?? 0
        if index < counts.count, let known = counts[index] { return known }
        let count = dispatcher.count(
            FrontCount.Place(set: workers.index, generation: generation.index, process: process))
        var changed = counts
        while changed.count <= index { changed.append(nil) }
        changed[index] = count
        counts = changed
        return count
    }

    /// The stream to a process, made when it is first wanted.
    func stream(to process: Int) throws(SystemError) -> SlotStream {
        let incarnation = generation.board.incarnation(of: process)
        if process < processes.count, let known = processes[process],
            known.incarnation == incarnation
        {
            return known.stream
        }
        let (stream, theirs) = try makeStream(introducedWith: 0, isShared: true)
        defer { _ = close(theirs) }
        var packet = apus_packet()
        packet.version = UInt8(APUS_PROTOCOL_VERSION)
        packet.type = UInt8(APUS_PACKET_CONNECT)
        packet.flags = UInt16(APUS_PACKET_HAS_STREAM)
        let door = generation.door(process)
        let sent = unsafe withUnsafeBytes(of: &packet) {
            unsafe apus_front_send(door, $0.baseAddress!, $0.count, [theirs], 1)
        }
        if sent < 0 {
            let error = SystemError.last("sendmsg")
            stream.close()
            throw error
        }
        // Changed as a local, so that no access to it for a request has to be watched over.
        var changed = processes
        while changed.count <= process { changed.append(nil) }
        changed[process] = (stream, incarnation)
        processes = changed
        return stream
    }

    func greeted(_ stream: SlotStream) {
        guard let place = stream.place, place.slot != Int(APUS_NO_SLOT) else { return }
        greeted[place]?.close()
        greeted[place] = stream
        if place.process < generation.board.processLimit {
            stream.incarnation = generation.board.process(place.process).incarnation
        }
        recount(place.process)
    }

    func remove(_ stream: SlotStream) {
        processes = processes.map { $0?.stream === stream ? nil : $0 }
        guard let place = stream.place, greeted[place] === stream else { return }
        greeted[place] = nil
        recount(place.process)
    }
}
