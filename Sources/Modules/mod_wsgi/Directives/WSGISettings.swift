// SPDX-License-Identifier: Apache-2.0

public import Apus

extension WSGIModule {
    /// What holds for a whole virtual host, or for the whole server.
    public struct ServerConfig: ModuleConfig {
        /// Those of this host; the names are unique over all hosts.
        var daemonProcesses: [ProcessGroup] = []
        /// Those of this host, then those of the main server; the first that matches is taken.
        var scriptAliases: [ScriptAlias] = []
        var importScripts: [ImportScript] = []

        // What Python is started with; of the main server.
        @Setting var python = PythonSettings()
        /// Of the main server, in their order.
        var interpreterOptions: [InterpreterOptions] = []
        @Setting var restrictsEmbedded = false
        /// Of how many applications unknown at start the names may come with requests.
        @Setting var spareApplications = 16
        /// Where `a2reload` finds the server; nil: beside the file of `PidFile`.
        @Setting var controlSocket: String?

        public init() {}
    }

    /// What holds for a directory, a location or a file.
    ///
    /// What is set is one reference; that it is frozen makes the reference a name for what it
    /// holds, too.
    public struct DirectoryConfig: ModuleConfig {
        private(set) var shared = DirectorySettings()
        // Asked for each request.
        private(set) var hasAccessScript = false
        private(set) var hasDispatchScript = false
        var settings: DirectorySettings.Values {
            get { shared.values }
            set {
                shared = DirectorySettings(newValue)
                hasAccessScript = newValue.accessScript != nil
                hasDispatchScript = newValue.dispatchScript != nil
            }
        }

        public init() {}
    }
}

/// What `WSGIModule.DirectoryConfig` holds.
final class DirectorySettings: Sendable {
    let values: Values
    // Asked for each request.
    let hasTrustedHeaders: Bool

    init(_ values: Values = Values()) {
        self.values = values
        hasTrustedHeaders = values.trustedProxyHeaders != nil
    }

    struct Values: Sendable {
        @Setting var processGroup: String?
        @Setting var applicationGroup: String?
        @Setting var callableObject: String?
        /// Nil: any group may be chosen.
        @Setting var restrictProcess: [String]?
        @Setting var passesAuthorization = false
        @Setting var reloadsScripts = true
        @Setting var overridesErrors = false
        @Setting var takesChunkedRequests = false
        @Setting var mapsHeadToGet = HeadMapping.auto
        @Setting var ignoresActivity = false
        @Setting var sendsFiles = false
        @Setting var trustedProxyHeaders: [String]?
        @Setting var trustedProxies: [Subnet]?
        @Setting var dispatchScript: AuxiliaryScript?
        @Setting var accessScript: AuxiliaryScript?
        @Setting var authUserScript: AuxiliaryScript?
        @Setting var authGroupScript: AuxiliaryScript?
        @Setting var groupIsAuthoritative = true
        /// By the name that `SetHandler` and `AddHandler` use.
        var handlerScripts: [String: HandlerScript] = [:]
    }
}

/// Whether an application sees a HEAD request as the GET it stands for.
public enum HeadMapping: Sendable {
    case off, on
    /// Where a filter must see the content to know the head.
    case auto
}

/// How interpreters are started, beside what their process group says.
public struct PythonSettings: Sendable, Hashable {
    public var home: String?
    /// The program, where it is not that of `home` or the first `python3` of `PATH`.
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
    /// mod_wsgi's default is that it does, for it steers its processes by signals.
    public var restrictsSignal = false
    public var destroysInterpreter = true

    public init() {}
}

/// A script that answers questions of the server's: who may come in, which group runs a script.
struct AuxiliaryScript: Sendable, Hashable {
    let path: String
    var applicationGroup: String?
}

/// `WSGIHandlerScript`: a script that answers requests for other files.
final class HandlerScript: Sendable {
    let path: String
    let processGroup: String?
    let applicationGroup: String?
    let passesAuthorization: Bool?

    init(
        path: String, processGroup: String?, applicationGroup: String?, passesAuthorization: Bool?
    ) {
        self.path = path
        self.processGroup = processGroup
        self.applicationGroup = applicationGroup
        self.passesAuthorization = passesAuthorization
    }
}

/// `WSGIImportScript`: what is loaded when the processes start.
struct ImportScript: Sendable, Hashable {
    let path: String
    let processGroup: String
    let applicationGroup: String
    let location: SourceLocation
}
