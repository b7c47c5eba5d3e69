// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime
internal import Glibc

/// The time as logs have it: in local time, or as strftime is told.
public enum LogTime {
    /// How the error log writes a time.
    struct Form: Sendable {
        /// How many of a fraction of a second: 0, 3 or 6.
        var digits: Int
        /// `2026-11-21 12:00:00.123456` instead of `Sat Nov 21 12:00:00.123456 2026`.
        var isCompact: Bool
        /// The distance from UTC behind the compact form.
        var showsZone: Bool
    }

    static func now(_ form: Form) -> String {
        let now = WallTime.now
        let divisor: Int64 = form.digits == 3 ? 1000 : 1
        let part = padded(now.microseconds % 1_000_000 / divisor, form.digits)
        let fraction = form.digits > 0 ? "." + part : ""
        guard form.isCompact else {
            return format("%a %b %d %H:%M:%S", now) + fraction + format(" %Y", now)
        }
        return format("%Y-%m-%d %H:%M:%S", now) + fraction
            + (form.showsZone ? format(" %z", now) : "")
    }

    /// strftime of a time in the local time zone.
    public static func format(_ pattern: String, _ time: WallTime) -> String {
        var seconds = time_t(time.seconds)
        var parts = unsafe tm()
        _ = unsafe localtime_r(&seconds, &parts)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
            let count = unsafe strftime(buffer.baseAddress!, buffer.count, pattern, &parts)
            unsafe buffer[count] = 0
            return unsafe String(cString: buffer.baseAddress!)
        }
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
