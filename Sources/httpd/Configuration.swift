// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The configuration as read from the files: the builder with everything applied.
struct Configuration {
    let builder: ServerBuilder
    let file: String

    /// Reads and carries out all of it.
    ///
    /// - Throws: every mistake.
    init(_ options: CommandLineOptions, place: ProgramPlace) throws(ConfigErrors) {
        let root = options.serverRoot.map { place.absolute($0) } ?? place.serverRoot
        let builder = ServerBuilder(root: root)
        builder.checksDocumentRoots = !options.skipsDocumentRootCheck
        for module in BuiltInModules.all { builder.add(module, isBuiltIn: true) }
        let reading = Reading(
            builder, ModuleLoader(programDirectory: place.programDirectory),
            tellsFiles: options.dumps("INCLUDES"))
        let reader = ConfigReader(
            delegate: reading, serverRoot: root,
            variables: Variables(
                defined: options.definitions, environment: ProgramPlace.environment),
            warnings: builder.warnings)
        file =
            options.configFile.map { FilePath.absolute($0, under: root) } ?? place.configFile(root)
        var nodes = reader.read(commandLine: options.directivesBefore)
        nodes += reader.read(file: file)
        nodes += reader.read(commandLine: options.directivesAfter)
        guard reader.errors.isEmpty else { throw reader.errors }
        builder.finishReading(reader)
        try builder.apply(nodes)
        self.builder = builder
    }

    /// The one MPM there is.
    ///
    /// - Throws: httpd's error where there is none, or more than one.
    func mpm() throws(ConfigError) -> any ProcessingModule.Type {
        let mpms = builder.modules.compactMap { $0 as? any ProcessingModule.Type }
        guard mpms.count < 2 else {
            throw ConfigError(
                .apply, at: nil,
                problem: "AH00534: httpd: Configuration error: More than one MPM loaded.",
                remedy: "a2dismod all but one of mpm_event, mpm_worker, mpm_prefork")
        }
        guard let mpm = mpms.first else {
            throw ConfigError(
                .apply, at: nil, problem: "AH00534: httpd: Configuration error: No MPM loaded.",
                remedy: "a2enmod mpm_event enables one")
        }
        return mpm
    }
}

/// What the reader of the configuration asks of the server.
private final class Reading: ConfigReaderDelegate {
    private let builder: ServerBuilder
    private let loader: ModuleLoader
    /// `-D DUMP_INCLUDES`: files are told as they are read, a mistake in one of them or not.
    private let tellsFiles: Bool

    init(_ builder: ServerBuilder, _ loader: ModuleLoader, tellsFiles: Bool) {
        self.builder = builder
        self.loader = loader
        self.tellsFiles = tellsFiles
        if tellsFiles { Output.print("Included configuration files:") }
    }

    var table: DirectiveTable { builder.table }

    func loadModule(_ name: String, file: String, context: ReadTimeContext) throws(ArgumentError) {
        guard !builder.modules.contains(where: { $0.name == name }) else {
            context.warn(
                "AH01574", "module \(name) is already loaded, skipping", module: "so")
            return
        }
        let path = context.reader.resolve(file)
        builder.add(try loader.load(name, from: path, written: file))
        context.warn(
            "AH01575", "loaded module \(name) from \(path)", module: "so", kind: .debug)
    }

    func loadFile(_ file: String, context: ReadTimeContext) throws(ArgumentError) {
        do throws(APRError) {
            _ = try SharedObject(path: file)
        } catch {
            throw ArgumentError("Cannot load \(file) into server: \(error.detail ?? error.reason)")
        }
    }

    func willRead(file: String, includedOn line: Int?, depth: Int) {
        guard tellsFiles else { return }
        let indent = String(repeating: "  ", count: depth)
        Output.print("\(indent)\(line.map { "(\($0))" } ?? "(*)") \(file)")
    }
}

/// The modules that are part of the core.
enum BuiltInModules {
    static let all: [any Module.Type] = [
        CoreModule.self, SoModule.self, LogConfigModule.self, LogIOModule.self,
        VersionModule.self, UnixdModule.self,
    ]
}
