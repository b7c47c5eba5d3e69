// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

/// A virtual host, or the main server, once the configuration is frozen: httpd's `server_rec`.
public final class VirtualHost: Sendable {
    /// Its place in `Server.hosts`; 0 is the main server.
    public let index: Int
    /// `ServerName` without scheme and port.
    public let name: String
    /// The port of `ServerName`, nil when it says none.
    public let port: UInt16?
    /// The scheme of `ServerName`, when it says one.
    public let scheme: String?
    /// `ServerAlias`, in lower case; those with `*` or `?` apart.
    public let aliases: [String]
    public let wildcardAliases: [String]
    /// What `<VirtualHost ...>` says.
    ///
    /// Empty for the main server.
    public let addresses: [HostAddress]
    public let location: SourceLocation
    public let isMain: Bool
    /// The settings of the core, read with every request.
    public let core: CoreModule.ServerConfig
    /// What the parser of requests goes by.
    let requestLimits: RequestLimits
    let protocolOptions: ProtocolOptions
    @usableFromInline let serverConfig: SettledConfig
    /// The settings that hold where no section says otherwise.
    @usableFromInline let directoryDefaults: ConfigVector
    let sections: Sections
    public let errorLog: ErrorLog

    struct Parts {
        var index: Int
        var name: String
        var port: UInt16?
        var scheme: String?
        var aliases: [String]
        var addresses: [HostAddress]
        var location: SourceLocation
        var serverConfig: ConfigVector
        var directoryDefaults: ConfigVector
        var sections: Sections
        var errorLog: ErrorLog
        var table: DirectiveTable
    }

    init(_ parts: Parts) {
        index = parts.index
        isMain = parts.index == 0
        name = parts.name
        port = parts.port
        scheme = parts.scheme
        aliases = parts.aliases.filter { !$0.contains { $0 == "*" || $0 == "?" } }
        wildcardAliases = parts.aliases.filter { $0.contains { $0 == "*" || $0 == "?" } }
        addresses = parts.addresses
        location = parts.location
        serverConfig = SettledConfig(parts.serverConfig)
        directoryDefaults = parts.directoryDefaults
        sections = parts.sections
        errorLog = parts.errorLog
        core = serverConfig[CoreModule.ServerConfig.self, at: ModuleIndex.of(CoreModule.self)]
        requestLimits = core.requestLimits
        protocolOptions = core.protocolOptions
    }

    /// The settings of a module for this host.
    public func config<M: Module>(of module: M.Type) -> M.ServerConfig {
        self[M.self]
    }

    /// The same, read where they are.
    @inlinable
    public subscript<M: Module>(module: M.Type) -> M.ServerConfig {
        @inline(__always) _read {
            yield serverConfig[M.ServerConfig.self, at: ModuleIndex.of(M.self)]
        }
    }

    /// The settings of a module that hold where no section of this host says otherwise.
    public func directoryConfig<M: Module>(of module: M.Type) -> M.DirectoryConfig {
        directoryDefaults.config(of: M.DirectoryConfig.self, at: ModuleIndex.of(M.self))
    }

    /// Whether this host goes by that name (in lower case, without port).
    func answers(to hostname: String) -> Bool {
        name == hostname || aliases.contains(hostname)
            || wildcardAliases.contains { Glob.matchesSimple(hostname, $0) }
    }
}
