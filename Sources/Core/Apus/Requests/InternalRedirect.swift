// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

extension Request {
    /// Starts the request over with another target, as if the client had asked for it: httpd's
    /// `ap_internal_redirect`.
    ///
    /// The environment stays under names with `REDIRECT_` in front.
    public mutating func internalRedirect(to target: String) async throws(RequestError) {
        beginInternalRedirect()
        try setTarget(target)
        _ = try await connection.server.process(&self)
    }

    /// As `internalRedirect`, for a file that a directory index or a script stands for
    /// (`ap_internal_fast_redirect`): what `other` found out is taken over as it is.
    public mutating func take(over other: consuming Request) {
        path = other.path
        query = other.query
        filename = other.filename
        pathInfo = other.pathInfo
        fileStatus = other.fileStatus
        handlerName = other.handlerName
        mapping = other.mapping
        inputFilterNames = other.inputFilterNames
        outputFilterNames = other.outputFilterNames
        directoryConfig = other.directoryConfig
        user = other.user ?? user
        authType = other.authType ?? authType
        environment.merge(other.environment)
        notes.merge(other.notes)
        response.contentType = other.response.contentType
        response.contentEncoding = other.response.contentEncoding
        response.contentLanguages = other.response.contentLanguages
        response.fields.append(contentsOf: other.response.fields)
        response.errorFields.append(contentsOf: other.response.errorFields)
    }

    mutating func beginInternalRedirect() {
        original = OriginalRequest(self)
        redirects += 1
        maySuspend = false
        var renamed = Table()
        for (name, value) in environment.entries { renamed.append("REDIRECT_\(name)", value) }
        renamed["REDIRECT_STATUS"] = String(response.status.code)
        environment = renamed
        let errorFields = response.errorFields
        let status = response.status
        response = Response()
        response.errorFields = errorFields
        if errorPageStatus != nil { response.status = status }
        filters = []
        filename = nil
        pathInfo = nil
        fileStatus = nil
        handlerName = nil
        mapping = nil
        inputFilterNames = []
        outputFilterNames = []
        directoryConfig = connection.context.root(for: host)
    }
}
