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
    private unowned let dispatcher: Dispatcher
    private var greeted: [SlotPlace: SlotStream] = [:]

    init(_ workers: WorkerSet, _ generation: Generation, _ dispatcher: Dispatcher) {
        self.workers = workers
        self.generation = generation
        self.dispatcher = dispatcher
        identity = generation.identity
    }

    var isCurrent: Bool { generation.identity == identity }

    /// Whether a packet may be taken by a thread that could not answer.
    var needsStream: Bool { greeted.count < threads }

    /// How many threads there are, or are about to be.
    private var threads: Int {
        let board = generation.board
        var count = 0
        for process in 0..<board.processLimit where board.process(process).state != .vacant {
            count += board.slotLimit
        }
        return max(1, count)
    }

    /// Makes a stream that goes along with a packet.
    ///
    /// - Returns: the end for the worker, which the caller closes once it has been sent.
    func introduce(with packet: UInt64) throws(SystemError) -> CInt {
        var ours: CInt = -1
        var theirs: CInt = -1
        guard unsafe apus_front_stream(&ours, &theirs) == 0 else { throw .last("socketpair") }
        do throws(SystemError) {
            // The loop's watch holds it.
            _ = try SlotStream(ours, dispatcher, self, introducedWith: packet)
        } catch {
            _ = close(ours)
            _ = close(theirs)
            throw error
        }
        return theirs
    }

    func greeted(_ stream: SlotStream) {
        guard let place = stream.place else { return }
        greeted[place]?.close()
        greeted[place] = stream
    }

    func remove(_ stream: SlotStream) {
        guard let place = stream.place, greeted[place] === stream else { return }
        greeted[place] = nil
    }
}
