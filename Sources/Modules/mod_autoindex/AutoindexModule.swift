// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_autoindex: makes indexes of directories that have no index file.
public struct AutoindexModule: Module {
    public static let name = "autoindex_module"

    public struct DirectoryConfig: ModuleConfig {
        var options = IndexOptions()
        var icons: [IndexItem] = []
        var alternatives: [IndexItem] = []
        var descriptions: [FileDescription] = []
        var headers: [IndexItem] = []
        var readmes: [IndexItem] = []
        var ignored = IgnoredNames()
        @Setting var order = IndexOrder()
        @Setting var defaultIcon: String?
        @Setting var styleSheet: String?
        @Setting var headInsert: String?

        public init() {}
    }

    public static func register(in hooks: inout Hooks) {
        hooks.handler.addAsync(Self.self, when: { $0.fileStatus?.isDirectory == true }) {
            request async throws(RequestError) in try await serve(&request)
        }
    }

    private static func serve(_ request: inout Request) async throws(RequestError) -> Outcome {
        switch request.handlerName {
        case nil, "httpd/unix-directory": break
        default: return .declined
        }
        request.allow(.get)
        guard request.method == .get || request.method == .head, var directory = request.filename
        else { return .declined }
        guard request[directory: CoreModule.self].options.contains(.indexes) else {
            let names = request.notes["dir-index-names"] ?? "none"
            request.log(
                .error, in: Self.self, "AH01276",
                "Cannot serve directory \(directory): No matching DirectoryIndex (\(names)) found, "
                    + "and server-generated directory index forbidden by Options directive")
            throw RequestError(.forbidden)
        }
        if directory.utf8.last != UInt8(ascii: "/") {
            directory += "/"
            request.filename = directory
        }
        try await respond(&request, directory)
        return .done
    }

    private static func respond(
        _ request: inout Request, _ directory: String
    ) async throws(RequestError) {
        let names = try names(in: directory, request)
        let config = request.config(of: Self.self)
        let type = config.options.type ?? "text/html"
        let charset = config.options.charset ?? "ISO-8859-1"
        request.response.contentType = charset.isEmpty ? type : "\(type);charset=\(charset)"
        if config.options.flags.contains(.trackModified), let status = request.fileStatus {
            request.setValidators(from: status)
        }
        guard !request.isHead else {
            // How long it would be is known only when it has been made.
            request.response.content = .stream(count: nil) { _ in }
            return
        }
        let index = DirectoryIndex(config, query: request.query)
        request.response.content = .bytes(try await index.page(of: names, for: &request))
    }

    private static func names(
        in directory: String, _ request: borrowing Request
    ) throws(RequestError) -> [String] {
        do throws(SystemError) {
            return try DirectoryListing.names(in: directory)
        } catch {
            request.log(
                .error, in: Self.self, "AH01275",
                "\(error.logPrefix)Can't open directory for index: \(directory)")
            throw RequestError(.forbidden)
        }
    }
}

@c(autoindex_module)
public func autoindexModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(AutoindexModule.self).retained
}
