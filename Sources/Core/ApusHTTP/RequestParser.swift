// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// Reads the head of a request from bytes as they arrive (RFC 9112 sections 2 to 5).
///
/// Hand it everything received since the end of the last request, again and again as more
/// arrives; lines that were complete before are not looked at again. What it accepts is what
/// Apache accepts, save where two readers could see two different requests in the same bytes
/// (Tests/Corpus/README.md lists those).
public struct RequestParser {
    public enum Result: ~Copyable, Sendable {
        /// More bytes are needed.
        case incomplete
        /// A head, and how many of the bytes it took; content and further requests follow.
        case complete(RequestHead, byteCount: Int)
    }

    public let limits: RequestLimits
    public let options: ProtocolOptions
    public let methods: MethodRegistry

    /// Where the line begins that is not complete yet.
    private var lineStart = 0
    /// How far no line feed was found.
    private var scanned = 0
    private var emptyLines = 0
    private var line: RequestLine?
    private var lineRange = 0..<0
    private var section: FieldSectionParser
    /// Memory for the bytes of the head.
    private var memory: [UInt8] = []
    private let spares: SpareFields?

    /// How many empty lines may come before a request line, as in Apache: old clients end the
    /// content of a POST with one.
    private static let maximumEmptyLines = 10

    public init(
        limits: RequestLimits = .init(), options: ProtocolOptions = .strict,
        methods: MethodRegistry = .init(), spares: SpareFields? = nil
    ) {
        self.limits = limits
        self.options = options
        self.methods = methods
        self.spares = spares
        section = FieldSectionParser(limits: limits, isStrict: options.isStrict)
    }

    /// Whether bytes of a request have been seen, so that silence now is a timeout (408) and not
    /// the end of an idle connection.
    public var hasBegun: Bool { scanned > 0 }

    /// Whether it is known what is asked for.
    public var hasRequestLine: Bool { line != nil }

    /// Reads on.
    ///
    /// - Parameter received: the bytes from the beginning of the request on.
    /// - Throws: `RequestParseError`. The caller answers with its status and closes; the parser
    ///   is of no further use before `reset`.
    public mutating func parse(
        _ received: Span<UInt8>
    ) throws(RequestParseError) -> Result {
        // Places are kept in 32 bits; only LimitRequestFields 0 lets a head come near that.
        guard received.count <= Int(UInt32.max) else { throw RequestParseError(.tooManyFields) }
        while let lineFeed = received.firstIndex(of: 0x0A, from: scanned) {
            let range = try lineRange(in: received, endingAt: lineFeed)
            lineStart = lineFeed + 1
            scanned = lineStart
            if line == nil {
                try readFirst(received, range)
                guard line?.version == .http09, let line = line.take() else { continue }
                return .complete(finish(line, received), byteCount: takeCount())
            }
            guard range.isEmpty else {
                try section.readLine(received, range)
                continue
            }
            try section.checkMergedSizes(received, end: lineStart)
            guard let line = line.take() else { continue }
            return .complete(finish(line, received), byteCount: takeCount())
        }
        scanned = received.count
        try checkLength(received, received.count - lineStart, slack: 2)
        return .incomplete
    }

    /// Forgets a request that was begun.
    public mutating func reset() {
        memory = []
        lineStart = 0
        scanned = 0
        emptyLines = 0
        line = nil
        lineRange = 0..<0
        section.reset()
    }

    /// The request line for the log, even of a request that was refused; as much of it as the
    /// limit allows.
    public func requestLine(of received: Span<UInt8>) -> String {
        var range = lineRange
        if range.isEmpty { range = min(lineStart, received.count)..<received.count }
        let end = min(range.upperBound, range.lowerBound + limits.requestLine, received.count)
        return String(bytes: received.extracting(min(range.lowerBound, end)..<end))
    }
}

extension RequestParser {
    /// The line without its end.
    private func lineRange(
        in received: Span<UInt8>, endingAt lineFeed: Int
    ) throws(RequestParseError) -> Range<Int> {
        let hasReturn = lineFeed > lineStart && received[lineFeed - 1] == 0x0D
        let end = hasReturn ? lineFeed - 1 : lineFeed
        try checkLength(received, end - lineStart, slack: 1)
        // RFC 9112 section 2.2 lets a recipient take a lone LF for the end of a line. Apache
        // does not, for who sits in front may not have: then a line is two for one of them.
        guard hasReturn || !options.isStrict else { throw RequestParseError(.invalidLineEnd) }
        return lineStart..<end
    }

    /// Apache's limits let one byte more through than they name.
    private func checkLength(
        _ received: Span<UInt8>, _ count: Int, slack: Int
    ) throws(RequestParseError) {
        if line == nil {
            guard count <= limits.requestLine + slack else { throw RequestParseError(.lineTooLong) }
        } else if count > limits.fieldSize + slack {
            throw RequestParseError(
                .fieldTooLong, received, lineStart..<min(received.count, lineStart + 80))
        }
    }

    private mutating func readFirst(
        _ received: Span<UInt8>, _ range: Range<Int>
    ) throws(RequestParseError) {
        guard !range.isEmpty else {
            emptyLines += 1
            guard emptyLines <= Self.maximumEmptyLines else { throw RequestParseError(.emptyLines) }
            return
        }
        lineRange = range
        let read = try RequestLine(received, range, options: options)
        if options.requiresRegisteredMethod {
            let method = read.method(in: received)
            guard methods.number(of: method) != nil else {
                throw RequestParseError(.unregisteredMethod, method.name)
            }
        }
        line = read
        if let spares {
            section.useMemory(of: spares, &memory)
        } else {
            section.reserveCapacity(16)
        }
    }

    private mutating func takeCount() -> Int {
        let count = lineStart
        reset()
        return count
    }

    private mutating func finish(
        _ line: RequestLine, _ received: Span<UInt8>
    ) -> RequestHead {
        var block = memory.take()
        block.append(copying: received.extracting(0..<lineStart))
        section.unfold(&block)
        let method = line.method(in: received)
        if !options.isStrict { lineRange = Self.appendRegularLine(line, method, to: &block) }
        return RequestHead(
            line: line, method: method, lineRange: ByteRange(lineRange), block: block,
            entries: section.takeEntries())
    }

    /// The request line with single spaces and capitals, as Apache logs it, whatever was sent.
    private static func appendRegularLine(
        _ line: RequestLine, _ method: HTTPMethod, to block: inout [UInt8]
    ) -> Range<Int> {
        let start = block.count
        block.append(bytesOf: method.name)
        block.append(0x20)
        for position in line.targetRange.range { block.append(block[position]) }
        if line.version != .http09 {
            block.append(0x20)
            block.append(bytesOf: line.version.description)
        }
        return start..<block.count
    }
}
