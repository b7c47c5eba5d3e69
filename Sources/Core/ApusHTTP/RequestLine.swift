// SPDX-License-Identifier: Apache-2.0

/// The parts of a request line (RFC 9112 section 3), as places in the bytes received.
struct RequestLine: Sendable {
    private let methodID: UInt8
    private let methodRange: ByteRange
    let targetRange: ByteRange
    let target: RequestTarget
    let version: HTTPVersion

    /// - Parameter range: the line without its end.
    init(
        _ bytes: Span<UInt8>, _ range: Range<Int>, options: ProtocolOptions
    ) throws(RequestParseError) {
        let words = try Words(bytes, range, isStrict: options.isStrict)
        let method = HTTPMethod(bytes: bytes.extracting(words.method))
        methodID = method.id
        methodRange = ByteRange(words.method)
        targetRange = ByteRange(words.target)
        do throws(RequestParseError.Fault) {
            version = try words.version(bytes, isStrict: options.isStrict)
        } catch {
            throw RequestParseError(error, bytes, words.protocol)
        }
        if version == .http09 {
            guard options.allowsHTTP09 else { throw RequestParseError(.rejectedHTTP09) }
            guard method == .get || !options.isStrict else {
                throw RequestParseError(.invalidMethodForHTTP09, method.name)
            }
        }
        do throws(RequestParseError.Fault) {
            target = try RequestTarget(
                bytes, words.target, method: method, isStrict: options.isStrict)
        } catch {
            throw RequestParseError(error, bytes, words.target)
        }
    }

    /// - Parameter bytes: those that the line was read from.
    func method(in bytes: Span<UInt8>) -> HTTPMethod {
        methodID == HTTPMethod.unknown
            ? HTTPMethod(bytes: bytes.extracting(methodRange.range)) : HTTPMethod(id: methodID)
    }
}

/// The three words of a request line, their characters checked.
private struct Words {
    var method: Range<Int>
    var target: Range<Int>
    /// Empty in a request of HTTP/0.9.
    var `protocol`: Range<Int>

    init(
        _ bytes: Span<UInt8>, _ line: Range<Int>, isStrict: Bool
    ) throws(RequestParseError) {
        if let usual = Self(usual: bytes, line) {
            self = usual
            return
        }
        let end = line.upperBound
        var index = line.lowerBound
        guard !bytes[index].isWhitespace else { throw RequestParseError(.invalidWhitespace) }
        while index < end, bytes[index].isMethodCharacter(isStrict: isStrict) { index += 1 }
        method = line.lowerBound..<index
        guard index < end else { throw RequestParseError(.missingTarget, bytes, line) }
        guard !method.isEmpty, bytes[index].isWhitespace else {
            throw RequestParseError(.invalidMethod, bytes, line)
        }
        index = try Self.skipSpace(bytes, index..<end, isStrict: isStrict)
        guard index < end else { throw RequestParseError(.missingTarget) }
        let start = index
        while index < end, bytes[index].isVisible { index += 1 }
        target = start..<index
        guard index == end || bytes[index].isWhitespace else {
            throw RequestParseError(.invalidTarget, bytes, start..<end)
        }
        `protocol` = end..<end
        guard index < end else { return }
        index = try Self.skipSpace(bytes, index..<end, isStrict: isStrict)
        let protocolStart = index
        while index < end, bytes[index].isVisible { index += 1 }
        `protocol` = protocolStart..<index
        try Self.checkEnd(bytes, protocolStart, index..<end, isStrict: isStrict)
    }

    /// `GET target HTTP/1.1`, as nearly every line is; nil for any other.
    private init?(usual bytes: Span<UInt8>, _ line: Range<Int>) {
        // "GET " and "HTTP/1.1" as numbers.
        let method: UInt32 = 0x2054_4547
        let version: UInt64 = 0x312E_312F_5054_5448
        let start = line.lowerBound + 4
        let end = line.upperBound - 9
        guard start < end, bytes[end] == 0x20,
            UInt32(littleEndian: bytes.load(at: line.lowerBound)) == method,
            UInt64(littleEndian: bytes.load(at: end + 1)) == version
        else { return nil }
        for index in start..<end where !bytes[index].isVisible { return nil }
        self.method = line.lowerBound..<start - 1
        target = start..<end
        `protocol` = end + 1..<line.upperBound
    }

    /// What stands between two words: one space, or several where that is allowed.
    ///
    /// Where a tab counted as space, another reader could see other words.
    private static func skipSpace(
        _ bytes: Span<UInt8>, _ range: Range<Int>, isStrict: Bool
    ) throws(RequestParseError) -> Int {
        var index = range.lowerBound
        while index < range.upperBound, bytes[index].isWhitespace {
            guard bytes[index] == 0x20 else { throw RequestParseError(.invalidWhitespace) }
            index += 1
        }
        guard !isStrict || index == range.lowerBound + 1 && index < range.upperBound else {
            throw RequestParseError(.excessWhitespace)
        }
        return index
    }

    private static func checkEnd(
        _ bytes: Span<UInt8>, _ start: Int, _ rest: Range<Int>, isStrict: Bool
    ) throws(RequestParseError) {
        guard !rest.isEmpty else { return }
        let text = start..<rest.upperBound
        guard bytes[rest.lowerBound].isWhitespace else {
            throw RequestParseError(.unrecognizedProtocol, bytes, text)
        }
        guard !isStrict else { throw RequestParseError(.excessWhitespace) }
        for index in rest where bytes[index] != 0x20 {
            throw RequestParseError(
                bytes[index].isWhitespace ? .invalidWhitespace : .trailingText, bytes, text)
        }
    }

    /// The version of `HTTP/x.y`: one digit each, and in capitals where we are strict.
    func version(
        _ bytes: Span<UInt8>, isStrict: Bool
    ) throws(RequestParseError.Fault) -> HTTPVersion {
        guard !`protocol`.isEmpty else { return .http09 }
        let word = bytes.extracting(`protocol`)
        let name: StaticString = "HTTP/"
        guard word.count == 8, word[5].isDigit, word[6] == 0x2E, word[7].isDigit else {
            throw .unrecognizedProtocol
        }
        for index in 0..<5 {
            let expected = unsafe name.utf8Start[index]
            let byte = word[index]
            guard byte == expected || !isStrict && byte == expected.lowercased else {
                throw .unrecognizedProtocol
            }
        }
        let version = HTTPVersion(word[5] - 0x30, word[7] - 0x30)
        guard version.major > 0 else { throw .unrecognizedProtocol }
        // Apache reads on as if it were 1.x. But such a client expects another protocol.
        guard version.major == 1 else { throw .unsupportedVersion }
        return version
    }
}

extension UInt8 {
    /// Neither space nor control character: `vchar` or `obs-text`.
    fileprivate var isVisible: Bool { self > 0x20 && self != 0x7F }

    fileprivate func isMethodCharacter(isStrict: Bool) -> Bool {
        isStrict ? isTokenCharacter : isVisible
    }
}
