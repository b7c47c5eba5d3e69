// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What a worker is doing; the numbers and their order are httpd's.
public enum WorkerStatus: UInt8, Sendable, CaseIterable {
    case dead, starting, ready, reading, writing, keptAlive, logging, lookingUp, closing, finishing
    case idleCleanup

    /// The letter in mod_status's scoreboard.
    public var letter: Character {
        switch self {
        case .dead: "."
        case .starting: "S"
        case .ready: "_"
        case .reading: "R"
        case .writing: "W"
        case .keptAlive: "K"
        case .logging: "L"
        case .lookingUp: "D"
        case .closing: "C"
        case .finishing: "G"
        case .idleCleanup: "I"
        }
    }

    /// Whether a request could be given to it now or in a moment.
    public var isIdle: Bool { self == .starting || self == .ready }

    /// Whether it serves somebody.
    public var isBusy: Bool { self >= .reading }
}

extension WorkerStatus: Comparable {
    public static func < (one: WorkerStatus, other: WorkerStatus) -> Bool {
        one.rawValue < other.rawValue
    }
}

struct WorkerRow: ~Copyable {
    let status: Atomic<UInt8>
    let connectionRequests: Atomic<Int>
    let connectionBytes: Atomic<Int>
    let requests: Atomic<Int>
    let bytes: Atomic<Int>
    let childRequests: Atomic<Int>
    let childBytes: Atomic<Int>
    let startTime: Atomic<Int64>
    let stopTime: Atomic<Int64>
    let lastUsed: Atomic<Int64>
    let duration: Atomic<Int64>
    let userTime: Atomic<Int64>
    let systemTime: Atomic<Int64>
    let client: SharedText<8>
    let virtualHost: SharedText<8>
    let proto: SharedText<2>
    let request: SharedText<16>
}

/// A worker's row in the scoreboard; httpd's `worker_score`.
///
/// A worker is a request in progress: a thread in mpm_worker, the process in mpm_prefork, one of
/// `ThreadsPerChild` places in mpm_event. One thread at a time writes to a row.
@safe public struct WorkerScore: Sendable {
    // Keeps the memory mapped.
    let owner: Scoreboard
    // Points into shared memory of `owner`, where there are atomics only.
    nonisolated(unsafe) let row: UnsafeMutablePointer<WorkerRow>

    init(owner: Scoreboard, row: UnsafeMutablePointer<WorkerRow>) {
        self.owner = owner
        unsafe self.row = unsafe row
    }

    public var status: WorkerStatus {
        get { unsafe WorkerStatus(rawValue: row.pointee.status.load(ordering: .relaxed)) ?? .dead }
        nonmutating set { unsafe row.pointee.status.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// Takes the worker for a request, if nobody else has.
    func take() -> Bool {
        unsafe row.pointee.status.compareExchange(
            expected: WorkerStatus.ready.rawValue, desired: WorkerStatus.reading.rawValue,
            ordering: .sequentiallyConsistent
        ).exchanged
    }

    /// Gives the worker back.
    ///
    /// Ordered before the look at who waits that follows.
    func giveBack() {
        _ = unsafe row.pointee.status.exchange(
            WorkerStatus.ready.rawValue, ordering: .sequentiallyConsistent)
    }

    /// Notes who is served, and by which host, as name and port.
    public func describe(client: String, protocolName: String, virtualHost: String) {
        unsafe row.pointee.client.store(client)
        unsafe row.pointee.proto.store(protocolName)
        unsafe row.pointee.virtualHost.store(virtualHost)
    }

    /// Notes that a request begins.
    ///
    /// - Parameters:
    ///   - requestLine: what fits of it is kept, so that the log can say what a crash was about.
    ///   - now: microseconds since 1970.
    public func beginRequest(_ requestLine: Span<UInt8>, now: Int64) {
        unsafe row.pointee.request.store(requestLine)
        unsafe row.pointee.startTime.store(now, ordering: .relaxed)
        unsafe row.pointee.lastUsed.store(now, ordering: .relaxed)
        status = .writing
    }

    /// Notes that a request has been answered, and counts it.
    public func endRequest(bytes: Int, isFirstOfConnection: Bool, now: Int64) {
        unsafe row.pointee.stopTime.store(now, ordering: .relaxed)
        unsafe row.pointee.lastUsed.store(now, ordering: .relaxed)
        let begun = unsafe row.pointee.startTime.load(ordering: .relaxed)
        if isFirstOfConnection {
            unsafe row.pointee.connectionRequests.store(0, ordering: .relaxed)
            unsafe row.pointee.connectionBytes.store(0, ordering: .relaxed)
        }
        unsafe row.pointee.duration.raise(by: max(0, now - begun))
        unsafe row.pointee.requests.raise(by: 1)
        unsafe row.pointee.childRequests.raise(by: 1)
        unsafe row.pointee.connectionRequests.raise(by: 1)
        unsafe row.pointee.bytes.raise(by: bytes)
        unsafe row.pointee.childBytes.raise(by: bytes)
        unsafe row.pointee.connectionBytes.raise(by: bytes)
    }

    /// Adds to the processor time spent on requests, in microseconds.
    public func addTimes(user: Int64, system: Int64) {
        unsafe row.pointee.userTime.raise(by: user)
        unsafe row.pointee.systemTime.raise(by: system)
    }

    /// Makes the row that of a new child's worker; what the row has served in all stays counted.
    func begin() {
        unsafe row.pointee.childRequests.store(0, ordering: .relaxed)
        unsafe row.pointee.childBytes.store(0, ordering: .relaxed)
        unsafe row.pointee.connectionRequests.store(0, ordering: .relaxed)
        unsafe row.pointee.connectionBytes.store(0, ordering: .relaxed)
        unsafe row.pointee.request.store("")
        unsafe row.pointee.client.store("")
        unsafe row.pointee.virtualHost.store("")
        status = .starting
    }

    /// All that the row says now.
    public var snapshot: WorkerSnapshot {
        unsafe WorkerSnapshot(
            status: status,
            connectionRequests: row.pointee.connectionRequests.load(ordering: .relaxed),
            connectionBytes: row.pointee.connectionBytes.load(ordering: .relaxed),
            requests: row.pointee.requests.load(ordering: .relaxed),
            bytes: row.pointee.bytes.load(ordering: .relaxed),
            childRequests: row.pointee.childRequests.load(ordering: .relaxed),
            childBytes: row.pointee.childBytes.load(ordering: .relaxed),
            startTime: row.pointee.startTime.load(ordering: .relaxed),
            stopTime: row.pointee.stopTime.load(ordering: .relaxed),
            lastUsed: row.pointee.lastUsed.load(ordering: .relaxed),
            duration: row.pointee.duration.load(ordering: .relaxed),
            userTime: row.pointee.userTime.load(ordering: .relaxed),
            systemTime: row.pointee.systemTime.load(ordering: .relaxed),
            client: row.pointee.client.load(), virtualHost: row.pointee.virtualHost.load(),
            protocolName: row.pointee.proto.load(), request: row.pointee.request.load())
    }
}

/// What a worker's row says at a moment.
///
/// Times are microseconds since 1970, durations microseconds.
public struct WorkerSnapshot: Sendable, Hashable {
    public var status: WorkerStatus
    /// Of the connection it serves.
    public var connectionRequests: Int
    public var connectionBytes: Int
    /// Of the row since the server started.
    public var requests: Int
    public var bytes: Int
    /// Of the child that has the row now.
    public var childRequests: Int
    public var childBytes: Int
    /// When the last request began and ended.
    public var startTime: Int64
    public var stopTime: Int64
    public var lastUsed: Int64
    /// Time spent on all requests.
    public var duration: Int64
    public var userTime: Int64
    public var systemTime: Int64
    public var client: String
    public var virtualHost: String
    public var protocolName: String
    public var request: String
}

extension Atomic where Value == Int {
    /// Adds where nobody else writes, which needs no locked instruction.
    fileprivate borrowing func raise(by amount: Int) {
        store(load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}

extension Atomic where Value == Int64 {
    fileprivate borrowing func raise(by amount: Int64) {
        store(load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}
