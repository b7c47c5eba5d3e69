// SPDX-License-Identifier: Apache-2.0

/// Names the files that a log is written to, one after another.
struct LogFileName {
    private enum Style {
        case pattern, fixed, numbered(Int), stamped
    }

    private let base: String
    private let style: Style
    private var number: Int?

    init(_ options: RotationOptions) {
        base = options.logFile
        if options.logFile.contains("%") {
            style = .pattern
        } else if options.truncates {
            style = .fixed
        } else if let count = options.fileCount {
            style = .numbered(count)
        } else {
            style = .stamped
        }
    }

    /// The name of the next file.
    ///
    /// - Parameter start: when its interval began, as the clock's `now` gives it.
    mutating func next(start: Int, _ clock: RotationClock) -> String {
        switch style {
        case .pattern:
            return clock.text(base, at: start)
        case .fixed:
            return base
        case .numbered(let count):
            let next = number.map { ($0 + 1) % count } ?? 0
            number = next
            return next == 0 ? base : "\(base).\(next)"
        case .stamped:
            let digits = String(start)
            let zeros = String(repeating: "0", count: max(0, 10 - digits.count))
            return "\(base).\(zeros)\(digits)"
        }
    }
}
