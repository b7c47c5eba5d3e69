// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP

/// A piece of a response on its way through the filters: httpd's bucket.
public enum Chunk {
    case bytes([UInt8])
    case file(FileRange)
    /// What came so far shall reach the client now.
    case flush
    /// The response is complete; nothing follows.
    case end
}

/// The place of a filter in the chain: httpd's `ap_filter_type`.
///
/// Lower ones see content first.
public enum FilterType: Int, Comparable, Sendable {
    case resource = 10
    case contentSet = 20
    case `protocol` = 30
    case transcode = 40

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What takes content: the next filter, or the connection.
public protocol OutputStage: AnyObject {
    /// Takes a chunk. Returns when there is room for the next one, which is all there is to
    /// back-pressure.
    func write(_ chunk: Chunk) async throws(OutputError)
}

/// The head of a response, at the moment it is about to be sent.
public struct ResponseHead: ~Copyable {
    public var status: HTTPStatus
    public var fields: Fields
    public var errorFields: Fields
    /// The number of bytes of content, nil when it is sent in chunks.
    ///
    /// A filter that changes the content sets nil.
    public var contentLength: Int64?
    public var isHead: Bool
}

extension ResponseHead {
    /// Puts in order what scripts, filters and `Header` have made of the fields.
    mutating func tidy(isFromOrigin: Bool) {
        fields.tidy(isFromOrigin: isFromOrigin)
        if !errorFields.isEmpty { errorFields.tidy(isFromOrigin: isFromOrigin) }
    }
}

extension Fields {
    fileprivate mutating func tidy(isFromOrigin: Bool) {
        // How the content is delimited is the connection's to say. A second opinion in the same
        // head would let a proxy see another end of it than the client does (RFC 9112 section 6).
        remove(.transferEncoding)
        if !isFromOrigin {
            remove(.date)
            remove(.server)
        }
        if contains(.vary) { uniteVary() }
    }

    /// One Vary with each name once, for not all clients read more than one.
    private mutating func uniteVary() {
        var names: [String] = []
        for name in combined(.vary)!.split(separator: ",") {
            let name = String(name.drop { $0 == " " }.prefix { $0 != " " })
            if !name.isEmpty, !names.contains(where: { equalsIgnoringCase($0, name) }) {
                names.append(name)
            }
        }
        set(.vary, names.joined(separator: ","))
    }
}

/// Sees a response on its way out.
public protocol OutputFilter {
    var type: FilterType { get }
    /// Whether content has to pass through `write`. A filter of the head alone says no, and a
    /// file then leaves as a file.
    var seesContent: Bool { get }

    /// The head is about to be sent: the last moment to change it.
    mutating func begin(_ head: inout ResponseHead, _ request: inout Request)

    /// Passes the chunk on, changes it, holds it back or drops it. Chunks come in order.
    mutating func write(_ chunk: Chunk, to next: any OutputStage) async throws(OutputError)
}

extension OutputFilter {
    public var type: FilterType { .resource }
    public var seesContent: Bool { true }
    public mutating func begin(_ head: inout ResponseHead, _ request: inout Request) {}
    public mutating func write(_ chunk: Chunk, to next: any OutputStage) async throws(OutputError) {
        try await next.write(chunk)
    }
}

/// A link of the chain: a filter and what follows it.
final class FilterStage: OutputStage {
    private var filter: any OutputFilter
    private let next: any OutputStage

    init(_ filter: any OutputFilter, next: any OutputStage) {
        self.filter = filter
        self.next = next
    }

    func write(_ chunk: Chunk) async throws(OutputError) {
        try await filter.write(chunk, to: next)
    }
}
