// SPDX-License-Identifier: Apache-2.0

/// What a Range field asks for (RFC 9110 section 14.2), in the way of Apache's byterange filter.
public enum ByteRanges: Sendable, Equatable {
    /// The field does not count: it is malformed, of another unit, or asks for more than all.
    case whole
    /// Every range lies beyond the end: the answer is 416.
    case unsatisfiable
    /// What to send, in this order; at least one, none empty.
    case ranges([Range<Int>])

    /// How much a client may ask for before it gets everything instead: many small or
    /// overlapping ranges cost a server more than the whole does (CVE-2011-3192).
    public struct Limits: Sendable, Equatable {
        /// MaxRanges: nil is `unlimited`, 0 `none`.
        public var ranges: Int? = 200
        /// MaxRangeOverlaps.
        public var overlaps: Int? = 20
        /// MaxRangeReversals.
        public var reversals: Int? = 20

        public init() {}
    }

    /// Reads the value of a Range field for content of `length` bytes.
    public init(_ field: Span<UInt8>, length: Int, limits: Limits = .init()) {
        self = .whole
        guard length > 0, field.count > 6,
            field.extracting(0..<6).equalsIgnoringCase("bytes=".utf8Span.span)
        else { return }
        var merger = RangeMerger(length: length)
        var start = 6
        while start < field.count, !merger.isWhole {
            let end = field.firstIndex(of: 0x2C, from: start) ?? field.count
            guard end > start else { break }
            guard merger.add(field.extracting(start..<end)) else { return }
            start = end + 1
        }
        self = merger.result(limits)
    }

    public init(_ field: String, length: Int, limits: Limits = .init()) {
        self.init(field.utf8Span.span, length: length, limits: limits)
    }
}

/// Joins ranges to the one before where they touch or overlap, as Apache does: in the order of
/// the request, looking back no further than one.
private struct RangeMerger {
    let length: Int
    var ranges: [Range<Int>] = []
    var current: Range<Int>?
    var overlaps = 0
    var reversals = 0
    var isUnsatisfiable = false
    /// `0-` was among them, and the others no longer matter.
    var isWhole = false

    init(length: Int) { self.length = length }

    func result(_ limits: ByteRanges.Limits) -> ByteRanges {
        var all = ranges
        if let current { all.append(current) }
        guard !all.isEmpty else { return isUnsatisfiable ? .unsatisfiable : .whole }
        let sum = all.reduce(0) { $0 + $1.count }
        guard sum <= length, all.count <= limits.ranges ?? .max,
            overlaps <= limits.overlaps ?? .max, reversals <= limits.reversals ?? .max
        else { return .whole }
        return .ranges(all)
    }

    /// - Returns: false for what is no range; then the whole field does not count.
    mutating func add(_ text: Span<UInt8>) -> Bool {
        guard let dash = text.firstIndex(of: 0x2D) else { return false }
        let last = text.extracting((dash + 1)...)
        guard dash > 0 else {
            guard let count = parseContentLength(last), count > 0 else { return false }
            add(max(0, length - count), length)
            return true
        }
        guard let start = parseContentLength(text.extracting(0..<dash)) else { return false }
        guard !last.isEmpty else {
            if start == 0 {
                self = RangeMerger(length: length)
                current = 0..<length
                isWhole = true
            } else {
                add(start, length)
            }
            return true
        }
        guard let end = parseContentLength(last), start <= end else { return false }
        add(start, end < length ? end + 1 : length)
        return true
    }

    private mutating func add(_ start: Int, _ end: Int) {
        guard start < length else {
            isUnsatisfiable = true
            return
        }
        guard let open = current else {
            current = start..<end
            return
        }
        var joined = open
        var isJoined = start >= open.lowerBound && end <= open.upperBound
        if start < open.lowerBound, end >= open.lowerBound {
            joined = start..<joined.upperBound
            reversals += 1
            isJoined = true
        }
        if end >= open.upperBound, start <= open.upperBound {
            joined = joined.lowerBound..<end
            isJoined = true
        }
        if isJoined {
            overlaps += 1
            current = joined
        } else {
            ranges.append(open)
            current = start..<end
        }
    }
}

/// Writes what a response with ranges needs beyond their bytes (RFC 9110 section 14.4 and 14.6).
public struct MultipartByteRanges: Sendable {
    /// Stands between the parts, and must not occur in them.
    public let boundary: String
    /// The media type of the whole; nil if that is not known.
    public let contentType: String?
    /// The length of the whole.
    public let length: Int

    public init(boundary: String, contentType: String?, length: Int) {
        self.boundary = boundary
        self.contentType = contentType
        self.length = length
    }

    /// The media type of the response.
    public var mediaType: String { "multipart/byteranges; boundary=\(boundary)" }

    /// Appends what stands before the bytes of a part.
    public func appendHead(_ range: Range<Int>, to output: inout [UInt8]) {
        output.append(contentsOf: "\r\n--\(boundary)\r\n".utf8)
        if let contentType { output.append(contentsOf: "Content-type: \(contentType)\r\n".utf8) }
        let place = contentRange(range, length: length)
        output.append(contentsOf: "Content-range: \(place)\r\n\r\n".utf8)
    }

    /// Appends what stands after the last part.
    public func appendEnd(to output: inout [UInt8]) {
        output.append(contentsOf: "\r\n--\(boundary)--\r\n".utf8)
    }

    /// The length of the content as a whole.
    public func contentLength(_ ranges: [Range<Int>]) -> Int {
        var framing: [UInt8] = []
        for range in ranges { appendHead(range, to: &framing) }
        appendEnd(to: &framing)
        return ranges.reduce(framing.count) { $0 + $1.count }
    }
}

/// The value of Content-Range in a response with one range: `bytes 0-4/10`.
public func contentRange(_ range: Range<Int>, length: Int) -> String {
    "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
}
