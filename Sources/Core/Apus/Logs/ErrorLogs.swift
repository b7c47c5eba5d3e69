// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusRuntime
internal import Glibc

/// Opens the error logs of all hosts, each file once.
struct ErrorLogs {
    private var logs: [ErrorLog] = []

    init(_ builder: ServerBuilder) throws(ConfigError) {
        var opened: [String: LogDestination] = [:]
        for host in builder.hosts {
            let core = builder.config(of: CoreModule.self, host: host)
            let target = Self.target(of: host, builder)
            if opened[target] == nil { opened[target] = try Self.open(target, builder) }
            logs.append(
                ErrorLog(
                    opened[target]!, format: core.errorLogFormat,
                    aboutRequests: core.requestLogFormats,
                    aboutConnections: core.connectionLogFormats))
        }
    }

    func log(of host: ServerBuilder.Host) -> ErrorLog { logs[host.index] }

    /// Checks that the directories of all error logs are there.
    static func check(_ builder: ServerBuilder) throws(ConfigError) {
        for host in builder.hosts {
            let target = target(of: host, builder)
            let whose =
                host.index == 0
                ? "main error log" : "error log of vhost defined at \(host.location)"
            try LogDirectory.check(target, message: "AH02291", "for \(whose)")
        }
    }

    private static func target(of host: ServerBuilder.Host, _ builder: ServerBuilder) -> String {
        builder.config(of: CoreModule.self, host: host).errorLog ?? builder.path("logs/error_log")
    }

    private static func open(
        _ target: String, _ builder: ServerBuilder
    ) throws(ConfigError) -> LogDestination {
        if target == "syslog" || target.hasPrefix("syslog:") {
            return LogDestination(syslog: target)
        }
        return target.hasPrefix("|") ? try start(target, builder) : try openFile(target)
    }

    private static func start(
        _ target: String, _ builder: ServerBuilder
    ) throws(ConfigError) -> LogDestination {
        do throws(OtherChildError) {
            return .pipe(try builder.otherChildren.start(target))
        } catch {
            let program = target.drop { $0 == "|" || $0 == "$" }
            throw failure(
                error.cause, "AH00089: Couldn't start ErrorLog process '\(program)'.")
        }
    }

    private static func openFile(_ target: String) throws(ConfigError) -> LogDestination {
        do throws(SystemError) {
            return .descriptor(try LogDestination.openFile(target))
        } catch {
            throw failure(error, "AH00091: httpd: could not open error log file \(target).")
        }
    }

    private static func failure(_ error: SystemError?, _ problem: String) -> ConfigError {
        ConfigError(
            .apply, at: nil, directive: "ErrorLog", problem: (error?.logPrefix ?? "") + problem,
            consequence: "AH00015: Unable to open logs")
    }
}
