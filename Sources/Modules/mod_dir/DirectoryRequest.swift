// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The handler that stands for a directory nobody serves in another way.
private let directoryHandler = "httpd/unix-directory"

/// What becomes of a request for a directory.
enum DirectoryRequest {
    static func serve(_ request: inout Request) async throws(RequestError) -> Outcome {
        // Without mod_mime nobody has said yet that this is a directory.
        let handler = request.handlerName ?? directoryHandler
        if let pathInfo = request.pathInfo, !pathInfo.isEmpty { return .declined }
        let config = request.config(of: DirModule.self)
        guard request.path.utf8.last == UInt8(ascii: "/") else {
            return try addSlash(&request, config)
        }
        let isTaken = config.checksHandler && handler != directoryHandler
        if isTaken || handler == "redirect-handler" {
            // Somebody took over, so the response is no directory.
            if request.response.contentType == directoryHandler {
                request.response.contentType = nil
            }
            return .declined
        }
        if try await serveIndex(config, &request) == .done { return .done }
        request.notes["dir-index-names"] = config.indexNames.joined(separator: ",")
        return try await Fallback.serve(&request)
    }

    /// Sends the client to the name with a slash, below which relative references lead to what
    /// is in the directory.
    private static func addSlash(
        _ request: inout Request, _ config: DirModule.DirectoryConfig
    ) throws(RequestError) -> Outcome {
        guard config.redirectsToSlash else { return .declined }
        // Set by BrowserMatch for clients that take a redirect of another method for an error.
        if request.method != .get && request.method != .head,
            request.environment["redirect-carefully"] != nil
        {
            return .declined
        }
        let query = request.query.map { "?" + $0 } ?? ""
        let target = Escaping.path(request.path) + "/" + query
        request.response.fields.set(.location, request.url(of: target))
        throw RequestError(.movedPermanently)
    }

    /// Looks for each of the index files as if it had been asked for, so that what protects or
    /// moves it holds here too.
    private static func serveIndex(
        _ config: DirModule.DirectoryConfig, _ request: inout Request
    ) async throws(RequestError) -> Outcome {
        var refusal: HTTPStatus?
        for (index, name) in config.indexNames.enumerated() {
            let isLast = index == config.indexNames.count - 1
            let found = await request.subrequest(to: name.withQuery(of: request))
            let status = found.response.status
            if found.isServable {
                if config.indexRedirect != 0 {
                    let target = Escaping.path(found.path)
                    request.response.fields.set(.location, request.url(of: target))
                    throw RequestError(HTTPStatus(config.indexRedirect))
                }
                request.take(over: found)
                return .done
            }
            if status.isRedirection
                || isLast && (status == .notAcceptable || status == .unauthorized)
            {
                request.adopt(found)
                throw RequestError(status)
            }
            // Whatever kept the index from being served, a listing in its place could tell more
            // than the administrator meant to.
            if status != .ok, status != .notFound { refusal = status }
        }
        if let refusal { throw RequestError(refusal) }
        return .declined
    }
}

/// `FallbackResource`.
enum Fallback {
    static func serve(_ request: inout Request) async throws(RequestError) -> Outcome {
        guard let name = request[directory: DirModule.self].fallback else { return .declined }
        let found = await request.subrequest(to: name.withQuery(of: request))
        if found.isServable {
            request.take(over: found)
            return .done
        }
        let status = found.response.status
        if status.isRedirection { request.adopt(found) }
        if status != .ok, status != .notFound { throw RequestError(status) }
        return .declined
    }
}

extension String {
    fileprivate func withQuery(of request: borrowing Request) -> String {
        guard let query = request.query else { return self }
        return self + "?" + query
    }
}

extension Request {
    /// Whether the request that was looked up leads to something: nearly any name can be looked
    /// up, `/a/b` may be `/a` with path information, so there has to be a file.
    fileprivate var isServable: Bool {
        response.status == .ok
            && (handlerName == "proxy-server" || fileStatus?.isRegular == true)
    }

    /// Takes over what another request was refused or sent elsewhere with.
    fileprivate mutating func adopt(_ other: borrowing Request) {
        notes.merge(other.notes)
        response.fields.append(contentsOf: other.response.fields)
        response.errorFields.append(contentsOf: other.response.errorFields)
    }
}
