// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusHTTP
internal import CPlatform
public import ApusRuntime

/// The whole configuration, frozen: what the children serve by.
///
/// All `let`, so it needs no locks.
public final class Server: Sendable {
    public let main: VirtualHost
    /// All hosts, the main server first.
    public let hosts: [VirtualHost]
    public let hooks: Hooks
    /// `AuthType` and `AuthName`, where a module knows them.
    let authentication: AuthenticationSettings?
    public let modules: [any Module.Type]
    /// The directory that relative paths are meant from, without slash at its end.
    public let root: String
    public let directives: DirectiveTable
    public let plan: ProcessingPlan
    /// What `-D` and `Define` made.
    public let definitions: [String: String]
    let hostTable: HostTable
    /// The Server field with its CRLF, empty when it is not sent.
    let serverField: [UInt8]
    /// The server's name in pages and the environment of scripts.
    public let banner: String
    /// The same with all it can tell, whatever `ServerTokens` says.
    public let description: String
    public let startTime: WallTime
    public let generation: Int
    /// Whether the scoreboard tells what each worker is doing (`ExtendedStatus`).
    public let extendedStatus: Bool

    init(_ builder: ServerBuilder, hosts: [VirtualHost], plan: ProcessingPlan, generation: Int) {
        main = hosts[0]
        self.hosts = hosts
        hooks = builder.hooks
        authentication = builder.hooks.providers.lookUp(AuthenticationSettings.providerName)
        modules = builder.modules
        root = builder.root
        directives = builder.table
        definitions = builder.definitions
        self.plan = plan
        self.generation = generation
        extendedStatus = hosts[0].core.$extendedStatus.explicit ?? builder.showsExtendedStatus
        startTime = .now
        hostTable = HostTable(main: hosts[0], hosts: Array(hosts.dropFirst()))
        banner = ServerVersion.banner(
            hosts[0].core.serverTokens, components: builder.versionComponents)
        description = ServerVersion.banner(.full, components: builder.versionComponents)
        serverField = Array("Server: \(banner)\r\n".utf8)
    }

    /// Whether the address of this end of a connection matters for its host.
    var needsLocalAddress: Bool { hostTable.needsAddress }

    /// A path of the configuration: absolute, or below the server's root.
    public func path(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(root)/\(path)"
    }
}

/// What the server calls itself.
public enum ServerVersion {
    public static let product = "Apus"
    public static let version = "0.1.0"
    /// When this core was compiled.
    public static var built: String { unsafe String(cString: cplatform_build_time()) }
    /// The release of Apache httpd whose behaviour is the specification.
    public static let compatible = "2.4.71"
    public static let moduleMagicNumber = "20120211:142"

    static func banner(_ tokens: ServerTokens, components: [String]) -> String {
        let parts = version.split(separator: ".")
        switch tokens {
        case .productOnly: return product
        case .major: return "\(product)/\(parts[0])"
        case .minor: return "\(product)/\(parts[0]).\(parts[1])"
        case .minimal: return "\(product)/\(version)"
        case .os: return "\(product)/\(version) (Unix)"
        case .full:
            return (["\(product)/\(version) (Unix)"] + components).joined(separator: " ")
        }
    }
}
