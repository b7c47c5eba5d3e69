// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// What takes the lines of a log. Opened by the parent; the children inherit it.
public enum LogDestination: Sendable, Hashable {
    /// A file opened for appending, or the write end of a pipe to a program.
    case descriptor(CInt)
    /// The system's log, under a name and a facility.
    case syslog(facility: CInt, tag: String)

    /// Writes a line with its newline, by one call, so that lines of several children never mix.
    public func write(_ line: [UInt8], level: LogLevel = .notice) {
        switch self {
        case .descriptor(let descriptor):
            var written = 0
            while written < line.count {
                let count = unsafe line.withUnsafeBytes { bytes in
                    unsafe Glibc.write(
                        descriptor, bytes.baseAddress! + written, bytes.count - written)
                }
                if count == -1 && errno == EINTR { continue }
                // A full disk loses the line and must not lose the request: nobody is left to tell.
                if count <= 0 { return }
                written += count
            }
        case .syslog(let facility, _):
            unsafe cplatform_syslog(
                facility | CInt(min(level.rawValue, 7)), String(decoding: line.dropLast(), as: UTF8.self))
        }
    }
}
