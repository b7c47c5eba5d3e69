// SPDX-License-Identifier: Apache-2.0

/// Dates of HTTP (RFC 9110 section 5.6.7), as seconds since 1970-01-01 UTC.
public enum HTTPDate {
    /// Appends a date as `Sun, 06 Nov 1994 08:49:37 GMT`: 29 bytes.
    ///
    /// - Parameter seconds: from year 0 to 9999; what is beyond counts as the nearest.
    public static func append(_ seconds: Int, to output: inout [UInt8]) {
        let date = CivilDate(seconds: min(max(seconds, -62_167_219_200), 253_402_300_799))
        appendName(dayNames, date.weekday, to: &output)
        output.append(0x2C)
        output.append(0x20)
        appendDigits(date.day, 2, to: &output)
        output.append(0x20)
        appendName(monthNames, date.month - 1, to: &output)
        output.append(0x20)
        appendDigits(date.year, 4, to: &output)
        output.append(0x20)
        appendDigits(date.hour, 2, to: &output)
        output.append(0x3A)
        appendDigits(date.minute, 2, to: &output)
        output.append(0x3A)
        appendDigits(date.second, 2, to: &output)
        output.append(contentsOf: " GMT".utf8)
    }

    /// A date as `Sun, 06 Nov 1994 08:49:37 GMT`.
    public static func text(_ seconds: Int) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(29)
        append(seconds, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private static func appendDigits(_ value: Int, _ width: Int, to output: inout [UInt8]) {
        var divisor = width == 4 ? 1000 : 10
        while divisor > 0 {
            output.append(0x30 + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }

    private static func appendName(
        _ names: StaticString, _ index: Int, to output: inout [UInt8]
    ) {
        for offset in 0..<3 { unsafe output.append(names.utf8Start[3 * index + offset]) }
    }
}

let dayNames: StaticString = "SunMonTueWedThuFriSat"
let monthNames: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

/// A date of the Gregorian calendar, in UTC.
///
/// The arithmetic is that of eras of 400 years which begin on the first of March, so that the
/// leap day is the last of its year (Howard Hinnant, "chrono-compatible low-level date algorithms").
struct CivilDate: Equatable {
    var year: Int
    /// 1 to 12.
    var month: Int
    /// 1 to 31.
    var day: Int
    var hour = 0
    var minute = 0
    var second = 0

    /// 0 is Sunday; 1970 began on a Thursday.
    var weekday: Int { ((days + 4) % 7 + 7) % 7 }

    /// Days since 1970-01-01.
    var days: Int {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Seconds since 1970-01-01.
    var seconds: Int { days * 86_400 + hour * 3_600 + minute * 60 + second }
}

extension CivilDate {
    init(seconds: Int) {
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let time = seconds - days * 86_400
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        hour = time / 3_600
        minute = time / 60 % 60
        second = time % 60
    }

    /// Whether there is such a date, a leap second included.
    var isValid: Bool {
        guard (1...12).contains(month), day >= 1, hour < 24, minute < 60, second <= 60 else {
            return false
        }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        switch month {
        case 2: return day <= (isLeap ? 29 : 28)
        case 4, 6, 9, 11: return day <= 30
        default: return day <= 31
        }
    }
}
