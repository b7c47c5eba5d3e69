// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

// Numbers, sizes and times as httpd's page has them, for programs read that page too.

enum StatusText {
    /// As printf's `%g`, or another conversion of a number.
    static func number(_ value: Double, _ conversion: String = "%g") -> String {
        unsafe withVaList([value]) { arguments in
            unsafe String(unsafeUninitializedCapacity: 64) { buffer in
                let written = unsafe buffer.withMemoryRebound(to: CChar.self) {
                    unsafe vsnprintf($0.baseAddress, 64, conversion, arguments)
                }
                return min(Int(written), 63)
            }
        }
    }

    /// `927 B`, `5.8 kB`.
    static func size(bytes: Int) -> String {
        switch bytes {
        case ..<(5 << 10): "\(bytes) B"
        case ..<(1 << 19): "\(number(Double(bytes) / 0x400, "%.1f")) kB"
        case ..<(1 << 29): "\(number(Double(bytes) / 0x10_0000, "%.1f")) MB"
        default: "\(number(Double(bytes) / 0x4000_0000, "%.1f")) GB"
        }
    }

    /// `5 kB`, `1.2 MB`.
    static func size(kilobytes: Int) -> String {
        switch kilobytes {
        case ..<(1 << 10): "\(kilobytes) kB"
        case ..<(1 << 20): "\(number(Double(kilobytes) / 0x400, "%.1f")) MB"
        default: "\(number(Double(kilobytes) / 0x10_0000, "%.1f")) GB"
        }
    }

    /// ` 1 day 2 hours 1 second`; each part has a blank before it.
    static func duration(seconds: Int) -> String {
        let parts = [
            (seconds / 86400, "day"), (seconds / 3600 % 24, "hour"),
            (seconds / 60 % 60, "minute"), (seconds % 60, "second"),
        ]
        var text = ""
        for (count, unit) in parts where count > 0 {
            text += " \(count) \(unit)\(count == 1 ? "" : "s")"
        }
        return text
    }

    /// `Saturday, 21-Nov-2026 13:24:16 UTC`, in local time.
    static func time(_ time: WallTime) -> String {
        var seconds = time_t(time.seconds)
        var parts = unsafe tm()
        unsafe localtime_r(&seconds, &parts)
        return unsafe String(unsafeUninitializedCapacity: 64) { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe strftime($0.baseAddress, 64, "%A, %d-%b-%Y %H:%M:%S %Z", &parts)
            }
        }
    }
}
