// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

/// Names a request in all logs; it becomes text when somebody reads it.
public struct RequestIdentifier: Sendable, CustomStringConvertible {
    /// `Connection.logID`.
    let connection: String
    let number: Int

    public var description: String { "\(connection).\(number)" }
}

/// What makes the identifiers of one loop's requests unlike those of any other.
struct RequestIdentifiers: Sendable {
    let prefix: String

    init(slot: Int, loop: Int) {
        let start = String(WallTime.now.microseconds, radix: 36)
        prefix = "\(start)-\(String(getpid(), radix: 36))-"
    }
}
