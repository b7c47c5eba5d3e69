// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

extension CoreModule {
    public static func register(in hooks: inout Hooks) {
        hooks.translateName.add(Self.self, .reallyLast, translate)
        hooks.mapToStorage.add(Self.self, .reallyLast, mapToStorage)
        hooks.typeChecker.add(Self.self, .reallyLast, applyTypes)
        hooks.fixups.add(Self.self, .reallyFirst, limitBody)
        hooks.insertFilter.add(Self.self, .reallyFirst, insertNamedFilters)
        hooks.handler.addAsync(
            Self.self, .reallyFirst, when: { $0.method == .trace || $0.method == .options },
            serveOptionsAndTrace)
        // A file has no use for content; but content that is too long, or too slow, is refused
        // before anything is answered.
        hooks.handler.addAsync(Self.self, .reallyLast, when: { $0.body.isPresent }) {
            request throws(RequestError) in
            try await request.body.discard()
            return .declined
        }
        hooks.handler.add(Self.self, .reallyLast) { request throws(RequestError) in
            try DefaultHandler.run(&request)
        }
    }

    /// The path below DocumentRoot, for what no module has mapped elsewhere.
    private static func translate(_ request: inout Request) throws(RequestError) -> Outcome {
        if request.path == "*" { return .done }
        guard request.path.hasPrefix("/") else {
            throw RequestError(
                .badRequest, "AH00126: Invalid URI in request '\(request.head.requestLine)'",
                level: .info)
        }
        request.filename = request.host.core.documentRoot + request.path
        return .done
    }

    private static func mapToStorage(_ request: inout Request) throws(RequestError) -> Outcome {
        guard request.path != "*", request.filename != nil else { return .done }
        try DirectoryWalk.run(&request)
        return .done
    }

    /// `ForceType` and `SetHandler` win over what file names say.
    private static func applyTypes(_ request: inout Request) throws(RequestError) -> Outcome {
        // A directory stays one, whatever type its files are of, and is listed.
        if let type = request.directoryConfig.core.forcedType,
            request.fileStatus?.isDirectory != true
        {
            request.response.contentType = type
        }
        if let handler = request.directoryConfig.core.handler { request.handlerName = handler }
        return .declined
    }

    private static func limitBody(_ request: inout Request) throws(RequestError) -> Outcome {
        guard request.body.isPresent else { return .declined }
        let limit = request.directoryConfig.core.limitRequestBody
        if limit > 0, let count = request.body.count, count > limit {
            throw RequestError(
                .contentTooLarge,
                "AH01587: Requested content-length of \(count) is larger than the configured limit of \(limit)"
            )
        }
        request.body.limit = limit
        return .declined
    }

    private static func insertNamedFilters(_ request: inout Request) throws(RequestError) -> Outcome
    {
        if !request.outputFilterNames.isEmpty || !request.directoryConfig.core.outputFilters.isEmpty
        {
            let config = request.directoryConfig.core
            for name in request.outputFilterNames + config.outputFilters {
                request.addOutputFilter(named: name)
            }
        }
        if !request.inputFilterNames.isEmpty || !request.directoryConfig.core.inputFilters.isEmpty {
            let config = request.directoryConfig.core
            for name in request.inputFilterNames + config.inputFilters {
                request.addInputFilter(named: name)
            }
        }
        return .declined
    }

    private static func serveOptionsAndTrace(
        _ request: inout Request
    ) async throws(RequestError) -> Outcome {
        switch request.method {
        case .trace: return try await Trace.run(&request)
        // Asked of the server as a whole, which has no methods of its own to tell.
        case .options where request.path == "*": return .done
        default: return .declined
        }
    }
}

/// `TRACE`: the request as the server received it, for its sender to look at.
enum Trace {
    static func run(_ request: inout Request) async throws(RequestError) -> Outcome {
        guard request.original == nil, !request.isSubrequest else { return .declined }
        let setting = request.host.core.traceEnable
        guard setting != .off else {
            request.notes["error-notes"] = "TRACE denied by server configuration"
            throw RequestError(.methodNotAllowed, "TRACE is denied by TraceEnable", level: .info)
        }
        guard setting == .extended || !request.body.isPresent else {
            request.notes["error-notes"] = "TRACE with a request body is not allowed"
            throw RequestError(.contentTooLarge, "TRACE with content is not allowed", level: .info)
        }
        var echo = request.head.requestLine.bytes
        echo.append(contentsOf: "\r\n".utf8)
        request.head.fields.serialize(into: &echo)
        echo.append(contentsOf: "\r\n".utf8)
        if request.body.isPresent { echo += try await request.body.readAll(limit: 65536) }
        request.response.contentType = "message/http"
        request.response.content = .bytes(echo)
        return .done
    }
}
