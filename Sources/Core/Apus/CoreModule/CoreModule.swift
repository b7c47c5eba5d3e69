// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
public import ApusHTTP
internal import ApusRuntime

/// The core.
///
/// Serves files, and has the settings that no module owns. httpd's `core.c`.
public struct CoreModule: Module {
    public static let name = "core_module"

    /// What holds for a virtual host.
    public struct ServerConfig: ModuleConfig {
        @Setting public var serverAdmin = "[no address given]"
        @Setting public var serverName: String?
        public var serverAliases: [String] = []
        @Setting public var serverPath: String?
        @Setting public var documentRoot = ""
        @Setting public var errorLog: String?
        @Setting public var errorLogFormat: ErrorLogFormat?
        /// Lines before the first message about a request, and about a connection.
        @Setting public var requestLogFormats: [ErrorLogFormat] = []
        @Setting public var connectionLogFormats: [ErrorLogFormat] = []

        @Setting public var timeout: Duration = .seconds(60)
        @Setting public var keepAlive = true
        @Setting public var keepAliveTimeout: Duration = .seconds(5)
        @Setting public var maxKeepAliveRequests = 100

        @Setting public var limitRequestLine = 8190
        @Setting public var limitRequestFields = 100
        @Setting public var limitRequestFieldSize = 8190
        public var protocolChoices = ProtocolChoices()
        @Setting public var traceEnable = TraceEnable.on
        @Setting public var mergeTrailers = false
        @Setting public var mergeSlashes = true
        @Setting public var strictHostCheck = false
        @Setting public var useCanonicalPhysicalPort = false
        @Setting public var accessFileNames = [".htaccess"]
        @Setting public var serverTokens = ServerTokens.full
        @Setting public var limitInternalRecursion = 10
        @Setting public var extendedStatus = false
        public var processes = ProcessSettings()
        public var run = RunSettings()
        @Setting public var qualifiesRedirects = false

        public init() {}

        var requestLimits: RequestLimits {
            var limits = RequestLimits()
            limits.requestLine = limitRequestLine
            limits.fields = limitRequestFields
            limits.fieldSize = limitRequestFieldSize
            return limits
        }

        var protocolOptions: ProtocolOptions { protocolChoices.options }
    }

    /// What holds for a directory, a location or a file.
    public struct DirectoryConfig: ModuleConfig {
        public var options = DirectoryOptions()
        public var allowOverride = OverrideLines()
        public var errorDocuments = ErrorDocuments()
        @Setting public var addDefaultCharset: DefaultCharset = .off
        @Setting public var acceptPathInfo = AcceptPathInfo.default
        @Setting public var handler: String?
        @Setting public var forcedType: String?
        @Setting public var defaultType: String?
        public var fileETag = FileETag()
        @Setting public var limitRequestBody: Int64 = 1 << 30
        @Setting public var serverSignature = ServerSignature.off
        @Setting public var useCanonicalName = CanonicalName.off
        @Setting public var hostnameLookups = HostnameLookups.off
        @Setting public var allowEncodedSlashes = EncodedSlashes.off
        @Setting public var maxRanges = RangeLimit.limited(200)
        @Setting public var maxRangeOverlaps = RangeLimit.limited(20)
        @Setting public var maxRangeReversals = RangeLimit.limited(20)
        @Setting public var enableSendfile = true
        @Setting public var enableMMAP = true
        @Setting public var contentDigest = false
        @Setting public var cgiPassAuth = false
        public var cgiVariables = CGIVariables()
        public var resourceLimits = ResourceLimits()
        public var webSocket = WebSocketSettings()
        public var logLevels = LogLevels()
        @Setting public var outputFilters: [String] = []
        @Setting public var inputFilters: [String] = []
        public var fileSections: [Section] = []

        public init() {}

        var allowsHtaccess: Bool { allowOverride.policy.allowsAnything }
    }
}
