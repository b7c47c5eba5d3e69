// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime
internal import CPlatform
internal import Glibc

// Accepts for one loop, and keeps what the MPM promised: so many connections, so many requests at
// once. Each loop has a share of the workers, and takes others only when it has none left. A
// connection is accepted with a free worker of the share, which is its own until it has to wait for
// the client; a loop that has none does not watch the listeners, so the connection stays in the
// queue for another loop, or another child, and never stands behind requests that may take long.
//
// The kernel wakes one loop that waits for a connection, and no other. That loop is told of the
// connection before anything else, and so it still has the room it had when it began to wait: it
// can stop watching for what it does afterwards and nobody is forgotten. Two things remain. Another
// loop may have borrowed its last worker meanwhile, then it accepts all the same; and a child that
// leaves accepts what it may have been woken for, or a lone client would wait for the next one.

/// The connections of one loop, from accept to close.
@safe
final class Acceptor: ConnectionOwner {
    private let context: LoopContext
    private let child: ChildContext
    private let share: LoopShare
    private let workers: ChildWorkers
    private var watched: [Watched] = []
    private var connections = 0
    /// Connections that need no worker for the rest of a response: the client is slow to read it.
    private var writing = 0
    private var busy = 0
    /// Workers of the share that were free when last seen; another loop may have taken one.
    private var freeWorkers: [Int]
    private var waiting: [UnsafeContinuation<Int, Never>] = unsafe []
    /// Connections that speak another protocol now.
    private var upgraded: [ObjectIdentifier: UpgradedStream] = [:]
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
        var isWatched = false
        /// The socket itself was ended, by the parent.
        var hasEnded = false

        init(_ listener: Listener, _ acceptor: Acceptor) {
            self.listener = listener
            self.acceptor = acceptor
            local = SocketAddress.local(of: listener.descriptor)
        }

        func ready(_ readiness: Readiness) { acceptor.accept(from: self) }
    }

    init(
        _ context: LoopContext, child: ChildContext, share: LoopShare, workers: ChildWorkers,
        whenEmpty: @escaping () -> Void
    ) {
        self.context = context
        self.child = child
        self.share = share
        self.workers = workers
        self.whenEmpty = whenEmpty
        freeWorkers = Array(share.workers.reversed())
        for index in share.workers { child.worker(index).status = .ready }
        nextID = UInt64(child.slot) << 40 | UInt64(share.index) << 32
        watched = child.listeners.all.map { Watched($0, self) }
        workers.add(self, on: context.loop, share: share.workers)
    }

    // MARK: Listening

    /// Watches the listeners if there is room, and stops if there is none.
    func adjustWatching() {
        let wants = !isQuiescing && hasRoom
        guard wants != isWatching else { return }
        isWatching = wants
        if wants {
            for watched in watched where !watched.hasEnded { watch(watched) }
        } else {
            stopWatching()
        }
        workers.noteAccepting(wants)
    }

    private func watch(_ watched: Watched) {
        do throws(SystemError) {
            try context.loop.watch(watched.listener.descriptor, mode: mode, watched)
            watched.isWatched = true
        } catch {
            context.server.main.log(.critical, "", "cannot watch a listener: \(error)")
        }
    }

    /// A loop for one connection that was woken by two listeners at once leaves one of them to
    /// others, so those must have been woken too.
    private var mode: WatchMode { share.isMany || watched.count == 1 ? .exclusive : .level }

    private func stopWatching() {
        let released = watched.filter(\.isWatched)
        for watched in released { unwatch(watched) }
        guard isQuiescing else { return }
        for watched in released where share.isMany || hasRoom {
            acceptOne(watched)
        }
    }

    private func unwatch(_ watched: Watched) {
        guard watched.isWatched else { return }
        watched.isWatched = false
        context.loop.unwatch(watched.listener.descriptor)
    }

    private var hasRoom: Bool {
        guard share.isMany else { return connections == 0 }
        let idle = max(0, share.workers.count - busy)
        // httpd counts those that only write as well, and so a number of slow readers keeps others
        // out that it has the workers for.
        return hasFreeWorker
            && Double(connections - writing) < Double(share.workers.count)
                + Double(idle) * share.connectionsPerIdleWorker
    }

    /// Whether a worker of the share is free.
    ///
    /// Finds out again only when those seen last are all taken.
    private var hasFreeWorker: Bool {
        while let last = freeWorkers.last {
            if child.worker(last).status == .ready { return true }
            _ = takeFree()
        }
        freeWorkers = share.workers.filter { child.worker($0).status == .ready }
        return !freeWorkers.isEmpty
    }

    private func accept(from watched: Watched) {
        // A few at a time: other loops shall have their part of a burst.
        var rest = share.isMany ? 8 : 1
        repeat {
            guard !isQuiescing, acceptOne(watched) else { break }
            rest -= 1
        } while rest > 0 && hasRoom
        adjustWatching()
    }

    /// - Returns: whether there was a connection.
    @discardableResult
    private func acceptOne(_ watched: Watched) -> Bool {
        var descriptor: CInt = -1
        while true {
            let remote = unsafe SocketAddress.named { address, length in
                descriptor = unsafe cplatform_accept(watched.listener.descriptor, address, length)
                return descriptor
            }
            if descriptor >= 0 {
                begin(descriptor, remote: remote, watched)
                return true
            }
            switch errno {
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH, ENETUNREACH: continue
            case EAGAIN: break
            case EINVAL:
                // The parent has shut the socket down, for all of us (`Listener.shutDown`).
                watched.hasEnded = true
                unwatch(watched)
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: outOfDescriptors(SystemError.last("accept"))
            default:
                context.server.main.log(.error, "AH00451", "\(SystemError.last("accept"))")
            }
            return false
        }
    }

    /// Pauses, for the listener stays readable and the loop would do nothing but try again.
    private func outOfDescriptors(_ error: SystemError) {
        context.server.main.log(
            .error, "AH00451", "\(error); accepting pauses for a second (raise `ulimit -n`)")
        for watched in watched { unwatch(watched) }
        isWatching = true
        let paused = LoopConfined(self)
        context.loop.schedule(after: .seconds(1)) {
            paused.value.isWatching = false
            paused.value.workers.noteAccepting(false)
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
        if let worker = ownWorker { worker.status = .reading }
        let connection = Connection(
            id: nextID, local: local, remote: remote, context: context,
            defaultHost: context.server.hostTable.defaultHost(for: local))
        context.server.hooks.preConnection.runAll(connection)
        let served = HTTP1Connection(connection, channel: channel, acceptor: self)
        if share.isMany, hold(takeWorker(), for: served) {
            child.worker(served.worker!).status = .reading
        }
        served.start()
    }

    // MARK: Connections

    /// Where a loop has one connection, that has the worker all the time.
    private var ownWorker: WorkerScore? {
        share.isMany ? nil : child.worker(share.workers.lowerBound)
    }

    func connectionBecameIdle(_ connection: HTTP1Connection) {
        connectionWaits(connection)
        child.score.add(1, to: Self.idleCounter(connection))
    }

    func connectionLeftIdling(_ connection: HTTP1Connection) {
        child.score.add(-1, to: Self.idleCounter(connection))
    }

    /// A connection that waits for its first request is not one that was kept alive.
    private static func idleCounter(_ connection: HTTP1Connection) -> ChildScore.Counter {
        connection.connection.requestCount == 0 ? .waitingForIO : .keptAlive
    }

    func connectionWaits(_ connection: HTTP1Connection) {
        if share.isMany { letGo(connection) }
    }

    func connectionEnded(_ connection: HTTP1Connection) {
        connections -= 1
        if share.isMany { letGo(connection) }
        child.score.add(-1, to: .connections)
        if let worker = ownWorker { worker.status = .ready }
        adjustWatching()
        if isQuiescing, connections == 0 { whenEmpty() }
    }

    var sharesWorkers: Bool { share.isMany }

    func connectionWasUpgraded(_ stream: UpgradedStream) {
        upgraded[ObjectIdentifier(stream)] = stream
        countUpgraded(1)
    }

    func upgradeEnded(_ stream: UpgradedStream) {
        upgraded[ObjectIdentifier(stream)] = nil
        countUpgraded(-1)
    }

    /// One that keeps its worker is seen there.
    private func countUpgraded(_ difference: Int) {
        if share.isMany { child.score.add(difference, to: .waitingForIO) }
    }

    // MARK: Requests

    func admit(_ request: borrowing Request, of connection: HTTP1Connection) -> Bool {
        guard connection.worker != nil || hold(takeWorker(), for: connection) else { return false }
        began(request, connection)
        return true
    }

    func admitLater(_ request: borrowing Request, of connection: HTTP1Connection) async {
        let worker = unsafe await withUnsafeContinuation { continuation in
            var queue = unsafe waiting.take()
            unsafe queue.append(continuation)
            unsafe waiting = queue
            workers.noteWaiting(1)
            // One may have become free before anybody knew that we wait.
            takeFreed()
        }
        _ = hold(worker, for: connection)
        began(request, connection)
    }

    private func began(_ request: borrowing Request, _ connection: HTTP1Connection) {
        child.worker(connection.worker!).begin(request.head, at: request.received)
    }

    /// Gives the connection a worker.
    ///
    /// False: there is none.
    private func hold(_ worker: Int?, for connection: HTTP1Connection) -> Bool {
        guard let worker else { return false }
        connection.worker = worker
        busy += 1
        if share.isMany, isWatching, freeWorkers.isEmpty { adjustWatching() }
        return true
    }

    func describe(_ request: borrowing Request, of connection: HTTP1Connection) {
        guard context.server.extendedStatus, let worker = connection.worker else { return }
        child.worker(worker).describe(
            client: request.clientAddress.host, protocolName: "http/1.1",
            virtualHost: "\(request.host.name):\(request.serverPort)")
    }

    func dismiss(_ request: borrowing Request, of connection: HTTP1Connection) {
        guard let worker = connection.worker else {
            // It was let go while the response was sent.
            writing -= 1
            child.score.add(-1, to: .writing)
            adjustWatching()
            return
        }
        let now = request.finished ?? request.received
        noteEnd(of: connection, worker, bytes: request.bytesSent, now: now)
        if share.isMany {
            letGo(connection)
        } else {
            connection.worker = nil
            busy -= 1
            child.worker(worker).status = .keptAlive
        }
    }

    func dismissEarly(_ connection: HTTP1Connection, bytes: Int64) {
        guard share.isMany, let worker = connection.worker else { return }
        noteEnd(of: connection, worker, bytes: bytes, now: .now)
        writing += 1
        child.score.add(1, to: .writing)
        letGo(connection)
    }

    private func noteEnd(
        of connection: HTTP1Connection, _ worker: Int, bytes: Int64, now: WallTime
    ) {
        child.worker(worker).endRequest(
            bytes: Int(bytes), isFirstOfConnection: connection.connection.requestCount == 1,
            now: now.microseconds)
    }

    /// Takes the worker from a connection that has one.
    private func letGo(_ connection: HTTP1Connection) {
        guard let worker = connection.worker else { return }
        connection.worker = nil
        busy -= 1
        giveBack(worker)
        if !isWatching { adjustWatching() }
    }

    private func takeWorker() -> Int? {
        // It has the one connection, and so one request.
        if !share.isMany { return share.workers.lowerBound }
        while let worker = takeFree() {
            if child.worker(worker).take() { return worker }
        }
        return workers.takeAny(preferring: share.workers)
    }

    private func takeFree() -> Int? {
        var free = freeWorkers.take()
        let worker = free.popLast()
        freeWorkers.putBack(&free)
        return worker
    }

    private func addFree(_ worker: Int) {
        var free = freeWorkers.take()
        free.append(worker)
        freeWorkers.putBack(&free)
    }

    private func giveBack(_ worker: Int) {
        let isOwn = share.workers.contains(worker)
        if isOwn, unsafe !waiting.isEmpty {
            resumeFirst(with: worker)
            return
        }
        child.worker(worker).giveBack()
        if isOwn { addFree(worker) } else { workers.tellOwner(of: worker) }
        workers.tellWaiting()
    }

    /// Serves those that wait with what has become free in any loop.
    func takeFreed() {
        while unsafe !waiting.isEmpty, let worker = workers.takeAny(preferring: share.workers) {
            resumeFirst(with: worker)
        }
    }

    /// The worker goes from hand to hand: nobody else can take it before the waiting task runs.
    private func resumeFirst(with worker: Int) {
        workers.noteWaiting(-1)
        var queue = unsafe waiting.take()
        let first = unsafe queue.removeFirst()
        unsafe waiting = queue
        unsafe first.resume(returning: worker)
    }

    // MARK: Leaving

    /// Accepts nothing more.
    ///
    /// What is in flight is finished, and idle connections keep their time to send what may be on
    /// its way already; the answer to it is the last.
    func quiesce() {
        guard !isQuiescing else { return }
        isQuiescing = true
        adjustWatching()
        for stream in upgraded.values { stream.serverLeaves(.gracefully) }
        if connections == 0 { whenEmpty() }
    }

    /// The process ends: whoever can still be told is told.
    func stop() {
        for stream in upgraded.values { stream.serverLeaves(.atOnce) }
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

extension WorkerScore {
    fileprivate func begin(_ head: borrowing RequestHead, at time: WallTime) {
        beginRequest(head.requestLineBytes, now: time.microseconds)
    }
}
