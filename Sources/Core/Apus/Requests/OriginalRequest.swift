// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP

/// What is kept of the request that the client made, when it is redirected inside the server.
///
/// The log's `%<` takes its values from here, and an error page finds `REDIRECT_URL` here.
public final class OriginalRequest: Sendable {
    public let path: String
    public let query: String?
    public let method: HTTPMethod
    public let requestLine: String
    public let status: HTTPStatus
    public let filename: String?
    public let handlerName: String?
    public let user: String?
    public let fields: Fields
    public let responseFields: Fields
    public let environment: Table
    public let notes: Table
    /// The request before this one, when there was more than one redirect.
    public let previous: OriginalRequest?

    init(_ request: borrowing Request) {
        path = request.path
        query = request.query
        method = request.method
        requestLine = request.head.requestLine
        status = request.response.status
        filename = request.filename
        handlerName = request.handlerName
        user = request.user
        fields = request.head.fields
        responseFields = request.response.fields
        environment = request.environment
        notes = request.notes
        previous = request.original
    }

    /// The request as it came from the client.
    public var first: OriginalRequest { previous?.first ?? self }
}
