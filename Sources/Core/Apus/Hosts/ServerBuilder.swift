// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime
internal import Glibc

// From a tree of directives to a server, in the order of httpd's start: the directives are carried
// out, the logs opened, the modules get to see the whole, and then everything is frozen. What
// goes wrong up to the logs is a mistake in the configuration, and all of them are told together.

/// The configuration while it is made.
///
/// Belongs to the parent, before any child exists.
public final class ServerBuilder {
    /// A virtual host, or the main server, while it is made.
    public final class Host {
        public let index: Int
        public let location: SourceLocation
        public internal(set) var addresses: [HostAddress] = []
        var own = ConfigVectors()
        var sections = Sections()
        var server = ConfigVector()
        var directory = ConfigVector()

        init(index: Int, location: SourceLocation) {
            self.index = index
            self.location = location
        }
    }

    /// The directory that relative paths are meant from.
    public internal(set) var root: String
    public internal(set) var hooks = Hooks()
    public internal(set) var modules: [any Module.Type] = []
    public internal(set) var table = DirectiveTable()
    /// The names that modules which are compiled in have, for `httpd -l`.
    public internal(set) var builtIn: Set<String> = []
    public internal(set) var definitions: [String: String] = [:]
    public internal(set) var orderedDefinitions: [(name: String, value: String)] = []
    /// The main server first.
    public internal(set) var hosts: [Host] = []
    /// The programs that read logs from pipes.
    public let otherChildren = OtherChildren()
    /// What modules have the parent do while the server runs.
    public let services = ParentServices()
    public let warnings: WarningSink
    /// Further parts of the Server field, such as `mod_wsgi/5.0`.
    public var versionComponents: [String] = []
    /// Whether DocumentRoots must be there (not under `-T`).
    public var checksDocumentRoots = true
    /// Open from the phase open_logs on, for what goes wrong there.
    public internal(set) var mainErrorLog: ErrorLog?
    /// Whether requests are noted in the scoreboard where `ExtendedStatus` says nothing.
    public var showsExtendedStatus = false

    public init(root: String, warnings: WarningSink = WarningSink()) {
        self.root = root
        self.warnings = warnings
    }

    // MARK: Modules

    /// Takes in a module; its directives are known from the next line on.
    public func add(_ module: any Module.Type, isBuiltIn: Bool = false) {
        modules.append(module)
        if isBuiltIn { builtIn.insert(module.name) }
        LogRegistry.add(module)
        add(directivesOf: module)
    }

    private func add<M: Module>(directivesOf module: M.Type) {
        table.add(
            module: M.name, sourceName: M.sourceName, serverDirectives: M.serverDirectives,
            directoryDirectives: M.directoryDirectives)
        // Each of httpd's MPMs declares them for itself; here they are the same for all.
        if M.self is any ProcessingModule.Type {
            table.list(CoreModule.mpmDirectives.map(\.name), under: M.sourceName)
        }
    }

    // MARK: Directives

    /// Carries out a tree.
    ///
    /// - Throws: every mistake of it.
    public func apply(_ nodes: [ConfigNode]) throws(ConfigErrors) {
        ModuleIndex.assign(modules)
        let main = Host(index: 0, location: nodes.first?.location ?? .init(file: "", line: 0))
        hosts = [main]
        // Before the directives, which look up what modules offer.
        for module in modules { module.register(in: &hooks) }
        let sections = StructuralSections(self)
        let applier = DirectiveApplier(
            table: table, providers: hooks.providers, warnings: warnings,
            remedyForUnknown: { [root] in ModuleRemedy.forUnknown($0, root: root) },
            section: sections.apply)
        applier.apply(
            nodes, to: &main.own, in: .server(root: root, checksDocumentRoots: checksDocumentRoots))
        guard applier.errors.isEmpty else { throw applier.errors }
        hooks.providers = applier.providers
        mergeHosts()
    }

    /// What holds for a host in the end: its own settings over those of the main server.
    private func mergeHosts() {
        let defaults = table.defaults()
        for host in hosts {
            let outer =
                host.index == 0
                ? defaults : ConfigVectors(server: hosts[0].server, directory: hosts[0].directory)
            host.server = table.mergeServers(host.own.server, over: outer.server)
            host.directory = table.mergeDirectories(host.own.directory, over: outer.directory)
            if host.index > 0 {
                let outer = hosts[0].sections
                host.sections.directories = outer.directories + host.sections.directories
                host.sections.directoryMatches =
                    outer.directoryMatches + host.sections.directoryMatches
                host.sections.locations = outer.locations + host.sections.locations
            }
        }
        for host in hosts { host.sections.sortDirectories() }
    }

    // MARK: What modules ask and change

    /// The settings of a module for a host.
    public func config<M: Module>(of module: M.Type, host: Host) -> M.ServerConfig {
        host.server.config(of: M.ServerConfig.self, at: ModuleIndex.of(M.self))
    }

    /// Changes the settings of a module for a host, when something could be known only now.
    public func setConfig<M: Module>(_ config: M.ServerConfig, of module: M.Type, host: Host) {
        host.server.set(config, at: ModuleIndex.of(M.self))
    }

    /// Changes the settings of a module that hold where no section of a host says otherwise.
    public func setDirectoryConfig<M: Module>(
        _ config: M.DirectoryConfig, of module: M.Type, host: Host
    ) {
        host.directory.set(config, at: ModuleIndex.of(M.self))
    }

    /// A path of the configuration: absolute, or below the server's root.
    public func path(_ path: String) -> String { FilePath.absolute(path, under: root) }

    // MARK: Freezing

    /// Lets the modules check what has been read, before anything is opened.
    ///
    /// - Throws: what a module found wrong.
    public func check() throws(ConfigError) {
        try ErrorLogs.check(self)
        try hooks.checkConfig.runAll(self)
    }

    /// Opens the logs, lets the modules see the whole, freezes it, and starts services.
    ///
    /// - Throws: what a module found wrong.
    public func freeze(plan: ProcessingPlan, generation: Int) throws(ConfigError) -> Server {
        let logs = try ErrorLogs(self)
        mainErrorLog = logs.log(of: hosts[0])
        try hooks.openLogs.runAll(self)
        try hooks.postConfig.runAll(self)
        let frozen = hosts.map { host in
            VirtualHost(parts(of: host, errorLog: logs.log(of: host)))
        }
        let server = Server(self, hosts: frozen, plan: plan, generation: generation)
        try startServices(server)
        return server
    }

    private func startServices(_ server: Server) throws(ConfigError) {
        services.log = { message in server.main.log(message) }
        do throws(ConfigError) {
            try hooks.startServices.runAll(server, services)
        } catch {
            services.abandon()
            throw error
        }
    }

    private func parts(of host: Host, errorLog: ErrorLog) -> VirtualHost.Parts {
        let core = config(of: CoreModule.self, host: host)
        let name = ServerName(core.serverName ?? hosts[0].fallbackName)
        return VirtualHost.Parts(
            index: host.index, name: name.host, port: name.port, scheme: name.scheme,
            aliases: core.serverAliases.map { $0.lowercased() }, addresses: host.addresses,
            location: host.location, serverConfig: host.server, directoryDefaults: host.directory,
            sections: host.sections, errorLog: errorLog, table: table)
    }
}

extension ServerBuilder.Host {
    /// What a server without a name calls itself.
    var fallbackName: String { LocalHostname.current }
}

/// The parts of `ServerName`.
struct ServerName {
    var scheme: String?
    var host: String
    var port: UInt16?

    init(_ text: String) {
        var rest = text[...]
        if let end = rest.firstIndex(of: ":"), rest[end...].hasPrefix("://") {
            scheme = rest[..<end].lowercased()
            rest = rest[end...].dropFirst(3)
        }
        let isBracketed = rest.hasPrefix("[")
        if let colon = rest.lastIndex(of: ":"),
            isBracketed
                ? rest.firstIndex(of: "]").map({ $0 < colon }) ?? false
                : rest.firstIndex(of: ":") == colon
        {
            port = UInt16(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        host = rest.lowercased()
    }
}

/// The name of this machine.
enum LocalHostname {
    /// Its full name where it has one, or 127.0.0.1, as httpd does.
    static let current: String = {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard unsafe gethostname(buffer.baseAddress!, buffer.count - 1) == 0 else {
                return "127.0.0.1"
            }
            let name = unsafe String(cString: buffer.baseAddress!)
            return name.contains(".") ? name : "127.0.0.1"
        }
    }()
}
