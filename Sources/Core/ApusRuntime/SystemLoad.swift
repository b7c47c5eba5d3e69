// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// How many processes have wanted a processor on average, in the last 1, 5 and 15 minutes.
public struct SystemLoad: Hashable, Sendable, CustomStringConvertible {
    public let averages: [Double]

    /// The load now; zeros where the system does not tell.
    public static var current: SystemLoad {
        var values = [0.0, 0.0, 0.0]
        _ = unsafe getloadavg(&values, 3)
        return SystemLoad(averages: values)
    }

    /// As `0.25/0.31/0.30`.
    public var description: String {
        averages.map { average in
            let hundredths = Int((average * 100).rounded())
            let rest = hundredths % 100
            return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
        }.joined(separator: "/")
    }
}
