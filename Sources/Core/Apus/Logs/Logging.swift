// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime

extension Module {
    /// The name as `LogLevel` and the log have it: `ssl` for `ssl_module`.
    public static var shortName: String {
        name.hasSuffix("_module") ? String(name.dropLast("_module".count)) : name
    }
}

extension Request {
    /// Writes to the error log of the virtual host, when the level that holds for this request
    /// and module lets it through.
    ///
    /// - Parameters:
    ///   - number: the message's number, such as `AH00128`, or empty.
    ///   - error: the system's error it is about, which stands before the number.
    public borrowing func log(
        _ level: LogLevel, in module: (any Module.Type)? = nil, _ number: String,
        _ message: @autoclosure () -> String, error: SystemError? = nil,
        source: LogSource = LogSource()
    ) {
        guard logs(level, in: module) else { return }
        host.errorLog.write(
            LogEntry(
                level: level, module: module?.shortName ?? "core", number: number,
                message: message(), error: error, source: source, context: LogContext(self)))
    }

    /// Whether a message of that level would be written: for what is costly to put into words.
    public borrowing func logs(_ level: LogLevel, in module: (any Module.Type)? = nil) -> Bool {
        // Most questions are for what nobody wants to read.
        guard level <= directoryConfig.mostVerbose || level == .notice else { return false }
        return host.errorLog.takes(level, at: directoryConfig.core.logLevels.level(of: module))
    }
}

extension LogLevels {
    /// The level for a module, nil for the core.
    ///
    /// Asked for every message that is not written, so its name is made up only where a level is
    /// set for some module.
    fileprivate func level(of module: (any Module.Type)?) -> LogLevel {
        modules.isEmpty ? standard ?? .warning : level(for: module?.shortName ?? "core")
    }
}

/// Writes to a virtual host's error log about a request, also when that is over.
public struct RequestLogger {
    private let log: ErrorLog
    private let level: LogLevel
    private let module: String
    private let context: LogContext

    init(_ request: borrowing Request, _ module: any Module.Type) {
        log = request.host.errorLog
        self.module = module.shortName
        let levels = request[directory: CoreModule.self].logLevels
        level = levels.level(for: self.module)
        context = LogContext(request)
    }

    /// As `Request.log`.
    public func log(_ level: LogLevel, _ number: String, _ message: @autoclosure () -> String) {
        guard level <= self.level else { return }
        log.write(
            LogEntry(
                level: level, module: module, number: number, message: message(),
                context: context))
    }
}

extension Request {
    /// What may write to the log about this request while its content is made.
    public borrowing func logger(for module: any Module.Type) -> RequestLogger {
        RequestLogger(self, module)
    }
}

extension Connection {
    /// Writes to the error log of the host that belongs to this address.
    public func log(
        _ level: LogLevel, in module: (any Module.Type)? = nil, _ number: String,
        _ message: @autoclosure () -> String, error: SystemError? = nil,
        source: LogSource = LogSource()
    ) {
        let name = module?.shortName ?? "core"
        guard defaultHost.errorLog.takes(level, at: defaultHost.level(for: name)) else { return }
        defaultHost.errorLog.write(
            LogEntry(
                level: level, module: name, number: number, message: message(), error: error,
                source: source, context: LogContext(self)))
    }
}

extension VirtualHost {
    /// The level that holds for a module where no section says otherwise.
    func level(for module: String) -> LogLevel {
        directoryConfig(of: CoreModule.self).logLevels.level(for: module)
    }

    /// Writes to this host's error log.
    public func log(
        _ level: LogLevel, in module: (any Module.Type)? = nil, _ number: String,
        _ message: @autoclosure () -> String, error: SystemError? = nil,
        source: LogSource = LogSource()
    ) {
        log(
            level, inModule: module?.shortName ?? "core", number, message(), error: error,
            source: source)
    }

    /// Writes what the parent has to say.
    public func log(_ message: ProcessMessage) {
        log(
            message.level, inModule: message.module, message.number, message.message,
            error: message.error)
    }

    private func log(
        _ level: LogLevel, inModule module: String, _ number: String,
        _ message: @autoclosure () -> String, error: SystemError?, source: LogSource = LogSource()
    ) {
        guard errorLog.takes(level, at: self.level(for: module)) else { return }
        errorLog.write(
            LogEntry(
                level: level, module: module, number: number, message: message(), error: error,
                source: source, hostname: name))
    }
}

extension ErrorLog {
    /// Whether a message is written where that level holds.
    ///
    /// Notices, of starts and stops, are left out of the system's log alone.
    func takes(_ level: LogLevel, at limit: LogLevel) -> Bool {
        level <= limit || level == .notice && !destination.isSyslog
    }
}
