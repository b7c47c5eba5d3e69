// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// The clock that only goes forward, in nanoseconds.
public enum MonotonicClock {
    public static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// The time of day, in microseconds since 1970 as httpd counts it (`apr_time_t`).
public struct WallTime: Hashable, Comparable, Sendable {
    public var microseconds: Int64
    public init(microseconds: Int64) { self.microseconds = microseconds }
    public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

    public static var now: WallTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(
            microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    public var seconds: Int64 { microseconds.quotientFloored(by: 1_000_000) }
    public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }
    public static func - (a: Self, b: Self) -> Duration {
        .microseconds(a.microseconds - b.microseconds)
    }
}

extension Int64 {
    func quotientFloored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension Duration {
    /// The whole duration in nanoseconds, at most 292 years.
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max / 2 : whole + attoseconds / 1_000_000_000
    }
}
