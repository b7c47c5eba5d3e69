// SPDX-License-Identifier: Apache-2.0

// The three formats that a recipient must read (RFC 9110 section 5.6.7).

extension HTTPDate {
    /// Reads a date in the preferred format, that of RFC 850 or that of asctime().
    ///
    /// Of a year in two digits, 70 to 99 are of the twentieth century, as in `apr_date_parse_http`.
    ///
    /// - Returns: seconds since 1970-01-01 UTC; nil for anything else. A condition on such a date
    ///   is ignored.
    public static func parse(_ text: Span<UInt8>) -> Int? {
        var reader = DateReader(text)
        guard let date = reader.read(), date.isValid else { return nil }
        return date.seconds
    }

    public static func parse(_ text: String) -> Int? { parse(text.utf8Span.span) }
}

/// Reads a date from left to right.
private struct DateReader: ~Escapable {
    private let text: Span<UInt8>
    private var index = 0

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) { self.text = text }

    @_lifetime(self: copy self)
    mutating func read() -> CivilDate? {
        let start = index
        while index < text.count, text[index].isLetter { index += 1 }
        guard index > start, index < text.count else { return nil }
        let isComma = text[index] == 0x2C
        index += 1
        guard isComma else { return index == start + 4 ? readAsctime() : nil }
        guard skip(0x20), let day = number(2), index < text.count else { return nil }
        return text[index] == 0x2D ? readRFC850(day) : readPreferred(day)
    }

    /// `06 Nov 1994 08:49:37 GMT` from after the day on.
    @_lifetime(self: copy self)
    private mutating func readPreferred(_ day: Int) -> CivilDate? {
        guard skip(0x20), let month = month(), skip(0x20), let year = number(4), skip(0x20),
            let (hour, minute, second) = time(), isAtZone()
        else { return nil }
        return CivilDate(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    /// `06-Nov-94 08:49:37 GMT` from after the day on.
    @_lifetime(self: copy self)
    private mutating func readRFC850(_ day: Int) -> CivilDate? {
        guard skip(0x2D), let month = month(), skip(0x2D), let year = number(2), skip(0x20),
            let (hour, minute, second) = time(), isAtZone()
        else { return nil }
        return CivilDate(
            year: year + (year < 70 ? 2000 : 1900), month: month, day: day, hour: hour,
            minute: minute, second: second)
    }

    /// `Nov  6 08:49:37 1994`.
    @_lifetime(self: copy self)
    private mutating func readAsctime() -> CivilDate? {
        guard let month = month(), skip(0x20), let day = skip(0x20) ? number(1) : number(2),
            skip(0x20), let (hour, minute, second) = time(), skip(0x20), let year = number(4),
            index == text.count
        else { return nil }
        return CivilDate(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    @_lifetime(self: copy self)
    private mutating func time() -> (Int, Int, Int)? {
        guard let hour = number(2), skip(0x3A), let minute = number(2), skip(0x3A),
            let second = number(2)
        else { return nil }
        return (hour, minute, second)
    }

    @_lifetime(self: copy self)
    private mutating func isAtZone() -> Bool {
        skip(0x20) && text.count - index == 3
            && text.extracting(index...).equals("GMT".utf8Span.span)
    }

    @_lifetime(self: copy self)
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    @_lifetime(self: copy self)
    private mutating func number(_ digits: Int) -> Int? {
        guard text.count - index >= digits,
            let value = parseContentLength(text.extracting(index..<index + digits))
        else { return nil }
        index += digits
        return value
    }

    @_lifetime(self: copy self)
    private mutating func month() -> Int? {
        guard text.count - index >= 3 else { return nil }
        for month in 0..<12 {
            var isEqual = true
            for offset in 0..<3 {
                let expected = unsafe monthNames.utf8Start[3 * month + offset]
                if text[index + offset].lowercased != expected.lowercased { isEqual = false }
            }
            if isEqual {
                index += 3
                return month + 1
            }
        }
        return nil
    }
}
