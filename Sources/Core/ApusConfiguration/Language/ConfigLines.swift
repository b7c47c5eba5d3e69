// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// A line of a configuration file, continuations joined and white space at both ends removed.
public struct ConfigLine: Hashable, Sendable {
    public var text: String
    public var location: SourceLocation

    public init(_ text: String, at location: SourceLocation) {
        self.text = text
        self.location = location
    }
}

/// Divides the bytes of a file into lines (httpd: `ap_cfg_getline`).
///
/// A backslash right before the end of a line, CRLF or LF, goes away and the next line follows
/// without a space; a comment continues that way too. A NUL ends what is seen of a line.
public struct ConfigLines {
    /// The longest line of a server's file, in bytes, and of an `.htaccess` file.
    public static let serverLimit = 16 << 20
    public static let htaccessLimit = 8192

    public let file: String
    public private(set) var line = 0
    private let bytes: [UInt8]
    private var position = 0
    private let limit: Int

    public init(_ bytes: [UInt8], file: String, limit: Int = serverLimit) {
        self.bytes = bytes
        self.file = file
        self.limit = limit
    }

    public var location: SourceLocation { SourceLocation(file: file, line: line) }

    /// - Returns: nil at the end of the file.
    /// - Throws: `ArgumentError` for a line beyond the limit. Nothing behind it can be read.
    public mutating func next() throws(ArgumentError) -> ConfigLine? {
        guard position < bytes.count else { return nil }
        var joined: [UInt8] = []
        while position < bytes.count {
            line += 1
            let end = bytes[position...].firstIndex(of: lineFeed) ?? bytes.count
            var piece = bytes[position..<end]
            position = min(end + 1, bytes.count)
            if let null = piece.firstIndex(of: 0) {
                joined += piece[..<null]
                break
            }
            let isContinued = end < bytes.count && Self.dropContinuation(&piece)
            joined += piece
            if !isContinued { break }
        }
        guard joined.count < limit else {
            throw ArgumentError("Error reading \(file) at line \(line): Line too long")
        }
        return ConfigLine(Self.trimmed(joined), at: location)
    }

    private static func dropContinuation(_ piece: inout ArraySlice<UInt8>) -> Bool {
        var end = piece.endIndex
        if end > piece.startIndex, piece[end - 1] == 0x0D { end -= 1 }
        guard end > piece.startIndex, piece[end - 1] == UInt8(ascii: "\\") else { return false }
        piece = piece[..<(end - 1)]
        return true
    }

    /// A text without white space at both ends.
    static func trimmed(_ text: String) -> String { trimmed(text.bytes) }

    private static func trimmed(_ bytes: [UInt8]) -> String {
        guard let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(bytes: bytes.span.extracting(first...last))
    }
}

private let lineFeed: UInt8 = 0x0A
