// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

// What becomes of a request that a phase ended with a status: httpd's ap_die. An ErrorDocument
// answers if there is one, and the server's own page if not, or if the ErrorDocument fails too.

extension Server {
    /// Makes the response to a request that `error` ended.
    func respond(to error: RequestError, _ request: inout Request) async {
        if !error.reason.isEmpty { request.logReason(of: error) }
        request.response.status = error.status
        // The page tells of the first error twice, as httpd's does; the log has the second.
        var isSecond = request.errorPageStatus != nil
        if request.errorPageStatus == nil, error.status.code >= 400 || error.status.isRedirection {
            request.errorPageStatus = error.status
            switch await useErrorDocument(for: error.status, &request) {
            case .used: return
            case .failed: isSecond = true
            case .none: break
            }
        }
        let status = request.errorPageStatus ?? error.status
        if status == .notModified {
            // The representation there is, only not sent: it keeps its fields and its filters.
            request.response.content = .none
            return
        }
        ErrorPage.write(status, isSecond: isSecond, &request)
        if !hooks.insertErrorFilter.isEmpty { try? await hooks.insertErrorFilter.runAll(&request) }
    }

    private enum Substitute {
        case none, used, failed
    }

    private func useErrorDocument(
        for status: HTTPStatus, _ request: inout Request
    ) async -> Substitute {
        guard let document = request.directoryConfig.core.errorDocuments[status.code] else {
            return .none
        }
        switch document {
        case .standard: return .none
        case .text(let text):
            request.prepareErrorResponse()
            request.response.contentType = request.errorPageType
            request.response.content = .bytes(text.bytes)
            return .used
        case .redirect(let url):
            request.prepareErrorResponse()
            request.response.fields.set(.location, url)
            request.response.status = .found
            ErrorPage.write(.found, &request)
            return .used
        case .path(let path):
            do throws(RequestError) {
                try await redirect(&request, toErrorPage: path, status)
                return .used
            } catch {
                request.log(
                    .error, "", "the ErrorDocument \(path) answered \(error.status.code) itself")
                return .failed
            }
        }
    }

    private func redirect(
        _ request: inout Request, toErrorPage path: String, _ status: HTTPStatus
    ) async throws(RequestError) {
        let url = request.path
        let query = request.query
        request.environment["REQUEST_METHOD"] = request.method.name
        if let notes = request.notes["error-notes"] { request.environment["ERROR_NOTES"] = notes }
        request.beginInternalRedirect()
        request.environment["REDIRECT_URL"] = url
        request.environment["REDIRECT_STATUS"] = String(status.code)
        request.environment["REDIRECT_REQUEST_METHOD"] = request.method.name
        if let query { request.environment["REDIRECT_QUERY_STRING"] = query }
        // The page is fetched, whatever the request wanted to do (ap_die sets M_GET).
        if request.method != .head { request.head.method = .get }
        try request.setTarget(path)
        _ = try await process(&request)
        request.response.status = status
    }
}

extension Request {
    fileprivate func logReason(of error: RequestError) {
        // A message's number stands in front of it: `AH00128: File does not exist: ...`.
        let parts = error.reason.split(separator: ": ", maxSplits: 1)
        if parts.count == 2, parts[0].hasPrefix("AH"), parts[0].dropFirst(2).allSatisfy(\.isNumber)
        {
            log(error.level, String(parts[0]), String(parts[1]))
        } else {
            log(error.level, "", error.reason)
        }
    }

    /// Pages are ASCII; the charset is said so that no client guesses at it from what of a URL may
    /// stand in the text.
    ///
    /// Clients that cannot bear it have suppress-error-charset set.
    var errorPageType: String {
        environment["suppress-error-charset"] == nil
            ? "text/html; charset=iso-8859-1" : "text/html"
    }

    /// Forgets what a handler had begun, but for the fields that are sent in any case.
    mutating func prepareErrorResponse() {
        filters = []
        response.fields.removeAll(keepingCapacity: true)
        response.contentType = nil
        response.contentEncoding = nil
        response.contentLanguages = []
        response.lastModified = nil
    }
}

/// The pages for statuses that no ErrorDocument answers, in httpd's words.
enum ErrorPage {
    /// Makes the page.
    ///
    /// - Parameter isSecond: whether an ErrorDocument was to answer, and failed too.
    static func write(
        _ status: HTTPStatus, isSecond: Bool = false, _ request: inout Request
    ) {
        let ownLocation = request.response.fields[.location]
        let location = ownLocation ?? request.response.errorFields[.location]
        let allow = request.response.fields[.allow]
        let authenticate = request.response.fields.values(.wwwAuthenticate)
        request.prepareErrorResponse()
        request.response.status = status
        if let ownLocation, status.isRedirection || status == .created {
            request.response.fields.set(.location, ownLocation)
        }
        if status == .methodNotAllowed || status == .notImplemented {
            request.response.fields.set(.allow, allow ?? request.allowField)
        }
        for value in authenticate { request.response.fields.append(.wwwAuthenticate, value) }
        guard !status.forbidsContent else {
            request.response.content = .none
            return
        }
        request.response.contentType = request.errorPageType
        request.response.content = .bytes(content(status, isSecond, location, request))
    }

    /// Pages that say the same to everybody are made once for each loop.
    private static func content(
        _ status: HTTPStatus, _ isSecond: Bool, _ location: String?, _ request: borrowing Request
    ) -> [UInt8] {
        let isPlain =
            !isSecond && (status == .notFound || status == .forbidden)
            && request.directoryConfig.core.serverSignature == .off
            && request.notes["error-notes"] == nil
        let context = request.connection.context
        if isPlain, let known = context.errorPages[status.code] { return known }
        let made = Array(page(status, isSecond, location: location, request).utf8)
        if isPlain { context.errorPages[status.code] = made }
        return made
    }

    private static func page(
        _ status: HTTPStatus, _ isSecond: Bool, location: String?,
        _ request: borrowing Request
    ) -> String {
        // A status that has no words of its own is told as a fault of the server.
        let shown = status.reason.isEmpty ? HTTPStatus.internalServerError : status
        var page = """
            <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
            <html><head>
            <title>\(shown)</title>
            </head><body>
            <h1>\(shown.reason)</h1>
            \(ErrorPageText.explanation(shown, location: location, request))

            """
        if isSecond {
            page += """
                <p>Additionally, a \(shown)
                error was encountered while trying to use an ErrorDocument to handle the request.</p>

                """
        }
        page += request.signature(prefix: "<hr>\n")
        return page + "</body></html>\n"
    }
}
