// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusRuntime

/// mod_log_config: the log of the requests.
public struct LogConfigModule: Module {
    public static let name = "log_config_module"

    /// The logs of a host, and the formats it knows by name.
    public struct ServerConfig: SelfMerging {
        var formats: [String: String] = [:]
        /// The format of logs that name none (`LogFormat` without a nickname).
        var defaultFormat: String?
        var lines: [LogLine] = []
        var isBuffered = false
        /// The same logs, once they are open.
        var logs: [AccessLog] = []

        public init() {}

        /// A host with logs of its own does not write to those of the main server, unless they
        /// are global.
        public func merged(over parent: Self) -> Self {
            var merged = self
            merged.formats = parent.formats.merging(formats) { _, inner in inner }
            merged.defaultFormat = defaultFormat ?? parent.defaultFormat
            merged.lines =
                lines.isEmpty ? parent.lines : lines + parent.lines.filter(\.isGlobal)
            return merged
        }

        /// The format of a line: one known by that name, or the text itself.
        func format(for line: LogLine) -> LogFormat {
            let text = (line.format ?? defaultFormat).map { formats[$0] ?? $0 }
            // What cannot be read was refused where it stands in the configuration.
            return text.flatMap { try? LogFormat($0) } ?? .common
        }
    }

    public static func register(in hooks: inout Hooks) {
        hooks.checkConfig.add(Self.self) { builder throws(ConfigError) in
            try AccessLogs.check(builder)
        }
        hooks.openLogs.add(Self.self) { builder throws(ConfigError) in
            var open = AccessLogs(builder)
            for host in builder.hosts {
                // What served to open them is not carried along with every request.
                var config = ServerConfig()
                config.logs = try open.open(for: host)
                builder.setConfig(config, of: Self.self, host: host)
            }
        }
        // Only here may the log wait: for the name of the client's host, where it is wanted.
        hooks.logTransaction.addAsync(
            Self.self,
            when: { request in
                request.directoryConfig.core.hostnameLookups != .off
                    && request[host: Self.self].logs.contains(
                        where: \.format.tellsNames)
            }
        ) { request in
            _ = await request.remoteHost()
            return .declined
        }
        hooks.logTransaction.add(Self.self) { request in
            if request[host: Self.self].logs.isEmpty { return .declined }
            for log in request[host: Self.self].logs { log.write(request) }
            return .declined
        }
    }
}

/// A line of the configuration that makes a log.
struct LogLine: Sendable {
    /// A file, or a program behind `|`.
    var target: String
    /// A format or its nickname; nil for the host's default.
    var format: String?
    var condition: LogCondition?
    /// Whether hosts with logs of their own write to it as well.
    var isGlobal = false
    var location: SourceLocation

    var isPiped: Bool { target.hasPrefix("|") }
}
