// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_mime: media type, language, encoding, charset, handler and filters of a file, by the
/// extensions of its name.
public struct MimeModule: Module {
    public static let name = "mime_module"

    public struct ServerConfig: ModuleConfig {
        @Setting var typesConfig = "conf/mime.types"
        /// What that file says, once it has been read.
        var types: MediaTypes?

        public init() {}
    }

    public struct DirectoryConfig: ModuleConfig {
        var extensions = ExtensionMap()
        @Setting var defaultLanguage: String?
        @Setting var multiviewsMatch: MultiviewsMatch = []
        @Setting var usePathInfo = false

        public init() {}
    }

    public static func register(in hooks: inout Hooks) {
        hooks.postConfig.add(Self.self) { builder throws(ConfigError) in try readTypes(builder) }
        hooks.typeChecker.add(Self.self) { request throws(RequestError) in findTypes(&request) }
    }

    // MARK: Starting

    /// Reads the file once, for all hosts: httpd takes the main server's alone.
    private static func readTypes(_ builder: ServerBuilder) throws(ConfigError) {
        let path = builder.path(builder.config(of: Self.self, host: builder.hosts[0]).typesConfig)
        let types = try load(path)
        for host in builder.hosts {
            var config = builder.config(of: Self.self, host: host)
            config.types = types
            builder.setConfig(config, of: Self.self, host: host)
        }
    }

    private static func load(_ path: String) throws(ConfigError) -> MediaTypes {
        do throws(SystemError) {
            return try MediaTypes(path: path)
        } catch {
            throw ConfigError(
                .apply, at: nil,
                problem: "(\(error.code))\(error.reason): AH01597: "
                    + "could not open mime types config file \(path).",
                remedy: "TypesConfig names the file")
        }
    }

    // MARK: Requests

    private static func findTypes(_ request: inout Request) -> Outcome {
        if request.fileStatus?.isDirectory == true {
            request.response.contentType = "httpd/unix-directory"
            return .done
        }
        guard let filename = request.filename else { return .declined }
        let recent = RecentMetadata.find(for: filename, request)
        apply(recent.metadata, to: &request)
        if let language = recent.defaultLanguage, request.response.contentLanguages.isEmpty {
            request.response.contentLanguages = [language]
        }
        return request.response.contentType == nil ? .declined : .done
    }

    private static func apply(_ metadata: borrowing FileMetadata, to request: inout Request) {
        if let type = metadata.type { request.response.contentType = type }
        if let charset = metadata.charset, let type = request.response.contentType {
            request.response.contentType = MediaTypeText.type(type, with: charset)
        }
        if !metadata.languages.isEmpty {
            request.response.contentLanguages += metadata.languages
        }
        if let encoding = metadata.encoding {
            request.response.contentEncoding =
                request.response.contentEncoding.map { "\($0), \(encoding)" } ?? encoding
        }
        if let handler = metadata.handler { request.handlerName = handler }
        if !metadata.inputFilters.isEmpty { request.inputFilterNames += metadata.inputFilters }
        if !metadata.outputFilters.isEmpty { request.outputFilterNames += metadata.outputFilters }
        if let exceptions = metadata.exceptions {
            // For mod_negotiation, which takes a file for a variant if it was asked for by these.
            request.notes["ap-mime-exceptions-list"] = exceptions.joined(separator: ".")
        }
    }
}

@c(mime_module)
public func mimeModule() -> UnsafeRawPointer { unsafe ModuleEntry(MimeModule.self).retained }
