// SPDX-License-Identifier: Apache-2.0

public import Apus

/// What a virtual host says about its scripts.
public struct ScriptServerConfig: ModuleConfig {
    /// `ScriptLog`: the file that failures of scripts are described in.
    @Setting public var log: String?
    /// `ScriptLogLength`: nothing is added once the log is longer.
    @Setting public var logLength = 10_385_760
    /// `ScriptLogBuffer`: how much of a request's content is described.
    @Setting public var logBuffer = 1024
    /// `ScriptSock`.
    ///
    /// No process of its own starts the scripts here, so nothing listens on it.
    @Setting public var socket: String?

    public init() {}
}

/// What a place says about its scripts.
public struct ScriptDirectoryConfig: ModuleConfig {
    /// How long a script may be silent; `Timeout` unless set.
    @Setting public var timeout: Duration?

    public init() {}
}

extension ScriptServerConfig {
    /// The directives that mod_cgi and mod_cgid share.
    public static let logDirectives: [Directive<ScriptServerConfig>] = [
        Directive(
            "ScriptLog", in: .servers, sets: \.$log, .path,
            "the name of a log for script debugging info"),
        Directive(
            "ScriptLogLength", in: .servers, sets: \.$logLength, count,
            "the maximum length (in bytes) of the script debug log", default: "10385760"),
        Directive(
            "ScriptLogBuffer", in: .servers, sets: \.$logBuffer, count,
            "the maximum size (in bytes) to record of a POST request", default: "1024"),
    ]

    private static let count = Argument<Int>.integer(in: 0...Int.max).named("bytes")
}

extension ScriptDirectoryConfig {
    /// The directive for the time a script may be silent.
    public static func timeoutDirective(_ name: String) -> Directive<ScriptDirectoryConfig> {
        Directive(
            name, in: [.servers, .sections], sets: \.$timeout, .duration,
            "The amount of time to wait between successful reads from the CGI script, in seconds.",
            default: "the value of Timeout", syntax: "\(name) time[s]")
    }
}
