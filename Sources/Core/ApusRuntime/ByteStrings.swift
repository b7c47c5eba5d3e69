// SPDX-License-Identifier: Apache-2.0

// A URI path, a field value and a file name are bytes, and most of them are UTF-8. They are kept
// as String, which is what code compares and concatenates; a byte that is not valid UTF-8 is kept
// as the private character U+10FF00 + byte, so that nothing is lost on the way from the client to
// a file name or a CGI variable. A String that came in this way must go out through
// `appendBytes(of:)` or `withBytes`, which restore the bytes.

/// The scalar that stands for byte 0; no client's text contains it unescaped.
private let escapeBase: UInt32 = 0x10FF00

extension String {
    /// Decodes bytes that are most often UTF-8, without losing those that are not.
    public init(bytes: Span<UInt8>) {
        // Not `String(validating:as:)`, which is generic and takes three times as long.
        if let text = try? UTF8Span(validating: bytes), !text.mayHoldEscapedBytes {
            self = String(copying: text)
        } else {
            self = unsafe bytes.withUnsafeBufferPointer { unsafe Self.escaping($0) }
        }
    }

    /// Keeps the valid sequences and escapes every other byte, those of U+10FFxx among them.
    private static func escaping(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        var result = String.UnicodeScalarView()
        var decoder = UTF8.ForwardParser()
        var iterator = unsafe bytes.makeIterator()
        var offset = 0
        while true {
            switch unsafe decoder.parseScalar(from: &iterator) {
            case .valid(let encoded):
                let scalar = UTF8.decode(encoded)
                if scalar.value >= escapeBase {
                    for byte in encoded { result.append(escape(byte)) }
                } else {
                    result.append(scalar)
                }
                offset += encoded.count
            case .error(let length):
                for index in offset..<offset + length { unsafe result.append(escape(bytes[index])) }
                offset += length
            case .emptyInput:
                return String(result)
            }
        }
    }

    private static func escape(_ byte: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(escapeBase + UInt32(byte))!
    }

    /// The bytes this text stands for: its UTF-8, with escaped bytes restored.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.append(bytesOf: self)
        return result
    }

    /// Gives the bytes this text stands for to a function that only reads them; most often no copy
    /// is made.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let text = utf8Span
        if text.mayHoldEscapedBytes, hasEscapedBytes { return try body(bytes.span) }
        return try body(text.span)
    }

    /// Whether a byte of the original was not valid UTF-8.
    public var hasEscapedBytes: Bool {
        utf8Span.mayHoldEscapedBytes && unicodeScalars.contains { $0.value >= escapeBase }
    }
}

extension UTF8Span {
    /// Whether there is a byte with which the escapes begin.
    fileprivate var mayHoldEscapedBytes: Bool {
        if isKnownASCII { return false }
        let bytes = span
        for index in bytes.indices where bytes[index] == 0xF4 { return true }
        return false
    }
}

extension [UInt8] {
    /// Appends the bytes that `text` stands for.
    public mutating func append(bytesOf text: String) {
        let span = text.utf8Span
        guard span.mayHoldEscapedBytes, text.hasEscapedBytes else {
            return append(copying: span.span)
        }
        for scalar in text.unicodeScalars {
            if scalar.value >= escapeBase {
                append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                append(contentsOf: UTF8.encode(scalar)!)
            }
        }
    }
}
