// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import ApusRuntime
internal import Glibc

/// What the arguments say.
struct ProbeSettings {
    private var values: [String: String] = [:]

    init(_ arguments: some Sequence<String>) {
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
    }

    subscript(name: String) -> String? { values[name] }

    func number(_ name: String, _ otherwise: Int) -> Int {
        values[name].flatMap { Int($0) } ?? otherwise
    }

    var plan: ProcessingPlan {
        ProcessingPlan(
            name: "probe", loops: 1, connectionsPerLoop: .one, blockingWork: .inline,
            startServers: number("start", 2), serverLimit: number("limit", 8), threadLimit: 1,
            workersPerChild: 1, maxRequestWorkers: number("limit", 8),
            maxConnectionsPerChild: number("maxperchild", 0))
    }

    var spareWorkers: SpareWorkers {
        SpareWorkers(
            minimum: number("min", 1), maximum: number("max", 8), plan: plan,
            wording: SpareWorkers.Wording(
                limitReached: "AH00161: server reached MaxRequestWorkers setting",
                limitNear: nil, scoreboardFull: nil,
                busy: "AH00162: spawning %spawning children, there are %idle idle"))
    }
}

extension ProcessWording {
    static let probe = ProcessWording(
        configured: "AH00163", stopping: "AH00169", stoppingGracefully: "AH00170",
        restarting: "AH00173: SIGHUP received.  Attempting to restart",
        restartingGracefully: "AH00171: Graceful restart requested, doing restart",
        cannotFork: "AH00159", sick: "AH00000")
}

/// A file that takes the parent's messages.
struct ProbeLog {
    private let descriptor: CInt

    init(path: String) {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    }

    func write(_ message: ProcessMessage) {
        let line = Array("[\(message.level.name)] \(message.line)\n".utf8)
        _ = unsafe Glibc.write(descriptor, line, line.count)
    }
}
