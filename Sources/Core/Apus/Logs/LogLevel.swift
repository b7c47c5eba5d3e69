// SPDX-License-Identifier: Apache-2.0

/// How much a message matters: syslog's levels and eight levels of tracing.
public enum LogLevel: Int, Comparable, Sendable, CaseIterable {
    case emergency, alert, critical, error, warning, notice, info, debug
    case trace1, trace2, trace3, trace4, trace5, trace6, trace7, trace8

    /// The word in the log and in `LogLevel`.
    public var name: String {
        switch self {
        case .emergency: "emerg"
        case .alert: "alert"
        case .critical: "crit"
        case .error: "error"
        case .warning: "warn"
        case .notice: "notice"
        case .info: "info"
        case .debug: "debug"
        default: "trace\(rawValue - LogLevel.debug.rawValue)"
        }
    }

    public init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name.lowercased() }) else {
            return nil
        }
        self = level
    }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// The levels that hold in some place: one for all modules, and those set for single ones.
public struct LogLevels: Sendable, Hashable {
    public var standard: LogLevel?
    /// Module names as in `LogLevel ssl:info`, without `_module`.
    public var modules: [String: LogLevel] = [:]

    public init(standard: LogLevel? = nil) { self.standard = standard }

    /// The level for a module, by its short name.
    public func level(for module: String) -> LogLevel {
        modules.isEmpty ? standard ?? .warning : modules[module] ?? standard ?? .warning
    }

    /// The level of whichever module logs most.
    var mostVerbose: LogLevel {
        modules.values.reduce(standard ?? .warning) { max($0, $1) }
    }

    /// These levels where they say something, `outer` where they do not.
    public func over(_ outer: LogLevels) -> LogLevels {
        var merged = LogLevels(standard: standard ?? outer.standard)
        // A level for all modules, said further in, takes back what was said for single ones.
        merged.modules = standard == nil ? outer.modules : [:]
        merged.modules.merge(modules) { _, inner in inner }
        return merged
    }
}
