// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP
internal import ApusRuntime

/// The head of a response that a program behind the server made (RFC 3875 section 6.2).
public struct ScriptHead: Sendable {
    /// `Status: 404 Not Found`: its number, 0 where there is none to be found; and the whole.
    public var status: UInt16?
    public var statusLine: String?
    public var contentType: String?
    public var contentLength: Int64?
    public var location: String?
    public var lastModified: String?
    /// The program wants the client's connection closed.
    public var closesConnection = false
    /// Fields that an error page replaces: `ETag`, `Content-Range`.
    public var fields = Fields()
    /// All others, those of one name made one; `Set-Cookie` apart, which is no list.
    public var otherFields = Fields()

    public init() {}

    /// Takes one field in.
    mutating func add(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        let text = String(bytes: name)
        switch text.lowercased() {
        case "content-type": contentType = String(bytes: value)
        case "status":
            let line = String(bytes: value)
            status = UInt16(line.prefix { $0.isASCII && $0.isNumber }) ?? 0
            statusLine = line
        case "location": location = String(bytes: value)
        case "content-length": contentLength = Int64(String(bytes: value))
        case "last-modified": lastModified = String(bytes: value)
        case "etag", "content-range": fields.set(FieldName(text), value)
        // How the content is framed is between the server and its client.
        case "transfer-encoding", "keep-alive": break
        case "connection":
            closesConnection = String(bytes: value).lowercased().contains("close")
        case "set-cookie": otherFields.append(name, value)
        default: otherFields.merge(text, String(bytes: value))
        }
    }
}

/// Why a response of a program is none.
public enum ScriptHeadError: Error, Sendable, Hashable {
    /// A line that is no field.
    case malformed(String)
}

/// Reads the head of a program's response, in whatever pieces it comes: httpd's
/// `ap_scan_script_header_err_core`.
public struct ScriptHeadParser: Sendable {
    public private(set) var head = ScriptHead()
    /// Whether anything of a head has come.
    public private(set) var hasBegun = false
    private var line: [UInt8] = []

    /// httpd's MAX_STRING_LEN.
    private static let longestLine = 8190

    public init() {}

    /// Reads on.
    ///
    /// - Returns: where the content begins in `bytes`, nil when the head is not complete yet.
    /// - Throws: `ScriptHeadError`; the client gets 500.
    public mutating func parse(_ bytes: Span<UInt8>) throws(ScriptHeadError) -> Int? {
        for index in bytes.indices {
            guard bytes[index] == 0x0A else {
                line.append(bytes[index])
                guard line.count <= Self.longestLine else { throw malformed }
                continue
            }
            if line.last == 0x0D { line.removeLast() }
            hasBegun = true
            if line.isEmpty { return index + 1 }
            try takeLine()
        }
        if !line.isEmpty { hasBegun = true }
        return nil
    }

    private mutating func takeLine() throws(ScriptHeadError) {
        let line = line
        guard let colon = line.firstIndex(of: 0x3A), colon > 0 else { throw malformed }
        var start = colon + 1
        while start < line.count, line[start].isBlank { start += 1 }
        var end = line.count
        while end > start, line[end - 1].isBlank { end -= 1 }
        let name = line.span.extracting(0..<colon)
        guard name.indices.allSatisfy({ !name[$0].isBlank }) else { throw malformed }
        head.add(name, line.span.extracting(start..<end))
        self.line.removeAll(keepingCapacity: true)
    }

    /// The line as httpd shows it: its beginning.
    private var malformed: ScriptHeadError { .malformed(String(bytes: line.span)) }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || self >= 0x09 && self <= 0x0D }
}
