// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

// The values of a log line that are more than a number or a text.

extension [UInt8] {
    /// Appends a value, or what stands for none.
    mutating func append(orDash text: String?) {
        if let text {
            append(escaping: text)
        } else {
            append(UInt8(ascii: "-"))
        }
    }

    /// Appends a user's name; an empty one is told from none.
    mutating func append(user: String?) {
        if user == "" {
            append(contentsOf: #""""#.utf8)
        } else {
            append(orDash: user)
        }
    }

    mutating func append(query: String?) {
        guard let query else { return }
        append(UInt8(ascii: "?"))
        append(escaping: query)
    }

    mutating func append(version: HTTPVersion) {
        append(bytesOf: version.description)
    }

    /// Appends the values of all fields of that name, as a list.
    mutating func append(combined name: FieldName, in fields: Fields) {
        guard let first = fields.firstIndex(of: name) else {
            append(UInt8(ascii: "-"))
            return
        }
        append(escaping: fields.value(at: first))
        var next = fields.firstIndex(of: name, from: first + 1)
        while let index = next {
            append(UInt8(ascii: ","))
            append(UInt8(ascii: " "))
            append(escaping: fields.value(at: index))
            next = fields.firstIndex(of: name, from: index + 1)
        }
    }

    /// Appends the media type of a response without its parameters.
    mutating func append(mediaType fields: Fields) {
        guard let index = fields.firstIndex(of: .contentType) else {
            append(UInt8(ascii: "-"))
            return
        }
        let value = fields.value(at: index)
        var end = 0
        while end < value.count, value[end] != UInt8(ascii: ";") { end += 1 }
        append(escaping: value.extracting(trimmed(value, 0..<end)))
    }

    /// Appends the request line.
    ///
    /// The password of a target that has one is nobody's business.
    mutating func append(requestLine head: borrowing RequestHead) {
        let line = head.requestLineBytes
        if line.isEmpty {
            append(UInt8(ascii: "-"))
        } else if let password = passwordRange(in: line) {
            append(escaping: line.extracting(0..<password.lowerBound))
            append(contentsOf: "XXXXXXXX".utf8)
            append(escaping: line.extracting(password.upperBound..<line.count))
        } else {
            append(escaping: line)
        }
    }

    /// Appends the value of a cookie.
    ///
    /// - Parameter name: compared regardless of case, as httpd does.
    mutating func append(cookie name: [UInt8], in fields: Fields) {
        var field = fields.firstIndex(of: .cookie)
        while let index = field {
            let value = fields.value(at: index)
            if let range = cookieRange(of: name.span, in: value) {
                append(escaping: value.extracting(range))
                return
            }
            field = fields.firstIndex(of: .cookie, from: index + 1)
        }
        append(UInt8(ascii: "-"))
    }

    /// Appends an address without its port.
    mutating func append(address: SocketAddress) {
        guard case .v4(let value) = address.address else {
            append(contentsOf: address.host.utf8)
            return
        }
        append(decimal: Int(value >> 24))
        append(UInt8(ascii: "."))
        append(decimal: Int(value >> 16 & 255))
        append(UInt8(ascii: "."))
        append(decimal: Int(value >> 8 & 255))
        append(UInt8(ascii: "."))
        append(decimal: Int(value & 255))
    }
}

/// Where `http://user:password@host/` has its password within a request line.
private func passwordRange(in line: Span<UInt8>) -> Range<Int>? {
    guard var index = authorityStart(in: line) else { return nil }
    var colon: Int?
    while index < line.count {
        switch line[index] {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: " "): return nil
        case UInt8(ascii: ":"): if colon == nil { colon = index }
        case UInt8(ascii: "@"): return colon.map { $0 + 1..<index }
        default: break
        }
        index += 1
    }
    return nil
}

/// The place behind the `://` of a target in absolute form.
private func authorityStart(in line: Span<UInt8>) -> Int? {
    let slash = UInt8(ascii: "/")
    var index = 0
    while index < line.count, line[index] != UInt8(ascii: " ") { index += 1 }
    index += 1
    // Most targets are paths, which are known by their first byte.
    while index + 2 < line.count, line[index] != slash {
        if line[index] == UInt8(ascii: ":") {
            return line[index + 1] == slash && line[index + 2] == slash ? index + 3 : nil
        }
        index += 1
    }
    return nil
}

private func cookieRange(of name: Span<UInt8>, in value: Span<UInt8>) -> Range<Int>? {
    var start = 0
    while start < value.count {
        var end = start
        var equals: Int?
        while end < value.count, value[end] != UInt8(ascii: ";") {
            if equals == nil, value[end] == UInt8(ascii: "=") { equals = end }
            end += 1
        }
        if let equals,
            equalsIgnoringCase(value.extracting(trimmed(value, start..<equals)), name)
        {
            let content = trimmed(value, equals + 1..<end)
            if !content.isEmpty { return content }
        }
        start = end + 1
    }
    return nil
}

private func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
    while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
    return start..<end
}

private func equalsIgnoringCase(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    for index in a.indices where lowercased(a[index]) != lowercased(b[index]) { return false }
    return true
}
