// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

/// A log of requests, ready to be written: a `CustomLog`, `TransferLog` or `GlobalLog`.
struct AccessLog: Sendable {
    let format: LogFormat
    let file: AccessLogFile
    let condition: LogCondition?

    func write(_ request: borrowing Request) {
        if let condition, !condition.holds(for: request) { return }
        request.connection.context.logs.append(request, as: format, to: file)
    }
}

/// `env=name`, or `env=!name`: which requests a log is about.
struct LogCondition: Sendable, Hashable {
    let variable: String
    let isNegated: Bool

    /// It is the environment of the request as the client made it that counts.
    func holds(for request: borrowing Request) -> Bool {
        let environment = request.original?.first.environment ?? request.environment
        return (environment[variable] != nil) != isNegated
    }
}

/// A file or program that takes the lines of access logs, however many logs name it.
///
/// The parent opens it, once.
final class AccessLogFile: Sendable {
    /// What gathers for a file leaves in writes of this size at most.
    static let fileWriteLimit = 65536

    /// Its number among the files, by which each loop finds its lines.
    let index: Int
    let destination: LogDestination
    /// Whether lines may wait beyond the turn of a loop (`BufferedLogs`).
    let isBuffered: Bool
    /// The most bytes of a write that does not mix with those of other processes.
    let writeLimit: Int

    init(index: Int, destination: LogDestination, isBuffered: Bool) {
        self.index = index
        self.destination = destination
        self.isBuffered = isBuffered
        writeLimit = destination.isPipe ? Int(PIPE_BUF) : Self.fileWriteLimit
    }
}
