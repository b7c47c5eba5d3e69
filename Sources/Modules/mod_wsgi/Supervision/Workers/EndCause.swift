// SPDX-License-Identifier: Apache-2.0

/// Why a worker ends.
///
/// The numbers are places in the table of what fronts know of a set.
enum EndCause: Int, CaseIterable, Sendable {
    /// It ended without having been told, by a signal or on its own.
    case crash = 0
    /// The server ends, or its configuration no longer has the set.
    case shutdown = 1
    case reload = 2
    case maximumRequests = 3
    case restartInterval = 4
    case inactivity = 5
    case requestTimeout = 6
    case deadlock = 7
    case startupTimeout = 8
    case memory = 9
    /// The application could not be imported.
    case failure = 10
    /// It asked to leave for a reason of its own.
    case request = 11
    /// Somebody sent it SIGUSR1.
    case eviction = 12

    /// As messages and the status page have it, and the `cause` of `stop`.
    var name: String {
        switch self {
        case .crash: "crash"
        case .shutdown: "shutdown"
        case .reload: "reload"
        case .maximumRequests: "maximum-requests"
        case .restartInterval: "restart-interval"
        case .inactivity: "inactivity-timeout"
        case .requestTimeout: "request-timeout"
        case .deadlock: "deadlock-timeout"
        case .startupTimeout: "startup-timeout"
        case .memory: "memory-limit"
        case .failure: "failed import"
        case .request: "own request"
        case .eviction: "eviction"
        }
    }

    /// The cause that a worker's `retire` names.
    init(retiring name: String?) {
        self = Self.allCases.first { $0.name == name } ?? .request
    }
}
