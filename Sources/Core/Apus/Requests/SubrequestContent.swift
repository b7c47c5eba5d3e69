// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

extension Request {
    /// Runs a sub-request that was looked up: its handler makes its content, and its filters
    /// change it (`ap_run_sub_req`).
    ///
    /// - Returns: the content, which becomes a part of the response to the client.
    /// - Throws: what the sub-request would be refused with.
    public mutating func runSubrequest() async throws(RequestError) -> [UInt8] {
        try await connection.server.hooks.insertFilter.runAll(&self)
        _ = try await connection.server.invokeHandler(&self)
        guard response.status.isSuccess else { throw RequestError(response.status) }
        do throws(OutputError) {
            return try await filteredContent()
        } catch {
            throw error.asRequestError
        }
    }

    private mutating func filteredContent() async throws(OutputError) -> [UInt8] {
        var head = ResponseHead(
            status: response.status, fields: response.fields, errorFields: response.errorFields,
            contentLength: response.content.count, isHead: false)
        finishHead(&head)
        var filters = self.filters
        for index in filters.indices { filters[index].begin(&head, &self) }
        filters.removeAll { !$0.seesContent }
        let collector = ContentCollector()
        var first: any OutputStage = collector
        for filter in filters.reversed() { first = FilterStage(filter, next: first) }
        try await first.write(response.content)
        try await first.write(.end)
        return collector.bytes
    }
}

/// The end of a way that content takes when it shall become a part of other content.
private final class ContentCollector: OutputStage {
    private(set) var bytes: [UInt8] = []

    func write(_ chunk: Chunk) async throws(OutputError) {
        switch chunk {
        case .bytes(let piece): bytes += piece
        case .file(let range):
            try await range.forEachPiece { (piece) async throws(OutputError) in bytes += piece }
        case .flush, .end: return
        }
    }
}

extension OutputError {
    fileprivate var asRequestError: RequestError {
        if case .contentFailed(let reason) = self {
            return RequestError(.internalServerError, reason)
        }
        return RequestError(.internalServerError)
    }
}
