// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime
internal import CPlatform
internal import Glibc

// Accepts for one loop, and keeps what the MPM promised: so many connections, so many requests at
// once. The share of a loop is fixed, so that nothing of it is shared between loops. A loop that
// is full does not watch the listeners: the kernel then wakes another loop, or another child.

/// The connections of one loop, from accept to close.
@safe
final class Acceptor: ConnectionOwner {
    private let context: LoopContext
    private let child: ChildContext
    private let share: LoopShare
    private var watched: [Watched] = []
    private var connections = 0
    private var idle: [ObjectIdentifier: HTTP1Connection] = [:]
    private var busy = 0
    private var freeWorkers: [Int]
    private var waiting: [UnsafeContinuation<Void, Never>] = unsafe []
    private var nextID: UInt64
    private var isWatching = false
    private(set) var isQuiescing = false
    /// Called once the last connection has ended after `quiesce`.
    private let whenEmpty: () -> Void

    /// A listener as this loop watches it.
    private final class Watched: EventHandler {
        let listener: Listener
        let local: SocketAddress
        unowned let acceptor: Acceptor

        init(_ listener: Listener, _ acceptor: Acceptor) {
            self.listener = listener
            self.acceptor = acceptor
            local = SocketAddress.local(of: listener.descriptor)
        }

        func ready(_ readiness: Readiness) { acceptor.accept(from: self) }
    }

    init(
        _ context: LoopContext, child: ChildContext, share: LoopShare,
        whenEmpty: @escaping () -> Void
    ) {
        self.context = context
        self.child = child
        self.share = share
        self.whenEmpty = whenEmpty
        freeWorkers = Array(share.workers.reversed())
        for index in share.workers { child.worker(index).status = .ready }
        nextID = UInt64(child.slot) << 40 | UInt64(share.index) << 32
        watched = child.listeners.all.map { Watched($0, self) }
    }

    // MARK: Listening

    /// Watches the listeners if there is room, and stops if there is none.
    func adjustWatching() {
        let wants = !isQuiescing && hasRoom
        guard wants != isWatching else { return }
        isWatching = wants
        for watched in watched {
            if wants {
                do throws(SystemError) {
                    try context.loop.watch(watched.listener.descriptor, mode: .exclusive, watched)
                } catch {
                    context.server.main.log(.critical, "", "cannot watch a listener: \(error)")
                }
            } else {
                context.loop.unwatch(watched.listener.descriptor)
            }
        }
    }

    private var hasRoom: Bool {
        guard share.isMany else { return connections == 0 }
        return busy < share.workers.count
            && Double(connections) < Double(share.workers.count)
                + Double(share.workers.count - busy) * share.connectionsPerIdleWorker
    }

    private func accept(from watched: Watched) {
        // A few at a time: other loops shall have their part of a burst.
        for _ in 0..<(share.isMany ? 8 : 1) {
            guard !isQuiescing, hasRoom else { break }
            guard let (descriptor, remote) = acceptOne(watched.listener) else { break }
            begin(descriptor, remote: remote, watched)
        }
        adjustWatching()
    }

    private func acceptOne(_ listener: Listener) -> (CInt, SocketAddress)? {
        while true {
            var descriptor: CInt = -1
            let remote = unsafe SocketAddress.named { address, length in
                descriptor = unsafe cplatform_accept(listener.descriptor, address, length)
                return descriptor
            }
            if descriptor >= 0 { return (descriptor, remote) }
            switch errno {
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH, ENETUNREACH: continue
            case EAGAIN: return nil
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                outOfDescriptors(SystemError.last("accept"))
                return nil
            default:
                context.server.main.log(.error, "AH00451", "\(SystemError.last("accept"))")
                return nil
            }
        }
    }

    /// Pauses, for the listener stays readable and the loop would do nothing but try again.
    private func outOfDescriptors(_ error: SystemError) {
        context.server.main.log(
            .error, "AH00451", "\(error); accepting pauses for a second (raise `ulimit -n`)")
        for watched in watched { context.loop.unwatch(watched.listener.descriptor) }
        isWatching = true
        let paused = LoopConfined(self)
        context.loop.schedule(after: .seconds(1)) {
            paused.value.isWatching = false
            paused.value.adjustWatching()
        }
    }

    private func begin(_ descriptor: CInt, remote: SocketAddress, _ watched: Watched) {
        let local: SocketAddress =
            context.server.needsLocalAddress || watched.local.isWildcard
            ? SocketAddress.local(of: descriptor) : watched.local
        guard let channel = try? Channel(descriptor, loop: context.loop) else { return }
        connections += 1
        nextID += 1
        child.countConnection()
        child.score.add(1, to: .connections)
        let connection = Connection(
            id: nextID, local: local, remote: remote, context: context,
            defaultHost: context.server.hostTable.defaultHost(for: local))
        context.server.hooks.preConnection.runAll(connection)
        HTTP1Connection(connection, channel: channel, acceptor: self).start()
    }

    // MARK: Connections

    func connectionBecameIdle(_ connection: HTTP1Connection) {
        child.score.add(1, to: .keptAlive)
    }

    func connectionEnded(_ connection: HTTP1Connection) {
        connections -= 1
        child.score.add(-1, to: .connections)
        adjustWatching()
        if isQuiescing, connections == 0 { whenEmpty() }
    }

    // MARK: Requests

    /// Waits for a worker's place, and takes it.
    func admit(_ request: borrowing Request) async -> Int {
        if freeWorkers.isEmpty {
            unsafe await withUnsafeContinuation { unsafe waiting.append($0) }
        }
        busy += 1
        if busy == share.workers.count { adjustWatching() }
        let worker = freeWorkers.removeLast()
        let score = child.worker(worker)
        if context.server.extendedStatus {
            score.describe(client: request.clientAddress.host, protocolName: "http/1.1")
            score.beginRequest(
                request.head.requestLine, virtualHost: "\(request.host.name):\(request.serverPort)",
                now: request.received.microseconds)
        }
        score.status = .writing
        return worker
    }

    /// Gives the place back.
    func dismiss(_ worker: Int, _ request: borrowing Request) {
        let score = child.worker(worker)
        score.endRequest(
            bytes: Int(request.bytesSent), isFirstOfConnection: request.number == 1,
            now: (request.finished ?? request.received).microseconds)
        score.status = .ready
        busy -= 1
        freeWorkers.append(worker)
        if unsafe !waiting.isEmpty {
            unsafe waiting.removeFirst().resume()
        } else if !isWatching {
            adjustWatching()
        }
    }

    // MARK: Leaving

    /// Accepts nothing more; what is in flight is finished, and idle connections get the chance
    /// to send what is on its way already.
    func quiesce() {
        guard !isQuiescing else { return }
        isQuiescing = true
        adjustWatching()
        if connections == 0 { whenEmpty() }
    }
}

/// What a loop has of its child's workers and connections.
struct LoopShare {
    let index: Int
    /// Its rows in the scoreboard: so many requests at once.
    let workers: Range<Int>
    let isMany: Bool
    let connectionsPerIdleWorker: Double

    /// Divides the workers of a plan among its loops.
    static func divide(_ plan: ProcessingPlan) -> [LoopShare] {
        let loops = max(1, min(plan.loops, plan.workersPerChild))
        return (0..<loops).map { index in
            let start = index * plan.workersPerChild / loops
            let end = (index + 1) * plan.workersPerChild / loops
            return LoopShare(
                index: index, workers: start..<end, isMany: plan.isAsynchronous,
                connectionsPerIdleWorker: plan.connectionsPerIdleWorker)
        }
    }
}
