// SPDX-License-Identifier: Apache-2.0

// Written without the server's own parser, which is under test here. It is strict: a line that does
// not end in CRLF, or a chunk that lies about its size, is no response.

extension RawResponse {
    /// Reads the first response of what has arrived.
    ///
    /// - Parameters:
    ///   - method: of the request, since the answer to HEAD has no content.
    ///   - isAtEnd: whether the server has closed, which ends a response without a length.
    /// - Returns: nil while more must arrive, and when the bytes are no response.
    init?(parsing bytes: [UInt8], to method: String, isAtEnd: Bool) {
        self.init()
        guard bytes.starts(with: Array("HTTP/".utf8)) else {
            guard isAtEnd, !bytes.isEmpty else { return nil }
            (body, raw) = (bytes, bytes)
            return
        }
        var cursor = Cursor(bytes: bytes)
        guard let statusLine = cursor.line() else { return nil }
        let words = statusLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, let code = Int(words[1]) else { return nil }
        (version, status) = (String(words[0]), code)
        reason = words.count > 2 ? String(words[2]) : ""
        guard let fields = cursor.fields() else { return nil }
        self.fields = fields

        guard readBody(&cursor, to: method, isAtEnd: isAtEnd) else { return nil }
        raw = Array(bytes[..<cursor.position])
    }

    /// RFC 9112 section 6.3.
    ///
    /// Returns false while more must arrive.
    private mutating func readBody(
        _ cursor: inout Cursor, to method: String, isAtEnd: Bool
    ) -> Bool {
        if method == "HEAD" || status < 200 || status == 204 || status == 304 { return true }
        if self["Transfer-Encoding"].last?.lowercased() == "chunked" {
            while let chunk = cursor.chunk() {
                guard !chunk.isEmpty else {
                    guard let trailers = cursor.fields() else { break }
                    self.trailers = trailers
                    return true
                }
                body += chunk
            }
            guard isAtEnd else { return false }
            isComplete = false
            cursor.position = cursor.bytes.count
            return true
        }
        let length = self["Content-Length"].first.flatMap { Int($0) }
        let available = cursor.bytes.count - cursor.position
        if available < length ?? .max, !isAtEnd { return false }
        let count = min(available, length ?? available)
        body = Array(cursor.bytes[cursor.position..<cursor.position + count])
        cursor.position += count
        isComplete = length.map { $0 == count } ?? true
        return true
    }
}

private struct Cursor {
    let bytes: [UInt8]
    var position = 0

    /// The text up to the next CRLF; nil when there is none.
    mutating func line() -> String? {
        guard let end = bytes[position...].firstIndex(of: 10), end > position,
            bytes[end - 1] == 13
        else { return nil }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end - 1], as: UTF8.self)
    }

    /// The field lines up to and with the empty line.
    mutating func fields() -> [RawResponse.Field]? {
        var fields: [RawResponse.Field] = []
        while let line = line() {
            if line.isEmpty { return fields }
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields.append(.init(name: String(line[..<colon]), value: String(value)))
        }
        return nil
    }

    /// The data of the next chunk, empty for the last; nil when it has not arrived whole.
    mutating func chunk() -> ArraySlice<UInt8>? {
        let start = position
        guard let line = line(), let size = Int(line.prefix(while: \.isHexDigit), radix: 16) else {
            position = start
            return nil
        }
        if size == 0 { return [] }
        let end = position + size
        guard end + 2 <= bytes.count, bytes[end] == 13, bytes[end + 1] == 10 else {
            position = start
            return nil
        }
        defer { position = end + 2 }
        return bytes[position..<end]
    }
}
