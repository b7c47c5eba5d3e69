// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

// What becomes of a request that a phase ended with a status: httpd's ap_die. An ErrorDocument
// answers if there is one, and the server's own page if not, or if the ErrorDocument fails too.

extension Hooks {
    /// Makes the response to a request that `error` ended.
    func respond(to error: RequestError, _ request: inout Request) async {
        if !error.reason.isEmpty { request.logReason(of: error) }
        request.response.status = error.status
        if request.errorPageStatus == nil, error.status.code >= 400 || error.status.isRedirection {
            request.errorPageStatus = error.status
            if await useErrorDocument(for: error.status, &request) { return }
        }
        let status = request.errorPageStatus ?? error.status
        if status == .notModified {
            // The representation there is, only not sent: it keeps its fields and its filters.
            request.response.content = .none
            return
        }
        ErrorPage.write(status, also: error.status, &request)
        if !insertErrorFilter.isEmpty { try? await insertErrorFilter.runAll(&request) }
    }

    private func useErrorDocument(for status: HTTPStatus, _ request: inout Request) async -> Bool {
        guard let document = request.directoryConfig.core.errorDocuments[status.code] else { return false }
        switch document {
        case .standard: return false
        case .text(let text):
            request.prepareErrorResponse()
            request.response.contentType = request.errorPageType
            request.response.content = .bytes(text.bytes)
            return true
        case .redirect(let url):
            request.prepareErrorResponse()
            request.response.errorFields.set(.location, url)
            request.response.status = .found
            ErrorPage.write(.found, also: .found, &request)
            return true
        case .path(let path):
            do throws(RequestError) {
                try await redirect(&request, toErrorPage: path, status)
                return true
            } catch {
                request.log(
                    .error, "", "the ErrorDocument \(path) answered \(error.status.code) itself")
                request.response.status = error.status
                return false
            }
        }
    }

    private func redirect(
        _ request: inout Request, toErrorPage path: String, _ status: HTTPStatus
    ) async throws(RequestError) {
        let url = request.path
        let query = request.query
        request.beginInternalRedirect()
        request.environment["REDIRECT_URL"] = url
        request.environment["REDIRECT_STATUS"] = String(status.code)
        if let query { request.environment["REDIRECT_QUERY_STRING"] = query }
        // The page is fetched, whatever the request wanted to do (ap_die sets M_GET).
        if request.method != .head { request.head.method = .get }
        try request.setTarget(path)
        try await process(&request)
        request.response.status = status
    }
}

extension Request {
    fileprivate func logReason(of error: RequestError) {
        // A message's number stands in front of it: `AH00128: File does not exist: ...`.
        let parts = error.reason.split(separator: ": ", maxSplits: 1)
        if parts.count == 2, parts[0].hasPrefix("AH"), parts[0].dropFirst(2).allSatisfy(\.isNumber) {
            log(error.level, String(parts[0]), String(parts[1]))
        } else {
            log(error.level, "", error.reason)
        }
    }

    /// Pages are ASCII; the charset is said so that no client guesses at it from what of a URL may
    /// stand in the text. Clients that cannot bear it have suppress-error-charset set.
    var errorPageType: String {
        environment["suppress-error-charset"] == nil
            ? "text/html; charset=iso-8859-1" : "text/html"
    }

    /// Forgets what a handler had begun, but for the fields that are sent in any case.
    mutating func prepareErrorResponse() {
        filters = []
        response.fields.removeAll()
        response.contentType = nil
        response.contentEncoding = nil
        response.contentLanguages = []
        response.lastModified = nil
    }
}

/// The pages for statuses that no ErrorDocument answers, in httpd's words.
enum ErrorPage {
    static func write(
        _ status: HTTPStatus, also second: HTTPStatus, _ request: inout Request
    ) {
        let location = request.response.fields[.location] ?? request.response.errorFields[.location]
        let allow = request.response.fields[.allow]
        let authenticate = request.response.fields.values(.wwwAuthenticate)
        request.prepareErrorResponse()
        request.response.status = status
        if let location, status.isRedirection || status == .created {
            request.response.fields.set(.location, location)
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
        request.response.content = .bytes(content(status, also: second, location, request))
    }

    /// Pages that say the same to everybody are made once for each loop.
    private static func content(
        _ status: HTTPStatus, also second: HTTPStatus, _ location: String?,
        _ request: borrowing Request
    ) -> [UInt8] {
        let isPlain =
            second == status && (status == .notFound || status == .forbidden)
            && request.directoryConfig.core.serverSignature == .off
            && request.notes["error-notes"] == nil
        let context = request.connection.context
        if isPlain, let known = context.errorPages[status.code] { return known }
        let made = Array(page(status, also: second, location: location, request).utf8)
        if isPlain { context.errorPages[status.code] = made }
        return made
    }

    private static func page(
        _ status: HTTPStatus, also second: HTTPStatus, location: String?,
        _ request: borrowing Request
    ) -> String {
        var page = """
            <!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
            <html><head>
            <title>\(status.code) \(status.reason)</title>
            </head><body>
            <h1>\(status.reason)</h1>
            <p>\(explanation(status, location: location, request))<br />
            </p>

            """
        if second != status {
            page += """
                <p>Additionally, a \(second.code) \(second.reason)
                error was encountered while trying to use an ErrorDocument to handle the request.</p>

                """
        }
        page += request.signature(prefix: "<hr>\n")
        return page + "</body></html>\n"
    }

    private static func explanation(
        _ status: HTTPStatus, location: String?, _ request: borrowing Request
    ) -> String {
        let notes = request.notes["error-notes"] ?? ""
        let extra = notes.isEmpty ? "" : "\n\(notes)<br />"
        switch status.code {
        case 301, 302, 307, 308:
            return "The document has moved <a href=\"\((location ?? "").htmlEscaped)\">here</a>."
        case 303:
            return "The answer to your request is located <a href=\"\((location ?? "").htmlEscaped)\">here</a>."
        case 305:
            return "This resource is only accessible through the proxy\n\(location?.htmlEscaped ?? "")<br />\nYou will need to configure your client to use that proxy."
        case 400:
            return "Your browser sent a request that this server could not understand.<br />\(extra)"
        case 401:
            return """
                This server could not verify that you
                are authorized to access the document
                requested.  Either you supplied the wrong
                credentials (e.g., bad password), or your
                browser doesn't understand how to supply
                the credentials required.
                """
        case 403: return "You don't have permission to access this resource.\(notes)"
        case 404: return "The requested URL was not found on this server."
        case 405:
            return "The requested method \(request.method.name.htmlEscaped) is not allowed for this URL."
        case 406:
            return "An appropriate representation of the requested resource could not be found on this server."
        case 408: return "Server timeout waiting for the HTTP request from the client."
        case 410:
            return """
                The requested resource is no longer available on this server and there is no forwarding address.
                Please remove all references to this resource.
                """
        case 411:
            return "A request of the requested method \(request.method.name.htmlEscaped) requires a valid Content-length.<br />\(extra)"
        case 412: return "The precondition on the request for this URL evaluated to false."
        case 413:
            return "The requested resource does not allow request data with \(request.method.name.htmlEscaped) requests, or the amount of data provided in\nthe request exceeds the capacity limit."
        case 414: return "The requested URL's length exceeds the capacity\nlimit for this server.<br />\(extra)"
        case 415:
            return "The supplied request data is not in a format\nacceptable for processing by this resource."
        case 416: return "None of the range-specifier values in the Range\nrequest-header field overlap the current extent\nof the selected resource."
        case 417:
            return "The expectation given in the Expect request-header\nfield could not be met by this server.\nThe client sent<pre>\n    Expect: \((request.head.fields[.expect] ?? "").htmlEscaped)\n</pre>\nOnly the 100-continue expectation is supported."
        case 421: return "The client needs a new connection for this\nrequest as the requested host name does not match\nthe Server Name Indication (SNI) in use for this\nconnection."
        case 431: return "The server refused this request because\nthe request header fields are too large.<br />\(extra)"
        case 500:
            return """
                The server encountered an internal error or
                misconfiguration and was unable to complete
                your request.</p>
                <p>Please contact the server administrator at 
                 \(request.host.core.serverAdmin.htmlEscaped) to inform them of the time this error occurred,
                 and the actions you performed just before this error.</p>
                <p>More information about this error may be available
                in the server error log.
                """
        case 501:
            return "\(request.method.name.htmlEscaped) not supported for current URL.<br />\(extra)"
        case 502: return "The proxy server received an invalid\nresponse from an upstream server.<br />\(extra)"
        case 503:
            return "The server is temporarily unable to service your\nrequest due to maintenance downtime or capacity\nproblems. Please try again later."
        case 504: return "The gateway did not receive a timely response\nfrom the upstream server or application."
        case 505: return "The HTTP version of this request is not supported.<br />\(extra)"
        default:
            return "The server encountered an internal error or\nmisconfiguration and was unable to complete\nyour request."
        }
    }
}
