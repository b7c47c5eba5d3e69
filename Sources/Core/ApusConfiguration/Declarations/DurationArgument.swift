// SPDX-License-Identifier: Apache-2.0

/// The unit of a duration that names none.
public enum DurationUnit: Sendable {
    case milliseconds, seconds, minutes, hours

    var milliseconds: Int64 {
        switch self {
        case .milliseconds: 1
        case .seconds: 1000
        case .minutes: 60_000
        case .hours: 3_600_000
        }
    }

    var name: String {
        switch self {
        case .milliseconds: "milliseconds"
        case .seconds: "seconds"
        case .minutes: "minutes"
        case .hours: "hours"
        }
    }

    /// `ms`, `s`, `min` or `h`; more letters do no harm (httpd: `ap_timeout_parameter_parse`).
    init?(suffix: Substring) {
        let suffix = suffix.lowercased()
        if suffix.hasPrefix("ms") {
            self = .milliseconds
        } else if suffix.hasPrefix("mi") {
            self = .minutes
        } else if suffix.hasPrefix("s") {
            self = .seconds
        } else if suffix.hasPrefix("h") {
            self = .hours
        } else {
            return nil
        }
    }
}

extension Argument where Value == Duration {
    /// A time in seconds, or in the unit that it names: `300ms`, `5`, `2min`, `1h`.
    public static var duration: Self { duration(in: .seconds) }

    /// A time in some unit, or in the unit that it names.
    public static func duration(in unit: DurationUnit) -> Self {
        .word(unit.name) { word, context throws(ArgumentError) in
            guard let duration = Duration(configured: word, in: unit) else {
                throw ArgumentError(
                    "\(context.directive) has wrong format",
                    remedy: "'\(word)' is no time; write a number, alone or with ms, s, min or h")
            }
            return duration
        }
    }
}

extension Duration {
    /// Reads a time as the configuration writes it.
    ///
    /// - Parameter unit: that of a number alone.
    public init?(configured text: String, in unit: DurationUnit = .seconds) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text[digits.endIndex...]
        guard let number = digits.isEmpty ? 0 : Int64(digits) else { return nil }
        guard let unit = suffix.isEmpty ? unit : DurationUnit(suffix: suffix) else { return nil }
        let (total, overflows) = number.multipliedReportingOverflow(by: unit.milliseconds)
        if overflows { return nil }
        self = .milliseconds(total)
    }
}
