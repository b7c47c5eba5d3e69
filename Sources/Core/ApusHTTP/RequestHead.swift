// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// The request line and the fields of a request: all that comes before its content.
///
/// Everything is a range of the bytes as received, so a head costs two allocations: those bytes
/// and the table of the fields' places. It cannot be copied, for that would be done unseen, again
/// and again, by whoever reads it.
public struct RequestHead: ~Copyable, Sendable {
    public var method: HTTPMethod
    public var version: HTTPVersion
    public var fields: Fields
    /// The bytes as received.
    ///
    /// `fields` begins with the same array, and leaves it when changed.
    private var block: [UInt8]
    private let lineRange: ByteRange
    private let targetRange: ByteRange
    private let parts: RequestTarget

    /// A head as parsed from `block`.
    init(
        line: RequestLine, method: HTTPMethod, lineRange: ByteRange, block: [UInt8],
        entries: [Fields.Entry]
    ) {
        self.method = method
        version = line.version
        self.block = block
        self.lineRange = lineRange
        targetRange = line.targetRange
        parts = line.target
        fields = Fields(arena: block, entries: entries)
    }

    /// A head that came in another form: a stream of HTTP/2, a sub-request.
    ///
    /// - Throws: where `target` has none of the forms of RFC 9112 section 3.2.
    public init(
        method: HTTPMethod, target: String, version: HTTPVersion = .http11, fields: Fields = .init()
    ) throws(RequestParseError) {
        var line: [UInt8] = []
        line.append(bytesOf: method.name)
        line.append(0x20)
        let start = line.count
        line.append(bytesOf: target)
        let range = start..<line.count
        line.append(0x20)
        line.append(bytesOf: version.description)
        for index in range where line[index] <= 0x20 || line[index] == 0x7F {
            throw RequestParseError(.invalidTarget, target)
        }
        do throws(RequestParseError.Fault) {
            parts = try RequestTarget(line.span, range, method: method, isStrict: true)
        } catch {
            throw RequestParseError(error, target)
        }
        self.method = method
        self.version = version
        self.fields = fields
        lineRange = ByteRange(0..<line.count)
        targetRange = ByteRange(range)
        block = line
    }

    /// The request target as sent (RFC 9112 section 3.2): `/path?query`, `http://host/path`,
    /// `host:port` or `*`.
    public var target: String { String(bytes: targetBytes) }
    public var targetBytes: Span<UInt8> {
        @_lifetime(borrow self) get { block.span.extracting(targetRange.range) }
    }

    /// The request line, as THE_REQUEST and the log's `%r` have it.
    public var requestLine: String { String(bytes: requestLineBytes) }
    public var requestLineBytes: Span<UInt8> {
        @_lifetime(borrow self) get { block.span.extracting(lineRange.range) }
    }

    /// Which of the forms of RFC 9112 section 3.2 the target has.
    public var targetForm: TargetForm { parts.form }
    /// The scheme of a target in absolute form, as sent; else nil.
    public var targetScheme: String? {
        parts.form == .absolute ? String(bytes: block.span.extracting(parts.scheme.range)) : nil
    }
    /// The authority of a target in absolute or authority form, without credentials; else nil.
    public var targetAuthority: String? {
        switch parts.form {
        case .absolute, .authority:
            String(bytes: block.span.extracting(parts.authority.range))
        case .origin, .asterisk: nil
        }
    }
    /// The path as sent, percent-encoded: `/` at least, `*` in asterisk form, empty in
    /// authority form.
    public var path: String {
        if parts.form == .absolute, parts.path.count == 0 { return "/" }
        return String(bytes: pathBytes)
    }
    /// The path as sent; empty for a target such as `http://host`, which means `/`.
    public var pathBytes: Span<UInt8> {
        @_lifetime(borrow self) get { block.span.extracting(parts.path.range) }
    }
    /// The path as `URIPath.decode` has it.
    public func decodePath(
        encodedSlashes: EncodedSlashes = .off, mergesSlashes: Bool = true
    ) throws(URIPathError) -> String {
        try URIPath.decode(
            pathBytes, encodedSlashes: encodedSlashes, mergesSlashes: mergesSlashes)
    }
    /// What follows the question mark, as sent; nil without one.
    public var query: String? {
        parts.query.map { String(bytes: block.span.extracting($0.range)) }
    }

    /// The head of a request that follows from another one: the same line, with a method and fields
    /// of its own.
    public init(following head: borrowing RequestHead, method: HTTPMethod, fields: Fields) {
        self.method = method
        self.fields = fields
        version = head.version
        block = head.block
        lineRange = head.lineRange
        targetRange = head.targetRange
        parts = head.parts
    }

    /// Takes out the memory, for another head; nothing is to be read of this one any more.
    public mutating func takeMemory() -> Fields {
        block = []
        var memory = Fields()
        swap(&memory, &fields)
        return memory
    }

    /// Whether there is a field of that name.
    @inlinable @inline(__always)
    public func contains(_ name: FieldName) -> Bool { fields.contains(name) }

    /// Whether fields of that name list `token`.
    @inlinable @inline(__always)
    public func hasToken(_ name: FieldName, _ token: String) -> Bool {
        fields.hasToken(name, token)
    }

    /// What is left of a request that could not be read: its first line, for the log.
    public init(unreadable line: String) {
        let words = line.split(separator: " ")
        method = HTTPMethod(words.first.map(String.init) ?? "-")
        // A line without a version is one of HTTP/0.9, which is answered as HTTP/1.0 is.
        version = words.last == "HTTP/1.1" ? .http11 : .http10
        fields = Fields()
        block = line.bytes
        lineRange = ByteRange(0..<block.count)
        targetRange = ByteRange(0..<0)
        parts = RequestTarget(form: .origin)
    }
}
