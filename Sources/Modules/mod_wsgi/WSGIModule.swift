// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_wsgi: runs Python applications, by WSGI (PEP 3333) or ASGI, in processes of their own.
public struct WSGIModule: Module {
    public static let name = "wsgi_module"

    public struct ServerConfig: ModuleConfig {
        /// Those of this host; the names are unique over all hosts.
        var daemonProcesses: [ProcessGroup] = []
        @Setting var python = PythonSettings()
        @Setting var spareApplications = 16
        public init() {}
    }

    public static let serverDirectives: [Directive<ServerConfig>] = [
        Directive(
            "WSGIDaemonProcess", in: .servers,
            Argument<String>("name [option=value] ...", arity: .raw) { $0[0] },
            "Specify details of daemon processes to start.", merging: []
        ) { config, text, context throws(ArgumentError) in
            var group = try ProcessGroup(arguments: text)
            group.location = context.location
            config.daemonProcesses.append(group)
        }
    ]
}

/// How interpreters are started, beside what their process group says.
public struct PythonSettings: Sendable, Hashable {
    public var home: String?
    public var interpreter: String?
    public var path: [String] = []
    public var eggs: String?
    public var warnings: [String] = []
    public var optimize = 0
    /// `random`, or a number.
    public var hashSeed: String?
    public var dontWriteBytecode = false
    /// Seconds.
    public var switchInterval: Double?
    public var restrictsStdin = false
    public var restrictsStdout = false
    public var restrictsSignal = true
    public var destroysInterpreter = true

    public init() {}
}

/// The entry of the loadable module.
@c(wsgi_module)
public func wsgiModule() -> UnsafeRawPointer { unsafe ModuleEntry(WSGIModule.self).retained }
