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
        }
        let startup = StartupLog(options)
        bounds.messages.forEach(startup.write)
        let listeners = try listeners(settings, inherited, startup)
        let server = try openLogs(builder, processing.plan, inherited)
        server.main.errorLog.takeStandardError()
        var setup = ProcessManagerSetup(
            plan: processing.plan, wording: processing.wording, banner: server.banner,
            listeners: listeners, image: image, maintain: processing.spareWorkers.decide,
            log: { message in server.main.log(message) }, checkConfiguration: { check() },
            serve: { child in ChildServer(child, server).run() })
        setup.pidFile = PIDFile(path: builder.path(settings.pidFile))
        setup.gracefulShutdownTimeout = settings.gracefulShutdownTimeout
        setup.inherited = inherited
        setup.otherChildren = builder.otherChildren
        setup.privileges = builder.config(of: UnixdModule.self, host: builder.hosts[0])
            .privileges(coreDumpDirectory: settings.coreDumpDirectory)
        do throws(SystemError) {
            return try ProcessManager(setup).run()
        } catch {
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
            throw ConfigError(.apply, at: nil, problem: "\(error)")
        }
    }

    /// What is wrong with the configuration as it is on disk now; asked before a restart.
    private func check() -> String? {
        do throws(ConfigErrors) {
            let configuration = try Configuration(options, place: place)
            do throws(ConfigError) {
                _ = try configuration.mpm()
                try configuration.builder.check()
                return nil
            } catch {
                return error.message(program: "httpd")
            }
        } catch {
            return error.message(program: "httpd")
        }
    }
}

/// What is said before the logs are open: on standard error, or where `-E` wants it.
struct StartupLog {
    private let level: LogLevel
    private let destination: LogDestination

    init(_ options: CommandLineOptions) {
        level = options.startupLevel
        destination = options.startupLog.flatMap(LogDestination.file) ?? .descriptor(STDERR_FILENO)
    }

    func write(_ message: ProcessMessage) {
        guard message.level <= level else { return }
        destination.write(Array("\(message.line)\n".utf8))
    }
}
