// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// What is done with a configuration that could be read.
struct Actions {
    let options: CommandLineOptions
    let place: ProgramPlace
    let image: ProgramImage
    let configuration: Configuration

    func perform(inherited: RestartState?) -> Never {
        if inherited == nil { reportWarnings() }
        do throws(ConfigError) {
            if options.showsSettings {
                Output.print(Dumps.settings(mpm: try? configuration.mpm(), place: place))
                exit(0)
            }
            if options.listsDirectives {
                Output.print(configuration.builder.table.listing)
                exit(0)
            }
            if options.dumps("REFERENCE") {
                Output.print(Dumps(configuration: configuration).reference)
                exit(0)
            }
            let mpm = try configuration.mpm()
            if inherited == nil { reportBounds(mpm) }
            try configuration.builder.check()
            if options.testsOnly || dumps { test() }
            if inherited == nil { control() }
            exit(
                try Start(options: options, place: place, image: image)
                    .run(configuration, inherited: inherited))
        } catch {
            Output.printError(error.message(program: place.programName))
            exit(1)
        }
    }

    private var dumps: Bool {
        ["MODULES", "VHOSTS", "RUN_CFG", "INCLUDES"].contains { options.dumps($0) }
    }

    private func reportWarnings() {
        let log = StartupLog(options)
        configuration.builder.warnings.warnings.forEach(log.write)
    }

    /// Tells which limits make no sense and are corrected.
    private func reportBounds(_ mpm: any ProcessingModule.Type) {
        let builder = configuration.builder
        let settings = builder.config(of: CoreModule.self, host: builder.hosts[0]).processes
        var bounds = BoundsCheck(fixed: nil)
        _ = mpm.processing(settings, &bounds)
        bounds.messages.forEach(StartupLog(options).write)
    }

    private func test() -> Never {
        let dumps = Dumps(configuration: configuration)
        if options.dumps("MODULES") { Output.print(dumps.modules) }
        if options.dumps("VHOSTS") { Output.print(dumps.hosts) }
        if options.dumps("RUN_CFG") { Output.print(dumps.run) }
        if !self.dumps { Output.printError("Syntax OK") }
        exit(0)
    }

    /// `-k`; comes back when this process is to become the server.
    private func control() {
        let builder = configuration.builder
        let settings = builder.config(of: CoreModule.self, host: builder.hosts[0]).processes
        let file = PIDFile(path: builder.path(settings.pidFile))
        switch (options.control ?? .start).perform(file) {
        case .startServer(let text): if let text { Output.print(text) }
        case .exit(let status, let text):
            if let text { Output.print(text) }
            exit(status)
        case .fail(let messages):
            messages.forEach { Output.printError($0.line) }
            exit(1)
        }
    }
}
