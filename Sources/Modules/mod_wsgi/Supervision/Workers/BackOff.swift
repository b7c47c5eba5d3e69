// SPDX-License-Identifier: Apache-2.0

/// When the next worker may be started after some that failed.
struct BackOff {
    private(set) var failures = 0
    /// By the monotonic clock, in nanoseconds.
    private(set) var nextTime: Int64 = 0

    static let longest: Int64 = 30_000_000_000
    private static let first: Int64 = 250_000_000

    /// A worker ended that never was of use, or not for long.
    mutating func noteFailure(now: Int64) {
        failures += 1
        nextTime = now + min(Self.longest, Self.first << Int64(min(failures - 1, 10)))
    }

    /// A worker has been of use.
    mutating func noteSuccess() { self = BackOff() }

    /// Somebody waits: the next may be tried now, unless the last was tried just before.
    mutating func hasten(now: Int64) {
        if nextTime > now, failures > 0 { nextTime = min(nextTime, now + Self.first) }
    }
}
