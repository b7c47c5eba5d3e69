// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

/// Directives of the core about the run as a whole, several of which tune what this server does
/// in another way: they are read, checked and accepted.
extension CoreModule {
    static let runDirectives: [Directive<ServerConfig>] = [
        Directive(
            "DefaultRuntimeDir", in: .server, sets: \.run.$defaultRuntimeDirectory,
            Argument<String?>.word("directory-path") { word, context in context.resolve(word) },
            "Common directory for run-time files (shared memory, locks, etc.)"),
        Directive(
            "Mutex", in: .server, appends: \.run.mutexes, RunArguments.mutex,
            "mutex (or \"default\") and mechanism", default: "default",
            syntax: "Mutex mechanism [default|mutex-name] ... [OmitPID]"),
        Directive(
            "Protocols", in: .servers, sets: \.run.$protocols, .words,
            "Controls which protocols are allowed", default: "http/1.1"),
        Directive(
            "ProtocolsHonorOrder", in: .servers, sets: \.run.$protocolsHonorOrder, .flag,
            "Controls if protocol order determines precedence or client's order", default: "On"),
        Directive(
            "ReadBufferSize", in: .servers, sets: \.run.$readBufferSize, .integer(in: 0...Int.max),
            "Size (in bytes) of the memory buffers used to read data", default: "8192"),
        Directive(
            "FlushMaxThreshold", in: .servers, sets: \.run.$flushMaxThreshold,
            .integer(in: 0...Int.max),
            "Maximum size (in bytes) above which pending data are flushed (blocking) to the network",
            default: "65535"),
        Directive(
            "FlushMaxPipelined", in: .servers, sets: \.run.$flushMaxPipelined,
            .integer(in: -1...Int.max),
            "Maximum number of pipelined responses (pending) above which they are flushed to the network",
            default: "5"),
        Directive(
            "LimitXMLRequestBody", in: .servers, sets: \.run.$limitXMLRequestBody,
            .integer(in: 0...Int.max),
            "Limit (in bytes) on maximum size of an XML-based request body",
            default: "1000000"),
        Directive(
            "RegexDefaultOptions", in: .server, RunArguments.regularExpressionOptions,
            "default options for regexes (prefixed by '+' to add, '-' to del)",
            default: "DOTALL DOLLAR_ENDONLY", merging: []
        ) { _, options, _ in RegularExpression.Options.standard = options },
        Directive(
            "RegisterHttpMethod", in: .server, appends: \.run.methods,
            Argument<String>.string.named("method").iterated, "Registers non-standard HTTP methods"),
        Directive(
            "SeeRequestTail", in: .server, sets: \.run.$seesRequestTail, .flag,
            "For server-status if the request is longer than 63 characters, show the last 63",
            default: "Off"),
        Directive(
            "EnableExceptionHook", in: .server, sets: \.run.$enablesExceptionHook, .flag,
            "Controls whether exception hook may be called after a crash", default: "Off"),
        Directive(
            "NameVirtualHost", in: .server, .string,
            "A numeric IP address:port, or the name of a host",
            merging: []
        ) { _, _, context in
            context.warn(
                "AH00548",
                "NameVirtualHost has no effect and will be removed in the next release \(context.location)"
            )
        },
    ]
}

/// The settings of `runDirectives`.
public struct RunSettings: Sendable {
    @Setting public var defaultRuntimeDirectory: String?
    public var mutexes: [[String]] = []
    @Setting public var protocols = ["http/1.1"]
    @Setting public var protocolsHonorOrder = true
    @Setting public var readBufferSize = 8192
    @Setting public var flushMaxThreshold = 65535
    @Setting public var flushMaxPipelined = 5
    @Setting public var limitXMLRequestBody = 1_000_000
    public var methods: [String] = []
    @Setting public var seesRequestTail = false
    @Setting public var enablesExceptionHook = false

    public init() {}
}
