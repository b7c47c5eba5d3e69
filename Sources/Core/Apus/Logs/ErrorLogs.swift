// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusRuntime
internal import Glibc

/// Opens the error logs of all hosts, each file once.
struct ErrorLogs {
    private let logs: [ErrorLog]

    init(_ builder: ServerBuilder) throws(ConfigError) {
        var opened: [String: LogDestination] = [:]
        var logs: [ErrorLog] = []
        for host in builder.hosts {
            let core = builder.config(of: CoreModule.self, host: host)
            let target = core.errorLog ?? builder.path("logs/error_log")
            if opened[target] == nil { opened[target] = try Self.open(target, builder) }
            logs.append(
                ErrorLog(opened[target]!, format: core.errorLogFormat ?? .standard))
        }
        self.logs = logs
    }

    func log(of host: ServerBuilder.Host) -> ErrorLog { logs[host.index] }

    private static func open(
        _ target: String, _ builder: ServerBuilder
    ) throws(ConfigError) -> LogDestination {
        if target == "syslog" || target.hasPrefix("syslog:") { return LogDestination(syslog: target) }
        if target.hasPrefix("|") {
            do throws(OtherChildError) {
                return .descriptor(try builder.otherChildren.start(target))
            } catch {
                throw ConfigError(.apply, at: nil, directive: "ErrorLog", problem: "AH00087: \(error)")
            }
        }
        do throws(SystemError) {
            return .descriptor(try LogDestination.openFile(target))
        } catch {
            throw ConfigError(
                .apply, at: nil, directive: "ErrorLog",
                problem: "(\(error.code))\(error.reason): AH00091: httpd: could not open error log file \(target).\nAH00015: Unable to open logs")
        }
    }
}

extension LogDestination {
    /// `syslog[:[facility][:tag]]`.
    init(syslog text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let name = parts.count > 1 ? parts[1].lowercased() : ""
        let tag = parts.count > 2 ? parts[2] : "httpd"
        self = .syslog(facility: Self.facilities[name] ?? LOG_LOCAL7, tag: tag)
    }

    private static let facilities: [String: CInt] = [
        "auth": LOG_AUTH, "authpriv": LOG_AUTHPRIV, "cron": LOG_CRON, "daemon": LOG_DAEMON,
        "ftp": LOG_FTP, "kern": LOG_KERN, "local0": LOG_LOCAL0, "local1": LOG_LOCAL1,
        "local2": LOG_LOCAL2, "local3": LOG_LOCAL3, "local4": LOG_LOCAL4, "local5": LOG_LOCAL5,
        "local6": LOG_LOCAL6, "local7": LOG_LOCAL7, "lpr": LOG_LPR, "mail": LOG_MAIL,
        "news": LOG_NEWS, "syslog": LOG_SYSLOG, "user": LOG_USER, "uucp": LOG_UUCP,
    ]

    /// A file opened for appending; nil when it cannot be.
    public static func file(_ path: String) -> LogDestination? {
        (try? openFile(path)).map { .descriptor($0) }
    }

    /// Opens a log file for appending, so that each write lands behind the last of any process.
    static func openFile(_ path: String) throws(SystemError) -> CInt {
        let opened = unsafe path.withFileSystemPath {
            unsafe Glibc.open($0, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        }
        guard opened >= 0 else { throw .last("open") }
        return opened
    }
}
