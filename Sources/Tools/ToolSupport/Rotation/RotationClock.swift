// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The time that intervals and names go by: seconds since 1970, moved by the zone's offset, so
/// that a multiple of 86400 is midnight there.
struct RotationClock {
    enum Zone: Equatable {
        case offset(seconds: Int)
        case local
    }

    let zone: Zone
    /// Seconds since 1970 in UTC.
    let source: () -> Int

    init(_ zone: Zone, source: @escaping () -> Int = { time(nil) }) {
        self.zone = zone
        self.source = source
    }

    /// The present, moved by the zone's offset.
    var now: Int {
        let now = source()
        return switch zone {
        case .offset(let seconds): now + seconds
        case .local: unsafe now + Self.localTime(now).tm_gmtoff
        }
    }

    /// A moment in the form of strftime(3).
    ///
    /// - Parameter moment: as `now` gives it.
    func text(_ format: String, at moment: Int) -> String {
        var moment = moment
        var fields = unsafe tm()
        unsafe gmtime_r(&moment, &fields)
        if zone == .local {
            let local = unsafe Self.localTime(source())
            unsafe fields.tm_gmtoff = local.tm_gmtoff
            unsafe fields.tm_zone = local.tm_zone
        }
        // strftime answers 0 for a text that does not fit as for an empty one; the mark tells them
        // apart.
        var size = 256
        while size <= 1 << 20 {
            var buffer = [CChar](repeating: 0, count: size)
            let count = unsafe strftime(&buffer, size, format + "|", &fields)
            if count > 0 {
                return String(
                    decoding: buffer[..<(count - 1)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            size *= 2
        }
        return format
    }

    private static func localTime(_ moment: Int) -> tm {
        var moment = moment
        var fields = unsafe tm()
        unsafe localtime_r(&moment, &fields)
        return unsafe fields
    }
}
