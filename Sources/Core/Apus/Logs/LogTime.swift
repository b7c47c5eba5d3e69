// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime
internal import Glibc

/// The time as logs have it: in local time, or as strftime is told.
public enum LogTime {
    /// `Sat Nov 21 12:00:00.123456 2026`, or compact, `2026-11-21 12:00:00.123456`.
    public static func now(precise: Bool, compact: Bool) -> String {
        let now = WallTime.now
        let fraction = precise ? "." + padded(now.microseconds % 1_000_000, 6) : ""
        return compact
            ? format("%Y-%m-%d %H:%M:%S", now) + fraction
            : format("%a %b %d %H:%M:%S", now) + fraction + format(" %Y", now)
    }

    public static func now(format pattern: String) -> String { format(pattern, .now) }

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

    static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
