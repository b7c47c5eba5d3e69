// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// Writes times into log lines.
///
/// Belongs to one loop, and remembers the text of the last second.
struct LogClock {
    private struct Remembered {
        let pattern: String
        var second: Int64
        var text: [UInt8]
    }

    private static let common = "[%d/%b/%Y:%H:%M:%S %z]"
    // One entry for each strftime pattern of the configuration: there are few of them.
    private var remembered: [Remembered] = []

    init() {}

    mutating func append(_ form: LogTimestamp.Form, of time: WallTime, to line: inout [UInt8]) {
        switch form {
        case .common: append(Self.common, time, to: &line)
        case .strftime(let pattern): append(pattern, time, to: &line)
        case .seconds: line.append(decimal: Int(time.seconds))
        case .milliseconds: line.append(decimal: Int(time.microseconds / 1000))
        case .microseconds: line.append(decimal: Int(time.microseconds))
        case .millisecondFraction:
            line.append(decimal: Int(time.microseconds % 1_000_000 / 1000), width: 3)
        case .microsecondFraction:
            line.append(decimal: Int(time.microseconds % 1_000_000), width: 6)
        }
    }

    private mutating func append(_ pattern: String, _ time: WallTime, to line: inout [UInt8]) {
        let second = time.seconds
        for index in remembered.indices where remembered[index].pattern == pattern {
            if remembered[index].second != second {
                remembered[index].second = second
                remembered[index].text = LogTime.format(pattern, time).bytes
            }
            line.append(contentsOf: remembered[index].text)
            return
        }
        let text = LogTime.format(pattern, time).bytes
        line.append(contentsOf: text)
        remembered.append(Remembered(pattern: pattern, second: second, text: text))
    }
}

extension [UInt8] {
    /// Appends a number in at least `width` decimal digits.
    mutating func append(decimal number: Int, width: Int) {
        var least = 1
        for _ in 1..<width { least *= 10 }
        while least > 1, number < least {
            append(0x30)
            least /= 10
        }
        append(decimal: number)
    }
}
