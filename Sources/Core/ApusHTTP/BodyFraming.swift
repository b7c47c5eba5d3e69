// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// How the content of a request is delimited (RFC 9112 section 6).
///
/// Whatever two readers could understand differently is refused, not guessed: that is what
/// request smuggling is made of. Apache forgives some of it (Tests/Corpus/README.md).
public enum BodyFraming: Sendable, Equatable {
    /// The request ends with its head.
    case none
    /// So many bytes follow; may be zero.
    case length(Int)
    /// Chunks follow, and trailers (`ChunkedDecoder`).
    case chunked

    /// - Throws: `RequestParseError`. The caller answers and closes the connection, for it does
    ///   not know where the next request begins.
    public init(_ head: borrowing RequestHead) throws(RequestParseError) {
        let length = head.fields.firstIndex(of: .contentLength)
        if head.fields.contains(.transferEncoding) {
            let codings = head.fields.combined(.transferEncoding) ?? ""
            // Section 6.1: who speaks 1.0 does not know the coding, so one of the two lies.
            guard head.version >= .http11 else {
                throw RequestParseError(.transferCodingInHTTP10, codings)
            }
            guard length == nil else {
                throw RequestParseError(.contentLengthAndTransferCoding, codings)
            }
            try Self.check(codings)
            self = .chunked
        } else if let length {
            let value = head.fields.value(at: length)
            // A list of equal numbers could pass by section 6.3, but neither Apache nor we see why.
            guard head.fields.firstIndex(of: .contentLength, from: length + 1) == nil,
                let count = parseContentLength(value)
            else {
                throw RequestParseError(
                    .invalidContentLength, head.fields.combined(.contentLength) ?? "")
            }
            self = .length(count)
        } else {
            self = .none
        }
    }

    /// Lets `chunked` pass, alone: nothing decodes another coding before it, and a server that
    /// handed such content on as if it were decoded would lie to the application.
    private static func check(_ codings: String) throws(RequestParseError) {
        let list = codings.utf8Span.span
        if list.equalsIgnoringCase("chunked".utf8Span.span) { return }
        var members: [String] = []
        var start = 0
        while start <= list.count {
            let end = list.firstIndex(of: 0x2C, from: start) ?? list.count
            members.append(String(bytes: list.extracting(list.trimmingBlanks(start..<end))))
            start = end + 1
        }
        let isChunked = members.map { $0.lowercased() == "chunked" }
        guard isChunked.last == true, isChunked.filter({ $0 }).count == 1,
            !members.contains("")
        else { throw RequestParseError(.unknownTransferCoding, codings) }
        throw RequestParseError(.unsupportedTransferCoding, codings)
    }
}

/// Reads a Content-Length: digits and nothing else.
///
/// - Returns: nil for anything else, a sign, a list, or a number that does not fit.
public func parseContentLength(_ digits: Span<UInt8>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var value = 0
    for index in digits.indices {
        guard digits[index].isDigit else { return nil }
        let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflows) = tens.addingReportingOverflow(Int(digits[index] &- 0x30))
        guard !isTooLarge, !overflows else { return nil }
        value = sum
    }
    return value
}
