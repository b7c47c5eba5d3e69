// SPDX-License-Identifier: Apache-2.0

/// Takes the chunked transfer coding off the content of a request (RFC 9112 section 7.1).
///
/// It looks at every byte once and keeps none but those of trailers: what it answers are ranges
/// of what it was handed. Lines end in CRLF and nothing else, size lines are bounded, and
/// extensions are skipped, since a server must ignore those that it does not know.
public struct ChunkedDecoder: Sendable {
    /// How far a call got.
    public struct Step: Sendable, Equatable {
        /// The bytes of content among those handed in; empty when more are needed.
        public let content: Range<Int>
        /// How many bytes are done with; the next call begins after them.
        public let consumed: Int
        /// Whether the content has ended, and with it the request.
        public let isLast: Bool
    }

    private enum State {
        case size, blank, sizeExtension, sizeLineFeed
        case content, contentReturn, contentLineFeed
        case trailers, end
    }

    private let limits: RequestLimits
    private var state = State.size
    /// The size as far as read, then the bytes of the chunk that are still to come.
    private var remaining = 0
    /// Bytes of the size line so far.
    private var lineLength = 0
    private var trailer: TrailerParser?

    /// The fields after the last chunk, once that was read (RFC 9112 section 7.1.2).
    public var trailers: Fields { trailer?.fields ?? Fields() }
    public var isAtEnd: Bool { state == .end }

    public init(limits: RequestLimits = .init()) { self.limits = limits }

    /// Decodes on, up to the end of a run of content.
    ///
    /// - Throws: `ChunkedError`. The caller answers with its status and closes the connection.
    public mutating func decode(_ received: Span<UInt8>) throws(ChunkedError) -> Step {
        var index = 0
        while index < received.count {
            switch state {
            case .content:
                let count = min(remaining, received.count - index)
                remaining -= count
                if remaining == 0 { state = .contentReturn }
                return Step(content: index..<index + count, consumed: index + count, isLast: false)
            case .trailers:
                index = try readTrailers(received, from: index)
            case .end:
                return Step(content: index..<index, consumed: index, isLast: true)
            default:
                try readFraming(received[index])
                index += 1
            }
        }
        return Step(content: index..<index, consumed: index, isLast: state == .end)
    }

    private mutating func readFraming(_ byte: UInt8) throws(ChunkedError) {
        switch state {
        case .contentReturn:
            guard byte == 0x0D else { throw .missingLineEnd }
            state = .contentLineFeed
        case .contentLineFeed:
            guard byte == 0x0A else { throw .missingLineEnd }
            state = .size
        case .sizeLineFeed:
            guard byte == 0x0A else { throw .missingLineEnd }
            lineLength = 0
            state = remaining == 0 ? .trailers : .content
        default:
            try readSizeLine(byte)
        }
    }

    private mutating func readSizeLine(_ byte: UInt8) throws(ChunkedError) {
        lineLength += 1
        guard lineLength <= limits.fieldSize else { throw .lineTooLong }
        if byte == 0x0D, lineLength > 1 {
            state = .sizeLineFeed
        } else if state == .size, byte.hexadecimalValue != nil {
            do throws(ChunkSizeError) {
                try appendDigit(byte, to: &remaining)
            } catch {
                throw .size(error)
            }
        } else if state == .sizeExtension {
            guard !byte.isForbiddenInValue else { throw .invalidExtension(byte) }
        } else if lineLength > 1, byte == 0x3B {
            state = .sizeExtension
        } else if lineLength > 1, byte.isBlank {
            // Section 7.1.1 has readers bear with blanks before the semicolon, and Apache does
            // so before the end of the line as well.
            state = .blank
        } else {
            throw .size(lineLength == 1 && byte == 0x0D ? .missing : .invalidCharacter(byte))
        }
    }

    private mutating func readTrailers(
        _ received: Span<UInt8>, from start: Int
    ) throws(ChunkedError) -> Int {
        if trailer == nil { trailer = TrailerParser(limits: limits) }
        do throws(RequestParseError) {
            let (end, isComplete) = try trailer!.read(received, from: start)
            if isComplete { state = .end }
            return end
        } catch {
            throw .trailer(error)
        }
    }
}

/// Why content is not chunked as it should be.
public enum ChunkedError: Error, Equatable {
    case size(ChunkSizeError)
    case invalidExtension(UInt8)
    /// Longer than LimitRequestFieldSize, extensions included.
    case lineTooLong
    case missingLineEnd
    case trailer(RequestParseError)

    /// What Apache answers: 413 to a size beyond all bounds, else 400.
    public var status: HTTPStatus {
        switch self {
        case .size(.tooLarge), .lineTooLong: .contentTooLarge
        case .trailer(let error): error.status
        default: .badRequest
        }
    }
}
