// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// From a configuration to a running server.
struct Start {
    let options: CommandLineOptions
    let place: ProgramPlace
    let image: ProgramImage

    /// Becomes the server.
    ///
    /// - Returns: the status to exit with.
    func run(_ configuration: Configuration, inherited: RestartState?) throws(ConfigError) -> CInt {
        let builder = configuration.builder
        let mpm = try configuration.mpm()
        let settings = builder.config(of: CoreModule.self, host: builder.hosts[0]).processes
        var bounds = BoundsCheck(fixed: inherited?.fixedLimits)
        var processing = mpm.processing(settings, &bounds)
        if options.isDebugging {
            processing.plan.startServers = 1
            processing.plan.maxRequestWorkers = processing.plan.workersPerChild
            processing.spareWorkers.plan = processing.plan
        }
        let startup = StartupLog(options)
        // At the first start they have been told already, before the configuration was checked.
        if inherited != nil { bounds.messages.forEach(startup.write) }
        ProcessManager.holdSignals()
        let listeners = try listeners(settings, inherited, startup)
        builder.services.inherit(inherited)
        let server = try openLogs(builder, processing.plan, inherited)
        server.main.errorLog.takeStandardError()
        // Whoever started it has seen them; whoever reads the log is to know them too. So it is with
        // httpd, which reads its configuration once more when the logs are open.
        builder.warnings.warnings.forEach(startup.write)
        var setup = ProcessManagerSetup(
            plan: processing.plan, wording: processing.wording, banner: server.banner,
            listeners: listeners, image: image, maintain: processing.spareWorkers.decide,
            log: { message in server.main.log(message) }, checkConfiguration: { check(listeners) },
            serve: { child in ChildServer(child, server).run() })
        setup.pidFile = PIDFile(path: builder.path(settings.pidFile))
        setup.gracefulShutdownTimeout = settings.gracefulShutdownTimeout
        setup.inherited = inherited
        setup.otherChildren = builder.otherChildren
        setup.services = builder.services
        setup.privileges = builder.config(of: UnixdModule.self, host: builder.hosts[0])
            .privileges(coreDumpDirectory: settings.coreDumpDirectory)
        do throws(SystemError) {
            let manager = try ProcessManager(setup)
            // Services are the parent's work, so there is one, and one child.
            if options.isDebugging && builder.services.isEmpty { manager.serveAlone() }
            return manager.run()
        } catch {
            builder.services.abandon()
            throw ConfigError(
                .apply, at: nil, problem: "AH00016: the server could not be started: \(error)")
        }
    }

    /// Opens the logs, in the background where the server belongs there, and freezes the
    /// configuration.
    private func openLogs(
        _ builder: ServerBuilder, _ plan: ProcessingPlan, _ inherited: RestartState?
    ) throws(ConfigError) -> Server {
        let generation = inherited.map { $0.generation + 1 } ?? 0
        guard options.isDetached, inherited == nil, let daemon = Daemon.detach() else {
            return try builder.freeze(plan: plan, generation: generation)
        }
        do throws(ConfigError) {
            let server = try builder.freeze(plan: plan, generation: generation)
            daemon.confirm()
            return server
        } catch {
            daemon.giveUp()
            throw error
        }
    }

    private func listeners(
        _ settings: ProcessSettings, _ inherited: RestartState?, _ startup: StartupLog
    ) throws(ConfigError) -> Listeners {
        do throws(ListenError) {
            return try Listeners.open(
                settings.listen, settings.listenOptions,
                inherited: inherited?.takeListeners() ?? [],
                log: startup.write)
        } catch {
            throw ConfigError(
                .apply, at: nil, problem: "\(error)",
                consequence: error == .noListeners ? "AH00015: Unable to open logs" : nil)
        }
    }

    /// What is wrong with the configuration as it is on disk now; asked before a restart, in a
    /// process of its own, for the new image could only end with what it finds.
    private func check(_ listeners: Listeners) -> String? {
        do throws(ConfigErrors) {
            let configuration = try Configuration(options, place: place)
            do throws(ConfigError) {
                _ = try configuration.mpm()
                try configuration.builder.check()
                return check(listeners, configuration)
            } catch {
                return error.message(program: "httpd")
            }
        } catch {
            return error.message(program: "httpd")
        }
    }
}

extension Start {
    /// Whether all addresses can be had that are not listened on already.
    private func check(_ listeners: Listeners, _ configuration: Configuration) -> String? {
        let builder = configuration.builder
        let settings = builder.config(of: CoreModule.self, host: builder.hosts[0]).processes
        var lines: [String] = []
        do throws(ListenError) {
            try listeners.check(settings.listen, settings.listenOptions) { message in
                if message.level <= .error { lines.append(message.line) }
            }
            return nil
        } catch {
            return (lines + ["\(error)"]).joined(separator: "\n")
        }
    }
}

/// What is said before the logs are open, on standard error.
struct StartupLog {
    private let level: LogLevel
    private let destination = LogDestination.descriptor(STDERR_FILENO)

    init(_ options: CommandLineOptions) { level = options.startupLevel }

    /// What the author of the configuration should know: a line as in the error log, except for
    /// what httpd tells without time and place.
    func write(_ warning: ConfigWarning) {
        let level: LogLevel =
            switch warning.kind {
            case .error: .error
            case .debug: .debug
            case .warning, .startup: .warning
            }
        guard level <= self.level else { return }
        guard warning.kind != .startup else {
            let number = warning.code.isEmpty ? "" : "\(warning.code): "
            return destination.write(Array("\(number)\(warning.message)\n".utf8))
        }
        ErrorLog(destination).write(
            LogEntry(
                level: level, module: warning.module, number: warning.code,
                message: warning.message))
    }

    func write(_ message: ProcessMessage) {
        guard message.level <= level else { return }
        destination.write(Array("\(message.line)\n".utf8))
    }
}
