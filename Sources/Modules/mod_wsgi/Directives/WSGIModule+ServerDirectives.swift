// SPDX-License-Identifier: Apache-2.0

public import Apus

extension WSGIModule {
    public static let serverDirectives: [Directive<ServerConfig>] =
        groupDirectives + pythonDirectives + [
            Directive(
                "WSGIRestrictEmbedded", in: .server, sets: \.$restrictsEmbedded, .onOrOff,
                "Enable/Disable use of embedded mode.", default: "Off"),
            Directive(
                "WSGISpareApplications", in: .server, sets: \.$spareApplications,
                .integer(in: 0...1024),
                "How many applications may be named by requests alone, as with %{ENV:name}.",
                default: "16"),
            Directive(
                "WSGIControlSocket", in: .server, sets: \.$controlSocket, .path,
                "The socket on which a2reload talks to the server."),
        ] + withoutMeaning

    // MARK: Groups and scripts

    private static let groupDirectives: [Directive<ServerConfig>] = [
        Directive(
            "WSGIDaemonProcess", in: .servers,
            Argument<String>("name [option=value] ...", arity: .raw) { $0[0] },
            "Specify details of daemon processes to start.", merging: []
        ) { config, text, context throws(ArgumentError) in
            var group = try ProcessGroup(arguments: text)
            group.location = context.location
            if !group.idleOptions.isEmpty {
                context.warn(
                    "",
                    "WSGIDaemonProcess \(group.name): these options have no effect here: "
                        + group.idleOptions.joined(separator: ", "))
            }
            config.daemonProcesses.append(group)
        },
        Directive(
            "WSGIScriptAlias", in: .servers, appends: \.scriptAliases, order: .innerFirst,
            ScriptAlias.argument(isExpression: false), ScriptAlias.help(isExpression: false)),
        Directive(
            "WSGIScriptAliasMatch", in: .servers, appends: \.scriptAliases, order: .innerFirst,
            ScriptAlias.argument(isExpression: true), ScriptAlias.help(isExpression: true)),
        Directive(
            "WSGIImportScript", in: .servers,
            Argument<String>(
                "file-path process-group=name application-group=name", arity: .raw
            ) { $0[0] },
            "Location of WSGI import script.", merging: []
        ) { config, text, context throws(ArgumentError) in
            config.importScripts.append(try importScript(text, context))
        },
    ]

    private static func importScript(
        _ text: String, _ context: DirectiveContext
    ) throws(ArgumentError) -> ImportScript {
        var reader = OptionReader(text)
        guard let path = reader.word(), !path.isEmpty else {
            throw ArgumentError("Location of import script not supplied.")
        }
        let arguments = try ScriptArguments(
            path: context.resolve(path), options: &reader,
            allowed: ["process-group", "application-group"], purpose: "import script")
        guard let applicationGroup = arguments.applicationGroup else {
            throw ArgumentError("Name of WSGI application group required.")
        }
        guard let processGroup = arguments.processGroup else {
            throw ArgumentError("Name of WSGI process group required.")
        }
        return ImportScript(
            path: arguments.path, processGroup: processGroup, applicationGroup: applicationGroup,
            location: context.location)
    }

    // MARK: Python

    private static let pythonDirectives: [Directive<ServerConfig>] = [
        python("WSGIPythonHome", .path, "Python prefix/exec_prefix absolute path names.") {
            $0.home = $1
        },
        python("WSGIPython", .path, "The Python interpreter to start.", default: "python3") {
            $0.interpreter = $1
        },
        python("WSGIPythonPath", .string, "Python module search path.") {
            $0.path = $1.split(separator: ":").map(String.init)
        },
        python("WSGIPythonEggs", .path, "Python eggs cache directory.") { $0.eggs = $1 },
        python("WSGIPythonWarnings", .string, "Control Python warning messages.") {
            $0.warnings.append($1)
        },
        python(
            "WSGIPythonOptimize", .integer(in: 0...2),
            "Set level of Python compiler optimisations.", default: "0"
        ) { $0.optimize = $1 },
        python("WSGIPythonHashSeed", hashSeed, "Python hash seed.") { $0.hashSeed = $1 },
        python(
            "WSGIDontWriteBytecode", .onOrOff, "Enable/Disable writing of byte code.",
            default: "Off"
        ) { $0.dontWriteBytecode = $1 },
        python(
            "WSGISwitchInterval", switchInterval,
            "Override Python GIL switch interval (seconds)."
        ) { $0.switchInterval = $1 },
        python(
            "WSGIRestrictStdin", .onOrOff, "Enable/Disable restrictions on use of STDIN.",
            default: "Off"
        ) { $0.restrictsStdin = $1 },
        python(
            "WSGIRestrictStdout", .onOrOff, "Enable/Disable restrictions on use of STDOUT.",
            default: "Off"
        ) { $0.restrictsStdout = $1 },
        python(
            "WSGIRestrictSignal", .onOrOff, "Enable/Disable restrictions on use of signal().",
            default: "Off"
        ) { $0.restrictsSignal = $1 },
        python(
            "WSGIDestroyInterpreter", .onOrOff,
            "Enable/Disable destruction of Python interpreter.", default: "On"
        ) { $0.destroysInterpreter = $1 },
        .section(
            "WSGIInterpreterOptions", in: .server,
            "[process-group=name] [application-group=name]",
            "Container for per-interpreter configuration directives.",
            merging: [.appends(\.interpreterOptions)]
        ) { config, section throws(ArgumentError) in
            config.interpreterOptions.append(try InterpreterOptions(section))
        },
    ]

    private static func python<Value>(
        _ name: String, _ argument: Argument<Value>, _ summary: String,
        default standard: String? = nil,
        set: @escaping @Sendable (inout PythonSettings, Value) -> Void
    ) -> Directive<ServerConfig> {
        Directive(
            name, in: .server, argument, summary, default: standard,
            merging: [.inherits(\.$python)]
        ) { config, value, _ in
            set(&config.python, value)
        }
    }

    private static let hashSeed = Argument<String>.word("random|number") {
        word, context throws(ArgumentError) in
        guard word == "random" || UInt32(word) != nil else {
            throw ArgumentError(
                "WSGIPythonHashSeed must be \"random\" or an integer in range [0; 4294967295]")
        }
        return word
    }

    private static let switchInterval = Argument<Double>.word("seconds") {
        word, context throws(ArgumentError) in
        guard let seconds = Double(word), seconds > 0, seconds.isFinite else {
            throw ArgumentError("WSGISwitchInterval must be a positive number of seconds.")
        }
        return seconds
    }

    // MARK: What has nothing to act on

    /// Accepted so that a configuration made for Apache httpd works as it stands; the log says so.
    private static let withoutMeaning: [Directive<ServerConfig>] = [
        noted(
            "WSGICaseSensitivity", "Define whether file system is case sensitive.",
            because: "the kernel compares the names of files"),
        noted(
            "WSGIServerMetrics", "Enabled/Disable access to server metrics.",
            because: "server-status tells the state of workers"),
        noted(
            "WSGIVerboseDebugging", "Enable/Disable verbose debugging messages.",
            because: "LogLevel wsgi:debug does it"),
        noted(
            "WSGISocketPrefix", "Path prefix for the daemon process sockets.",
            because: "the sockets of workers have no names"),
        noted(
            "WSGISocketRotation", "Enable/Disable rotation of daemon process sockets.",
            because: "the sockets of workers have no names"),
        noted(
            "WSGIAcceptMutex", "Set accept mutex type for daemon processes.",
            because: "the kernel hands each request to one worker"),
        noted(
            "WSGILazyInitialization", "Enable/Disable lazy Python initialization.",
            because: "Python never runs in the server's own processes"),
        noted(
            "WSGIPerInterpreterGIL", "Enable/Disable per-interpreter GIL for sub-interpreters.",
            because: "each application group has processes of its own"),
        noted(
            "WSGIFreeThreading", "Enable/Disable free-threaded Python.",
            because: "the interpreter decides it when it is built"),
        noted(
            "WSGINewRelicConfigFile", "New Relic monitoring agent configuration file.",
            because: "the agent is started by the application, or by newrelic-admin"),
        noted(
            "WSGINewRelicEnvironment", "New Relic monitoring environment.",
            because: "the agent is started by the application, or by newrelic-admin"),
        noted(
            "WSGITelemetryService", "Push telemetry to a metrics service.", arity: .oneOrTwo,
            because: "server-status tells the state of workers"),
        noted(
            "WSGITelemetryOptions", "Toggle metrics capture options.", arity: .any,
            because: "server-status tells the state of workers"),
        noted(
            "WSGISlowRequests", "Enable slow-request reporting.",
            because: "the access log's %D and %{application-time}n tell the time of requests"),
    ]

    private static func noted(
        _ name: String, _ summary: String, arity: Arity = .one, because reason: String
    ) -> Directive<ServerConfig> {
        Directive(
            name, in: .server, Argument<[String]>("value", arity: arity) { $0 }, summary,
            merging: []
        ) { _, _, context in
            context.warn("", "\(name) has no effect: \(reason)")
        }
    }
}
