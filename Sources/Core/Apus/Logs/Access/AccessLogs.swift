// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusRuntime
internal import Glibc

/// Opens the access logs of all hosts, each file once.
struct AccessLogs {
    private let builder: ServerBuilder
    private let isBuffered: Bool
    private var files: [String: AccessLogFile] = [:]

    init(_ builder: ServerBuilder) {
        self.builder = builder
        // It holds for the whole server, wherever it is said.
        isBuffered = builder.hosts.contains {
            builder.config(of: LogConfigModule.self, host: $0).isBuffered
        }
    }

    /// Checks that the directories of all files are there.
    static func check(_ builder: ServerBuilder) throws(ConfigError) {
        for host in builder.hosts {
            for line in builder.config(of: LogConfigModule.self, host: host).lines {
                try LogDirectory.check(
                    line.target, message: "AH02297",
                    "for log file '\(line.target)' defined at \(line.location)")
            }
        }
    }

    /// The logs of a host.
    ///
    /// - Throws: `ConfigError` for a file that cannot be opened or a program that cannot be run.
    mutating func open(for host: ServerBuilder.Host) throws(ConfigError) -> [AccessLog] {
        let config = builder.config(of: LogConfigModule.self, host: host)
        var logs: [AccessLog] = []
        for line in config.lines {
            logs.append(
                AccessLog(
                    format: config.format(for: line), file: try file(for: line),
                    condition: line.condition))
        }
        return logs
    }

    private mutating func file(for line: LogLine) throws(ConfigError) -> AccessLogFile {
        // Each line starts its own program, though hosts that inherit the line share it.
        let key = line.isPiped ? "\(line.target) \(line.location)" : line.target
        if let file = files[key] { return file }
        let file = AccessLogFile(
            index: files.count, destination: try open(line), isBuffered: isBuffered)
        files[key] = file
        return file
    }

    private func open(_ line: LogLine) throws(ConfigError) -> LogDestination {
        guard line.isPiped else {
            do throws(SystemError) {
                return .descriptor(try LogDestination.openFile(line.target))
            } catch {
                throw failure(
                    error, "AH00649", "could not open transfer log file \(line.target).")
            }
        }
        do throws(OtherChildError) {
            return .pipe(try builder.otherChildren.start(line.target))
        } catch {
            let program = line.target.drop { $0 == "|" || $0 == "$" }
            throw failure(
                error.cause, "AH00104", "unable to start piped log program '\(program)'")
        }
    }

    /// Told in the error log, where httpd tells it, and to whoever starts the server.
    private func failure(
        _ error: SystemError?, _ number: String, _ problem: String
    ) -> ConfigError {
        builder.mainErrorLog?.write(
            LogEntry(
                level: .error, module: "log_config", number: number, message: problem,
                error: error))
        return ConfigError(
            .apply, at: nil, problem: "\(error?.logPrefix ?? "")\(number): \(problem)",
            consequence: "AH00015: Unable to open logs")
    }
}

/// The directory of a log file, which must be there before the server starts.
enum LogDirectory {
    static func check(
        _ target: String, message number: String, _ purpose: String
    ) throws(ConfigError) {
        guard target.hasPrefix("/"), let slash = target.lastIndex(of: "/") else { return }
        let directory = String(target[...slash])
        let status = FileStatus(of: directory)
        guard status?.isDirectory != true else { return }
        let error =
            status == nil ? SystemError.last("stat") : SystemError(code: ENOTDIR, call: "stat")
        throw ConfigError(
            .apply, at: nil,
            problem:
                "\(error.logPrefix)\(number): Cannot access directory '\(directory)' \(purpose)",
            consequence: "AH00014: Configuration check failed")
    }
}
