// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

extension CoreModule {
    public static let serverDirectives: [Directive<ServerConfig>] =
        mpmDirectives + processDirectives + runDirectives + hostDirectives

    private static let hostDirectives: [Directive<ServerConfig>] = [
        Directive(
            "ServerName", in: .servers, sets: \.$serverName, .string,
            "The hostname and port of the server", syntax: "ServerName [scheme://]fqdn[:port]"),
        Directive(
            "ServerAlias", in: .virtualHost, appends: \.serverAliases,
            Argument<String>.string.named("hostname").iterated,
            "A name or names alternately used to access the server"),
        Directive(
            "ServerAdmin", in: .servers, sets: \.$serverAdmin, .string,
            "The email address of the server administrator"),
        Directive(
            "ServerPath", in: .virtualHost, sets: \.$serverPath, .string,
            "The pathname the server can be reached at"),
        Directive(
            "DocumentRoot", in: .servers, sets: \.$documentRoot, CoreArguments.directory,
            "Root directory of the document tree"),
        Directive(
            "ErrorLog", in: .servers, sets: \.$errorLog, CoreArguments.errorLog,
            "The filename of the error log", syntax: "ErrorLog file-path|syslog[:[facility][:tag]]"),
        Directive(
            "ErrorLogFormat", in: .servers, CoreArguments.errorLogFormat,
            "Format string for the ErrorLog",
            syntax: "ErrorLogFormat [connection|request] format",
            merging: [
                .inherits(\.$errorLogFormat), .inherits(\.$requestLogFormats),
                .inherits(\.$connectionLogFormats),
            ]
        ) { config, line, _ in
            switch line.subject {
            case .message: config.errorLogFormat = line.format
            case .request: config.requestLogFormats.append(line.format)
            case .connection: config.connectionLogFormats.append(line.format)
            }
        },
        Directive(
            "Timeout", in: .servers, sets: \.$timeout, .duration,
            "Timeout duration (sec)", default: "60"),
        Directive(
            "KeepAlive", in: .servers, sets: \.$keepAlive, .flag,
            "Whether persistent connections should be On or Off", default: "On"),
        Directive(
            "KeepAliveTimeout", in: .servers, sets: \.$keepAliveTimeout, .duration,
            "Keep-Alive timeout duration (sec)", default: "5"),
        Directive(
            "MaxKeepAliveRequests", in: .servers, sets: \.$maxKeepAliveRequests,
            .integer(in: 0...Int.max),
            "Maximum number of Keep-Alive requests per connection, or 0 for infinite",
            default: "100"),
        Directive(
            "LimitRequestLine", in: .servers, sets: \.$limitRequestLine, CoreArguments.headLimit,
            "Limit on maximum size of an HTTP request line", default: "8190"),
        Directive(
            "LimitRequestFields", in: .servers, sets: \.$limitRequestFields,
            CoreArguments.headLimit,
            "Limit (0 = unlimited) on max number of header fields in a request message",
            default: "100"),
        Directive(
            "LimitRequestFieldSize", in: .servers, sets: \.$limitRequestFieldSize,
            CoreArguments.headLimit, "Limit on maximum size of an HTTP request header field",
            default: "8190"),
        Directive(
            "HttpProtocolOptions", in: .servers, merges: \.protocolChoices,
            CoreArguments.protocolOptions,
            "'Allow0.9' or 'Require1.0' (default); 'RegisteredMethods' or 'LenientMethods' "
                + "(default); 'Unsafe' or 'Strict' (default). Sets HTTP acceptance rules",
            default: "Strict LenientMethods Allow0.9",
            syntax:
                "HttpProtocolOptions [Strict|Unsafe] [RegisteredMethods|LenientMethods] [Allow0.9|Require1.0]"
        ),
        Directive(
            "TraceEnable", in: .servers, sets: \.$traceEnable,
            .keywords(
                TraceEnable.self,
                problem: "TraceEnable must be one of 'on', 'off', or 'extended'"),
            "'on' (default), 'off' or 'extended' to trace request body content", default: "on"),
        Directive(
            "MergeTrailers", in: .servers, sets: \.$mergeTrailers, .flag,
            "merge request trailers into request headers or not", default: "Off"),
        Directive(
            "MergeSlashes", in: .servers, sets: \.$mergeSlashes, .flag,
            "Controls whether consecutive slashes in the URI path are merged", default: "On"),
        Directive(
            "StrictHostCheck", in: .servers, sets: \.$strictHostCheck, .flag,
            "Controls whether a hostname match is required", default: "Off"),
        Directive(
            "UseCanonicalPhysicalPort", in: [.servers, .sections],
            sets: \.$useCanonicalPhysicalPort, .flag,
            "Whether to use the physical Port when constructing URLs", default: "Off"),
        Directive(
            "AccessFileName", in: .servers, sets: \.$accessFileNames, .words,
            "Name(s) of per-directory config files (default: .htaccess)", default: ".htaccess"),
        Directive(
            "ExtendedStatus", in: .server, sets: \.$extendedStatus, .flag,
            "\"on\" to track extended status information, \"off\" to disable", default: "Off"),
        Directive(
            "ServerTokens", in: .server, sets: \.$serverTokens, CoreArguments.serverTokens,
            "Determine tokens displayed in the Server: header - Min(imal), Major, Minor, "
                + "Prod(uctOnly), OS, or Full", default: "Full"),
        Directive(
            "LimitInternalRecursion", in: .servers, sets: \.$limitInternalRecursion,
            CoreArguments.recursion,
            "maximum recursion depth of internal redirects and subrequests", default: "10"),
        Directive(
            "QualifyRedirectURL", in: [.servers, .sections], sets: \.$qualifiesRedirects, .flag,
            "Controls whether HTTP Redirect URLs should be qualified", default: "Off",
            override: .fileInfo),
    ]

    public static let directoryDirectives: [Directive<DirectoryConfig>] =
        Directive.languageDirectives + contentDirectives + resourceLimitDirectives
        + webSocketDirectives + sections

    private static let contentDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "Options", in: .anywhere, merges: \.options, CoreArguments.options,
            "Set a number of attributes for a given directory", default: "FollowSymlinks",
            override: .options, syntax: "Options [+|-]option [[+|-]option] ..."),
        Directive(
            "AllowOverride", in: .sections, merges: \.allowOverride, CoreArguments.allowOverride,
            "Controls what groups of directives can be configured by per-directory config files",
            default: "None"),
        Directive(
            "AllowOverrideList", in: .sections, merges: \.allowOverride,
            CoreArguments.allowOverrideList,
            "Controls what individual directives can be configured by per-directory config files",
            default: "None"),
        Directive(
            "ErrorDocument", in: .anywhere, merges: \.errorDocuments, CoreArguments.errorDocument,
            "Change responses for HTTP errors", override: .fileInfo,
            syntax: "ErrorDocument error-code document"),
        Directive(
            "AddDefaultCharset", in: .anywhere, sets: \.$addDefaultCharset,
            CoreArguments.defaultCharset,
            "The name of the default charset to add to any Content-Type without one or 'Off' to disable",
            default: "Off", override: .fileInfo),
        Directive(
            "AcceptPathInfo", in: .anywhere, sets: \.$acceptPathInfo,
            .keywords(
                AcceptPathInfo.self, problem: "AcceptPathInfo must be set to on, off or default"),
            "Set to on or off for PATH_INFO to be accepted by handlers, or default for the "
                + "per-handler preference", default: "Default", override: .fileInfo),
        Directive(
            "SetHandler", in: .anywhere, sets: \.$handler, CoreArguments.handler,
            "a handler name that overrides any other configured handler", override: .fileInfo),
        Directive(
            "ForceType", in: .anywhere, sets: \.$forcedType, CoreArguments.mediaType,
            "a mime type that overrides other configured type", override: .fileInfo),
        Directive(
            "DefaultType", in: .anywhere, CoreArguments.defaultType,
            "the default MIME type for untypable files (DEPRECATED)", default: "none",
            override: .fileInfo, merging: [], applies: CoreArguments.warnOfDefaultType),
        Directive(
            "FileETag", in: .anywhere, merges: \.fileETag, CoreArguments.fileETag,
            "Specify components used to construct a file's ETag", default: "MTime Size",
            override: .fileInfo),
        Directive(
            "LimitRequestBody", in: .anywhere, sets: \.$limitRequestBody, CoreArguments.byteLimit,
            "Limit (in bytes) on maximum size of request message body", default: "1073741824",
            override: .all),
        Directive(
            "ServerSignature", in: .anywhere, sets: \.$serverSignature,
            CoreArguments.serverSignature, "En-/disable server signature (on|off|email)",
            default: "Off", override: .all),
        Directive(
            "UseCanonicalName", in: [.servers, .sections], sets: \.$useCanonicalName,
            .keywords(CanonicalName.self),
            "How to work out the ServerName : Port when constructing URLs", default: "Off"),
        Directive(
            "HostnameLookups", in: [.servers, .sections], sets: \.$hostnameLookups,
            .keywords(HostnameLookups.self),
            "\"on\" to enable, \"off\" to disable reverse DNS lookups, or \"double\" to enable "
                + "double-reverse DNS lookups", default: "Off"),
        Directive(
            "AllowEncodedSlashes", in: .servers, sets: \.$allowEncodedSlashes,
            CoreArguments.encodedSlashes, "Allow URLs containing '/' encoded as '%2F'",
            default: "Off"),
        Directive(
            "MaxRanges", in: .anywhere, sets: \.$maxRanges,
            CoreArguments.rangeLimit("MaxRanges", 200),
            "Maximum number of Ranges in a request before returning the entire resource, or 0 for unlimited",
            default: "200"),
        Directive(
            "MaxRangeOverlaps", in: .anywhere, sets: \.$maxRangeOverlaps,
            CoreArguments.rangeLimit("MaxRangeOverlaps", 20),
            "Maximum number of overlaps in Ranges in a request before returning the entire resource, or 0 for unlimited",
            default: "20"),
        Directive(
            "MaxRangeReversals", in: .anywhere, sets: \.$maxRangeReversals,
            CoreArguments.rangeLimit("MaxRangeReversals", 20),
            "Maximum number of reversals in Ranges in a request before returning the entire resource, or 0 for unlimited",
            default: "20"),
        Directive(
            "EnableSendfile", in: .anywhere, sets: \.$enableSendfile, .flag,
            "Controls whether sendfile may be used to transmit files", default: "Off",
            override: .fileInfo),
        Directive(
            "EnableMMAP", in: .anywhere, sets: \.$enableMMAP, .flag,
            "Controls whether memory-mapping may be used to read files", default: "On",
            override: .fileInfo),
        Directive(
            "ContentDigest", in: .anywhere, sets: \.$contentDigest, .flag,
            "whether or not to send a Content-MD5 header with each request", default: "Off",
            override: .options),
        Directive(
            "CGIPassAuth", in: [.sections, .htaccess], sets: \.$cgiPassAuth, .flag,
            "Controls whether HTTP authorization headers, normally hidden, will be passed to scripts",
            default: "Off", override: .authConfig),
        Directive(
            "CGIVar", in: .anywhere, merges: \.cgiVariables, CoreArguments.cgiVariable,
            "Controls how some CGI variables are set", override: .fileInfo,
            syntax: "CGIVar variable rule"),
        Directive(
            "LogLevel", in: [.servers, .sections], merges: \.logLevels, CoreArguments.logLevels,
            "Level of verbosity in error logging", default: "warn",
            syntax: "LogLevel [module:]level [module:level] ..."),
        Directive(
            "SetOutputFilter", in: .anywhere, sets: \.$outputFilters, CoreArguments.filters,
            "filter (or ; delimited list of filters) to be run on the output", override: .fileInfo),
        Directive(
            "SetInputFilter", in: .anywhere, sets: \.$inputFilters, CoreArguments.filters,
            "filter (or ; delimited list of filters) to be run on the request content",
            override: .fileInfo),
    ]

    private static let sections: [Directive<DirectoryConfig>] = [
        .structural(
            "VirtualHost", in: .server, "addr[:port] [addr[:port]] ...",
            "Container for directives affecting a particular virtual host"),
        .structural(
            "Directory", in: .servers, "directory-path",
            "Container for directives affecting resources located in the specified directories"),
        .structural(
            "DirectoryMatch", in: .servers, "regex",
            "Container for directives affecting resources located in the specified directories"),
        .structural(
            "Location", in: .servers, "URL-path|URL",
            "Container for directives affecting resources accessed through the specified URL paths"),
        .structural(
            "LocationMatch", in: .servers, "regex",
            "Container for directives affecting resources accessed through the specified URL paths"),
        .structural(
            "Files", in: .anywhere, "filename",
            "Container for directives affecting files matching specified patterns", override: .all,
            merging: [.appends(\.fileSections, order: .outerFirst)]),
        .structural(
            "FilesMatch", in: .anywhere, "regex",
            "Container for directives affecting files matching specified patterns", override: .all),
        .structural(
            "If", in: .anywhere, "expression",
            "Container for directives to be conditionally applied", override: .all),
        .structural(
            "ElseIf", in: .anywhere, "expression",
            "Container for directives to be conditionally applied", override: .all),
        .structural(
            "Else", in: .anywhere, "",
            "Container for directives to be conditionally applied", override: .all),
    ]
}
