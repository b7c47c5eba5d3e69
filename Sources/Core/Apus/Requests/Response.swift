// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP
public import ApusRuntime

/// What is to be sent for a request.
///
/// Handlers fill it; nothing of it has left yet.
public struct Response: ~Copyable {
    public var status = HTTPStatus.ok
    /// A reason phrase of a script's own, in place of the standard one.
    public var reason: String?
    /// The content is the response as it goes over the wire, its head included; the connection
    /// ends with it (scripts named `nph-...`).
    public var isNonParsed = false
    /// Fields that an error page replaces: httpd's `headers_out`.
    public var fields = Fields()
    /// Fields that are sent whatever becomes of the request: httpd's `err_headers_out`.
    public var errorFields = Fields()
    /// The media type without parameters that the core adds (charset).
    public var contentType: String?
    public var contentEncoding: String?
    public var contentLanguages: [String] = []
    public var content = Content.none
    /// Sent after the last chunk of a chunked response.
    public var trailers = Fields()
    /// Further ones, which whoever makes the content knows only at its end.
    ///
    /// For content of a length that is not known before.
    public var lateTrailers: LateTrailers?
    /// Whether the content may not be kept: httpd's `no_cache`.
    public var isUncacheable = false
    public var lastModified: Int64?
    /// Whether Date and Server are those of another server, whose response this is; a proxy says
    /// so.
    ///
    /// Otherwise the two are ours, whatever a script or `Header set` wants them to be.
    public var isFromOrigin = false
    /// What the connection becomes after this response, which is 101 then (`Request.upgrade`).
    var upgrade: Upgrade?

    public init() {}

    /// What the connection becomes now: an error, or a filter, may have come between.
    var acceptedUpgrade: Upgrade? { status == .switchingProtocols ? upgrade : nil }
}

/// Trailer fields that are known when the content has been made.
public final class LateTrailers {
    public var fields = Fields()

    public init() {}
}

/// The content of a response.
public enum Content {
    case none
    case bytes([UInt8])
    /// A part of a file, which leaves as a file unless a filter must see its bytes.
    case file(FileRange)
    /// Several of them, one after another (multipart/byteranges).
    case sequence([Content])
    /// Content made while it is sent. `count` is nil when it is not known before.
    case stream(count: Int64?, ContentProducer)

    /// The number of bytes, where it is known.
    public var count: Int64? {
        switch self {
        case .none: 0
        case .bytes(let bytes): Int64(bytes.count)
        case .file(let range): range.count
        case .sequence(let parts):
            parts.reduce(0) { sum, part in sum.flatMap { sum in part.count.map { sum + $0 } } }
        case .stream(let count, _): count
        }
    }

    /// Whether any part of it is made while it is sent.
    var isMadeOnTheWay: Bool {
        switch self {
        case .none, .bytes, .file: false
        case .sequence(let parts): parts.contains { $0.isMadeOnTheWay }
        case .stream: true
        }
    }
}

/// Makes content piece by piece, each when the one before it has been taken.
public typealias ContentProducer = (any OutputStage) async throws(OutputError) -> Void

/// Bytes of an open file.
///
/// The file is closed when the last range of it is gone.
public struct FileRange {
    public var file: OpenFile
    public var offset: Int64
    public var count: Int64

    public init(_ file: OpenFile, offset: Int64, count: Int64) {
        self.file = file
        self.offset = offset
        self.count = count
    }
}
