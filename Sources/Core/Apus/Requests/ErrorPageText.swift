// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP

/// What the pages for errors say, in httpd's words, its line breaks included: people's monitors
/// and scripts look for them.
enum ErrorPageText {
    static func explanation(
        _ status: HTTPStatus, location: String?, _ request: borrowing Request
    ) -> String {
        switch status.code {
        case 300..<400: redirection(status, to: (location ?? "").htmlEscaped)
        case 400..<500: clientError(status, request)
        default: serverError(status, request)
        }
    }

    private static func redirection(_ status: HTTPStatus, to location: String) -> String {
        switch status.code {
        case 301, 302, 307, 308:
            "<p>The document has moved <a href=\"\(location)\">here</a>.</p>"
        case 303:
            "<p>The answer to your request is located <a href=\"\(location)\">here</a>.</p>"
        case 305:
            """
            <p>This resource is only accessible through the proxy
            \(location)<br />
            You will need to configure your client to use that proxy.</p>
            """
        default: ""
        }
    }

    private static func clientError(_ status: HTTPStatus, _ request: borrowing Request) -> String {
        let notes = request.notes["error-notes"] ?? ""
        switch status.code {
        case 400:
            return
                "<p>Your browser sent a request that this server could not understand.<br />\n\(notes)</p>"
        case 401, 407: return noCredentials
        case 403: return "<p>You don't have permission to access this resource.\(notes)</p>"
        case 405:
            return "<p>The requested method \(method(request)) is not allowed for this URL.</p>"
        case 411:
            return
                "<p>A request of the requested method \(method(request)) requires a valid Content-length.<br />\n\(notes)</p>"
        case 413:
            return """
                The requested resource does not allow request data with \(method(request)) requests, or the amount of data provided in
                the request exceeds the capacity limit.
                """
        case 414:
            return
                "<p>The requested URL's length exceeds the capacity\nlimit for this server.<br />\n\(notes)</p>"
        case 417: return expectation(request)
        case 431:
            return
                "<p>The server refused this request because\nthe request header fields are too large.\(notes)</p>"
        case 451:
            return "<p>Access to this URL has been denied for legal reasons.<br />\n\(notes)</p>"
        default: return texts[status.code] ?? fault(request)
        }
    }

    private static func serverError(_ status: HTTPStatus, _ request: borrowing Request) -> String {
        let notes = request.notes["error-notes"] ?? ""
        switch status.code {
        case 501: return "<p>\(method(request)) not supported for current URL.<br />\n\(notes)</p>"
        case 502:
            return
                "<p>The proxy server received an invalid\nresponse from an upstream server.<br />\n\(notes)</p>"
        case 506:
            let variants = request.notes["variant-list"] ?? ""
            return """
                <p>A variant for the requested resource
                <pre>
                \(request.path.htmlEscaped)
                </pre>
                is itself a negotiable resource. This indicates a configuration error.</p>
                """ + variants
        default: return texts[status.code] ?? fault(request)
        }
    }

    private static func method(_ request: borrowing Request) -> String {
        request.method.name.htmlEscaped
    }

    private static func expectation(_ request: borrowing Request) -> String {
        let seen =
            if let expectation = request.head.fields[.expect] {
                """
                <p>The expectation given in the Expect request-header
                field could not be met by this server.
                The client sent<pre>
                    Expect: \(expectation.htmlEscaped)
                </pre>

                """
            } else {
                """
                <p>No expectation was seen, the Expect request-header\u{20}
                field was not presented by the client.

                """
            }
        return seen + "</p><p>Only the 100-continue expectation is supported.</p>"
    }

    /// For what has no text of its own.
    private static func fault(_ request: borrowing Request) -> String {
        """
        <p>The server encountered an internal error or
        misconfiguration and was unable to complete
        your request.</p>
        <p>Please contact the server administrator at\u{20}
         \(request.host.core.serverAdmin.htmlEscaped) to inform them of the time this error occurred,
         and the actions you performed just before this error.</p>
        <p>More information about this error may be available
        in the server error log.</p>
        """
    }

    private static let noCredentials = """
        <p>This server could not verify that you
        are authorized to access the document
        requested.  Either you supplied the wrong
        credentials (e.g., bad password), or your
        browser doesn't understand how to supply
        the credentials required.</p>
        """

    /// The texts that are the same for every request.
    private static let texts: [UInt16: String] = [
        404: "<p>The requested URL was not found on this server.</p>",
        406:
            "<p>An appropriate representation of the requested resource could not be found on this server.</p>",
        408: "<p>Server timeout waiting for the HTTP request from the client.</p>",
        410:
            "<p>The requested resource is no longer available on this server and there is no forwarding address.\nPlease remove all references to this resource.</p>",
        412: "<p>The precondition on the request for this URL evaluated to false.</p>",
        415:
            "<p>The supplied request data is not in a format\nacceptable for processing by this resource.</p>",
        416:
            "<p>None of the range-specifier values in the Range\nrequest-header field overlap the current extent\nof the selected resource.</p>",
        421:
            "<p>The client needs a new connection for this\nrequest as the requested host name does not match\nthe Server Name Indication (SNI) in use for this\nconnection.</p>",
        422:
            "<p>The server understands the media type of the\nrequest entity, but was unable to process the\ncontained instructions.</p>",
        423:
            "<p>The requested resource is currently locked.\nThe lock must be released or proper identification\ngiven before the method can be applied.</p>",
        424:
            "<p>The method could not be performed on the resource\nbecause the requested action depended on another\naction and that other action failed.</p>",
        428: "<p>The request is required to be conditional.</p>",
        429: "<p>The user has sent too many requests\nin a given amount of time.</p>",
        503:
            "<p>The server is temporarily unable to service your\nrequest due to maintenance downtime or capacity\nproblems. Please try again later.</p>",
        504:
            "<p>The gateway did not receive a timely response\nfrom the upstream server or application.</p>",
        507:
            "<p>The method could not be performed on the resource\nbecause the server is unable to store the\nrepresentation needed to successfully complete the\nrequest.  There is insufficient free space left in\nyour storage allocation.</p>",
        508: "<p>The server terminated an operation because\nit encountered an infinite loop.</p>",
        510:
            "<p>A mandatory extension policy in the request is not\naccepted by the server for this resource.</p>",
        511: "<p>The client needs to authenticate to gain\nnetwork access.</p>",
    ]
}
