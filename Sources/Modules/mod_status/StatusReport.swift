// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// What the scoreboard says at a moment, counted as httpd counts it.
struct StatusReport {
    /// A child process.
    struct Child {
        var slot: Int
        var pid: Int32
        var generation: Int
        var isStopping = false
        var isAccepting = true
        var connections = 0
        var waitingForIO = 0
        var writing = 0
        var keptAlive = 0
        var closing = 0
        var busy = 0
        var graceful = 0
        var idle = 0
    }

    /// A worker's row, used or not.
    struct Worker {
        var slot: Int
        var pid: Int32
        var generation: Int
        var row: WorkerSnapshot
    }

    var hostname = ""
    var localAddress = ""
    var serverVersion = ""
    var processingName = ""
    var isAsynchronous = false
    var isExtended = false
    var now = WallTime(seconds: 0)
    var restarted = WallTime(seconds: 0)
    var generation = 0
    var load: [Double] = [0, 0, 0]
    var times = ProcessTimes()
    var children: [Child] = []
    var workers: [Worker] = []

    init() {}

    init(_ request: borrowing Request) {
        let server = request.connection.server
        hostname = request.serverName
        localAddress = request.connection.localAddress.host
        serverVersion = server.description
        processingName = server.plan.name
        isAsynchronous = server.plan.isAsynchronous
        isExtended = server.extendedStatus
        now = .now
        load = Self.loadAverages()
        guard let scoreboard = request.connection.context.scoreboard else { return }
        restarted = WallTime(microseconds: scoreboard.restartTime)
        generation = scoreboard.generation
        read(scoreboard)
    }

    private mutating func read(_ scoreboard: Scoreboard) {
        let ended = scoreboard.endedChildrenTimes
        times.user = Double(ended.user) / 1e6
        times.system = Double(ended.system) / 1e6
        for slot in 0..<scoreboard.serverLimit {
            let score = scoreboard.child(slot)
            var child = Child(slot: slot, pid: score.pid, generation: score.generation)
            child.isStopping = score.isQuiescing
            for index in 0..<scoreboard.threadLimit {
                let row = scoreboard.worker(index, ofChild: slot).snapshot
                child.count(row.status)
                workers.append(
                    Worker(slot: slot, pid: child.pid, generation: child.generation, row: row))
            }
            guard child.pid != 0 else { continue }
            child.readConnections(score)
            children.append(child)
            times.add(ProcessTimes(of: child.pid))
        }
    }

    private static func loadAverages() -> [Double] {
        unsafe [Double](unsafeUninitializedCapacity: 3) { buffer, count in
            count = 3
            guard unsafe getloadavg(buffer.baseAddress!, 3) < 3 else { return }
            for index in 0..<3 { unsafe buffer[index] = 0 }
        }
    }

    // MARK: Sums

    /// Whole seconds since the start or the last restart.
    var uptime: Int { Int(max(0, now.seconds - restarted.seconds)) }
    var busy: Int { children.reduce(0) { $0 + $1.busy } }
    var graceful: Int { children.reduce(0) { $0 + $1.graceful } }
    var idle: Int { children.reduce(0) { $0 + $1.idle } }
    var stopping: Int { children.count { $0.isStopping } }
    var requests: Int { workers.reduce(0) { $0 + $1.row.requests } }
    var bytes: Int { workers.reduce(0) { $0 + $1.row.bytes } }
    /// In milliseconds.
    var duration: Int { workers.reduce(0) { $0 + Int($1.row.duration / 1000) } }

    func sum(_ count: (Child) -> Int) -> Int { children.reduce(0) { $0 + count($1) } }

    /// A letter for each place that a worker can have.
    var letters: String { String(workers.map(\.row.status.letter)) }

    /// The workers that are doing something, or have done.
    var usedWorkers: [Worker] {
        workers.filter {
            $0.row.requests > 0 || $0.row.status != .ready && $0.row.status != .dead
        }
    }
}

extension StatusReport.Child {
    /// Counts one of its workers.
    mutating func count(_ status: WorkerStatus) {
        guard pid != 0 else { return }
        switch status {
        case .ready: if !isStopping { idle += 1 }
        case .dead, .starting, .idleCleanup: break
        case .finishing: graceful += 1
        default: if isStopping { graceful += 1 } else { busy += 1 }
        }
    }

    fileprivate mutating func readConnections(_ score: ChildScore) {
        isAccepting = !score.isNotAccepting
        connections = score.count(.connections)
        waitingForIO = score.count(.waitingForIO)
        writing = score.count(.writing)
        keptAlive = score.count(.keptAlive)
        closing = score.count(.closing)
    }
}
