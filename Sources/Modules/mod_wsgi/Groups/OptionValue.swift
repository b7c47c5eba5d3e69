// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The values of the options of `WSGIDaemonProcess`.
///
/// `what` is what mod_wsgi's message calls the value.
enum OptionValue {
    static func invalid(_ what: String, _ remedy: String? = nil) -> ArgumentError {
        ArgumentError("Invalid \(what) for WSGI daemon process.", remedy: remedy)
    }

    /// A time in seconds or in the unit it names; 0, which is nil here, for none.
    static func time(_ value: String, _ what: String) throws(ArgumentError) -> Duration? {
        guard value.utf8.first.map({ $0 >= 0x30 && $0 <= 0x39 }) == true,
            let time = Duration(configured: value)
        else { throw invalid(what, "'\(value)' is no time; write a number of seconds") }
        return time == .zero ? nil : time
    }

    static func integer(
        _ value: String, _ what: String, in range: ClosedRange<Int> = 0...Int.max
    ) throws(ArgumentError) -> Int {
        guard let number = Int(value) else {
            throw invalid(what, "'\(value)' is no whole number")
        }
        guard range.contains(number) else { throw invalid(what, "\(number) is out of bounds") }
        return number
    }

    /// A number of bytes, with K, M or G for the powers of 1024.
    static func bytes(_ value: String, _ what: String) throws(ArgumentError) -> Int64 {
        let scales: [Character: Int64] = ["k": 10, "m": 20, "g": 30]
        let scale = value.last.flatMap { scales[Character($0.lowercased())] }
        guard let number = Int64(scale == nil ? value : String(value.dropLast())), number >= 0,
            number <= Int64.max >> (scale ?? 0)
        else { throw invalid(what, "'\(value)' is no number of bytes") }
        return number << (scale ?? 0)
    }

    static func octal(_ value: String, _ what: String) throws(ArgumentError) -> UInt32 {
        guard let number = UInt32(value, radix: 8), number <= 0o7777 else {
            throw invalid(what, "'\(value)' is no number of octal digits, such as 0022")
        }
        return number
    }

    static func flag(_ value: String, _ what: String) throws(ArgumentError) -> Bool {
        switch value.lowercased() {
        case "on": return true
        case "off": return false
        default: throw invalid(what, "'\(value)' is neither On nor Off")
        }
    }

    static func keyword<Value>(
        _ value: String, _ what: String
    ) throws(ArgumentError) -> Value
    where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        guard let keyword = Value(rawValue: value.lowercased()) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw invalid(what, "'\(value)' is none of \(known)")
        }
        return keyword
    }

    static func user(_ value: String, _ what: String) throws(ArgumentError) -> UserAccount {
        if value.isEmpty { throw invalid(what) }
        do throws(APRError) {
            return try UserAccount(value)
        } catch {
            throw invalid(what, "the system knows no user '\(value)'")
        }
    }

    static func group(_ value: String, _ what: String) throws(ArgumentError) -> UInt32 {
        if value.isEmpty { throw invalid(what) }
        do throws(APRError) {
            return try GroupAccount(value).id
        } catch {
            throw invalid(what, "the system knows no group '\(value)'")
        }
    }
}
