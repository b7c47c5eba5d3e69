// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP

/// Where the bytes of a request's content come from: the connection, or a filter before it.
public protocol BodySource: AnyObject {
    /// Appends what comes next, at most `limit` bytes; waits until there is something.
    ///
    /// - Returns: the number of bytes; 0 at the end.
    /// - Throws: the response to give: 400 for broken framing, 408 when the client is too slow,
    ///   413 when there is more than LimitRequestBody.
    func read(into buffer: inout [UInt8], limit: Int) async throws(RequestError) -> Int
    /// The fields after the last chunk, once that has been read.
    var trailers: Fields { get }
    /// LimitRequestBody; 0: no limit.
    var limit: Int64 { get set }
}

/// The content of a request, read once, from front to back.
public struct RequestBody {
    /// What the head says about the length: nil when it comes in chunks.
    public let count: Int64?
    var source: (any BodySource)?

    /// A request without content.
    public static var none: RequestBody { RequestBody(count: 0, source: nil) }

    public init(count: Int64?, source: (any BodySource)?) {
        self.count = count
        self.source = source
    }

    /// Whether there is, or may be, anything to read.
    public var isPresent: Bool { source != nil }
    /// The most bytes there may be, 0 for no limit; beyond, reading throws 413.
    public var limit: Int64 {
        get { source?.limit ?? 0 }
        nonmutating set { source?.limit = newValue }
    }
    public var trailers: Fields { source?.trailers ?? Fields() }

    /// Appends what comes next, at most `limit` bytes.
    ///
    /// Returns 0 at the end.
    public func read(into buffer: inout [UInt8], limit: Int) async throws(RequestError) -> Int {
        guard let source else { return 0 }
        return try await source.read(into: &buffer, limit: limit)
    }

    /// The whole content, refused with 413 when it is longer than `limit`.
    public func readAll(limit: Int) async throws(RequestError) -> [UInt8] {
        var content: [UInt8] = []
        while try await read(into: &content, limit: min(65536, limit - content.count + 1)) > 0 {
            guard content.count <= limit else {
                throw RequestError(.contentTooLarge, "the content is longer than \(limit) bytes")
            }
        }
        return content
    }

    /// Reads what there is to its end, for a handler that has no use for it.
    public func discard() async throws(RequestError) {
        guard source != nil else { return }
        var scratch: [UInt8] = []
        while try await read(into: &scratch, limit: 65536) > 0 {
            scratch.removeAll(keepingCapacity: true)
        }
    }

    /// Puts a source between this content and its readers: an input filter.
    public mutating func filter(_ wrap: (any BodySource) -> any BodySource) {
        if let source { self = RequestBody(count: nil, source: wrap(source)) }
    }
}
