// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// Finds the workers for a target, and waits for them where they are only starting.
enum Workers {
    /// How long it is between two looks.
    private static let pause: Duration = .milliseconds(10)

    /// Those of a target, where they are known and need not be waited for.
    static func ready(_ target: Target) -> WorkerSet? {
        guard let workers = target.workers, isKnown(workers, target) else { return nil }
        return workers
    }

    /// - Throws: 503 where there are none in time, 500 where the application cannot be started.
    static func find(
        _ target: Target, _ request: borrowing Request
    ) async throws(RequestError) -> WorkerSet {
        if let workers = ready(target) { return workers }
        let loop = request.connection.loop
        let start = loop.now
        var next = start
        while true {
            if let workers = WorkerSets.current?.find(target.set) {
                target.workers = workers
                if workers.row.state == .started, isKnown(workers, target) { return workers }
            }
            // Now and then again, for a message may be lost.
            if loop.now >= next, needsStart(target) {
                next = loop.now + 1_000_000_000
                WorkerSets.current?.requestBinding(target.set, script: target.script)
            }
            guard loop.now - start < limit(of: target, request) else { throw tooLate(target) }
            await loop.sleep(for: pause)
        }
    }

    private static func tooLate(_ target: Target) -> RequestError {
        // It is tried again and again; what is wrong stands in the log.
        if target.workers?.row.state == .failed {
            return RequestError(
                .internalServerError, "the application of \(target.set) could not be started")
        }
        return RequestError(
            .serviceUnavailable,
            "no worker of \(target.set) became ready in time: \(target.script.path)")
    }

    private static func needsStart(_ target: Target) -> Bool {
        guard let workers = target.workers else { return true }
        return workers.row.state == .bound
    }

    /// Whether it is clear what the workers speak.
    private static func isKnown(_ workers: WorkerSet, _ target: Target) -> Bool {
        if target.group.interface == .wsgi, workers.row.state == .started { return true }
        let board = workers.serving.board
        if board.interface != .unknown { return true }
        // One that could not import the application says so to each request.
        return (0..<board.processLimit).contains { board.process($0).state == .ready }
    }

    private static func limit(_ duration: Duration?) -> Int64 { duration?.nanoseconds ?? 0 }
    private static let usualConnectTimeout = Duration.seconds(15)

    private static func limit(of target: Target, _ request: borrowing Request) -> Int64 {
        let group = target.group
        // One that crashed is replaced soon; one that cannot be loaded would fail again.
        if target.workers?.row.state == .failed {
            return min(limit(group.connectTimeout ?? usualConnectTimeout), 2_000_000_000)
        }
        return max(
            limit(group.connectTimeout ?? usualConnectTimeout),
            group.queueTimeout?.nanoseconds
                ?? limit(group.socketTimeout ?? request.host.core.timeout))
    }
}
