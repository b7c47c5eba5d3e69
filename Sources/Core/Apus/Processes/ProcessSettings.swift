// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusRuntime

/// The directives of mpm_common and of the MPMs, which every MPM knows: what one of them has no
/// use for is accepted, since a site is moved from one MPM to another with its configuration.
public struct ProcessSettings: Sendable {
    public var listen: [ListenSpecification] = []
    @Setting public var listenBacklog = 511
    @Setting public var listenCoresBucketsRatio = 0
    @Setting public var sendBufferSize = 0
    @Setting public var deferAcceptSeconds = 30
    @Setting public var receiveBufferSize = 0
    public var acceptFilters: [String: String] = [:]
    @Setting public var pidFile = "logs/httpd.pid"
    @Setting public var scoreBoardFile = "logs/apache_runtime_status"
    @Setting public var coreDumpDirectory: String?
    @Setting public var gracefulShutdownTimeout: Duration = .zero
    @Setting public var maxMemFree = 2048
    @Setting public var threadStackSize = 0
    @Setting public var startServers: Int?
    @Setting public var serverLimit: Int?
    @Setting public var threadLimit: Int?
    @Setting public var threadsPerChild: Int?
    @Setting public var maxRequestWorkers: Int?
    @Setting public var maxConnectionsPerChild = 0
    @Setting public var minSpareThreads: Int?
    @Setting public var maxSpareThreads: Int?
    @Setting public var minSpareServers: Int?
    @Setting public var maxSpareServers: Int?
    @Setting public var asyncRequestWorkerFactor = 2.0
    @Setting public var loopsPerChild: Int?

    public init() {}

    /// How the sockets are opened.
    public var listenOptions: ListenOptions {
        var options = ListenOptions()
        options.backlog = listenBacklog
        options.sendBufferSize = sendBufferSize
        options.receiveBufferSize = receiveBufferSize
        options.deferAcceptSeconds = deferAcceptSeconds
        options.unfilteredProtocols = Set(acceptFilters.filter { $0.value == "none" }.keys)
        return options
    }
}

extension CoreModule {
    /// Those of the core itself, in httpd as here.
    static let processDirectives: [Directive<ServerConfig>] = [
        Directive(
            "AcceptFilter", in: .server, merges: \.processes.acceptFilters,
            ProcessArguments.acceptFilter,
            "the type of accept filter to use on a protocol: none, data or httpready"),
        Directive(
            "PidFile", in: .server, sets: \.processes.$pidFile, .path,
            "A file for logging the server process ID", default: "logs/httpd.pid"),
        Directive(
            "ScoreBoardFile", in: .server, sets: \.processes.$scoreBoardFile, .path,
            "A file for Apache to maintain runtime process management information",
            default: "logs/apache_runtime_status"),
        Directive(
            "CoreDumpDirectory", in: .server, sets: \.processes.$coreDumpDirectory,
            ProcessArguments.existingDirectory,
            "The location of the directory Apache changes to before dumping core"),
        Directive(
            "MaxMemFree", in: .server, sets: \.processes.$maxMemFree, .integer(in: 0...Int.max),
            "Maximum number of 1k blocks a particular child's allocator may hold.", default: "2048"),
        Directive(
            "ThreadStackSize", in: .server, sets: \.processes.$threadStackSize,
            .integer(in: 0...Int.max),
            "Size in bytes of stack used by threads handling client connections"),
        Directive(
            "MaxConnectionsPerChild", in: .server, sets: \.processes.$maxConnectionsPerChild,
            .integer(in: 0...Int.max),
            "Maximum number of connections a particular child serves before dying.", default: "0"),
        Directive(
            "MaxRequestsPerChild", in: .server, sets: \.processes.$maxConnectionsPerChild,
            .integer(in: 0...Int.max), "Deprecated name of MaxConnectionsPerChild"),
    ]

    /// Those that each MPM of httpd has, or some of them.
    static let mpmDirectives: [Directive<ServerConfig>] = [
        Directive(
            "Listen", in: .server, ProcessArguments.listen,
            "A port number or a numeric IP address and a port number, and an optional protocol",
            syntax: "Listen [IP-address:]portnumber [protocol]",
            merging: [.appends(\.processes.listen, order: .outerFirst)]
        ) { config, specification, _ throws(ArgumentError) in
            guard !config.processes.listen.contains(where: specification.conflicts) else {
                throw ArgumentError("Cannot define multiple Listeners on the same IP:port")
            }
            config.processes.listen.append(specification)
        },
        Directive(
            "ListenBackLog", in: .server, sets: \.processes.$listenBacklog,
            .integer(in: 1...Int.max),
            "Maximum length of the queue of pending connections, as used by listen(2)",
            default: "511"),
        Directive(
            "ListenCoresBucketsRatio", in: .server, sets: \.processes.$listenCoresBucketsRatio,
            .integer(in: 0...Int.max),
            "Ratio between the number of CPU cores (online) and the number of listeners buckets",
            default: "0"),
        Directive(
            "ListenTCPDeferAccept", in: .server, sets: \.processes.$deferAcceptSeconds,
            .integer(in: 0...Int.max), "TCP_DEFER_ACCEPT time in seconds", default: "30"),
        Directive(
            "SendBufferSize", in: .server, sets: \.processes.$sendBufferSize,
            ProcessArguments.bufferSize("SendBufferSize"), "Send buffer size in bytes", default: "0"
        ),
        Directive(
            "ReceiveBufferSize", in: .server, sets: \.processes.$receiveBufferSize,
            ProcessArguments.bufferSize("ReceiveBufferSize"), "Receive buffer size in bytes",
            default: "0"),
        Directive(
            "GracefulShutdownTimeout", in: .server, sets: \.processes.$gracefulShutdownTimeout,
            .duration,
            "Maximum time in seconds to wait for child processes to complete transactions during shutdown",
            default: "0"),
        number(
            "StartServers", \.processes.$startServers,
            "Number of child processes launched at server startup"),
        number(
            "ServerLimit", \.processes.$serverLimit,
            "Maximum number of child processes for this run of Apache"),
        number(
            "ThreadLimit", \.processes.$threadLimit,
            "Maximum number of worker threads per child process for this run of Apache - Upper limit for ThreadsPerChild"
        ),
        number(
            "ThreadsPerChild", \.processes.$threadsPerChild, "Number of threads each child creates"),
        number(
            "MaxRequestWorkers", \.processes.$maxRequestWorkers,
            "Maximum number of threads alive at the same time"),
        number(
            "MaxClients", \.processes.$maxRequestWorkers, "Deprecated name of MaxRequestWorkers"),
        number(
            "MinSpareThreads", \.processes.$minSpareThreads,
            "Minimum number of idle threads, to handle request spikes"),
        number("MaxSpareThreads", \.processes.$maxSpareThreads, "Maximum number of idle threads"),
        number(
            "MinSpareServers", \.processes.$minSpareServers,
            "Minimum number of idle children, to handle request spikes"),
        number("MaxSpareServers", \.processes.$maxSpareServers, "Maximum number of idle children"),
        Directive(
            "AsyncRequestWorkerFactor", in: .server, sets: \.processes.$asyncRequestWorkerFactor,
            ProcessArguments.factor,
            "How many additional connects will be accepted per idle worker thread", default: "2"),
        Directive(
            "LoopsPerChild", in: .server, sets: \.processes.$loopsPerChild,
            .integer(in: 1...1024),
            "Number of event loops in each child of the event MPM; by default as many as give each processor one when StartServers children run"
        ),
    ]

    private static func number(
        _ name: String, _ part: any WritableKeyPath<ServerConfig, Setting<Int?>> & Sendable,
        _ summary: String
    ) -> Directive<ServerConfig> {
        Directive(name, in: .server, sets: part, ProcessArguments.number, summary)
    }
}

private enum ProcessArguments {
    static let number = Argument<Int>.word("number") { word, context throws(ArgumentError) in
        guard let number = Int(word) else {
            throw ArgumentError(
                "\(context.directive) must be a number", remedy: "'\(word)' is none")
        }
        return number
    }

    static let existingDirectory = Argument<String>.word("directory") {
        word, context throws(ArgumentError) in
        let path = context.resolve(word)
        guard let status = FileStatus(of: path) else {
            throw ArgumentError("\(context.directive) \(path) does not exist")
        }
        guard status.isDirectory else {
            throw ArgumentError("\(context.directive) \(path) is not a directory")
        }
        return path
    }

    static let listen = Argument<ListenSpecification>(
        "[IP-address:]portnumber [protocol]", arity: .any
    ) { words throws(ArgumentError) in
        do throws(ListenError) {
            return try ListenSpecification(arguments: words)
        } catch {
            throw ArgumentError(
                error.description,
                remedy: "write Listen 80, Listen 192.0.2.1:80 or Listen [::1]:80")
        }
    }

    static func bufferSize(_ name: String) -> Argument<Int> {
        .word("bytes") { word, _ throws(ArgumentError) in
            guard let size = Int(word), size == 0 || size >= 512 else {
                throw ArgumentError("\(name) must be >= 512 bytes, or 0 for system default.")
            }
            return size
        }
    }

    static let acceptFilter = Argument<[String: String]>("protocol filter", arity: .two) { words in
        [words[0].lowercased(): words[1].lowercased()]
    }

    static let factor = Argument<Double>.word("factor") { word, _ throws(ArgumentError) in
        guard let factor = Double(word), factor > 0, factor < 1_000_000 else {
            throw ArgumentError("AsyncRequestWorkerFactor argument must be a positive number")
        }
        return factor
    }
}
