// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import CPlatform
internal import Glibc

/// What takes the lines of a log.
///
/// Opened by the parent; the children inherit it.
public enum LogDestination: Sendable, Hashable {
    /// A file opened for appending, or a terminal.
    case descriptor(CInt)
    /// The end of a pipe, to a program that reads the log.
    case pipe(CInt)
    /// The system's log.
    case syslog(facility: CInt)

    var isPipe: Bool {
        if case .pipe = self { true } else { false }
    }

    var isSyslog: Bool {
        if case .syslog = self { true } else { false }
    }

    /// Writes a line with its newline.
    public func write(_ line: [UInt8], level: LogLevel = .notice) {
        switch self {
        case .descriptor, .pipe: write(line.span)
        case .syslog(let facility):
            let text = String(decoding: line.dropLast(), as: UTF8.self)
            unsafe cplatform_syslog(facility | CInt(min(level.rawValue, 7)), text)
        }
    }

    /// Writes lines by one call, so that those of several children never mix.
    ///
    /// What cannot be written is lost. A full disk must not become a request that fails, and
    /// there is nobody left to tell.
    func write(_ lines: Span<UInt8>) {
        guard case .descriptor(let descriptor) = self.asDescriptor else { return }
        var written = 0
        while written < lines.count {
            let count = unsafe lines.withUnsafeBytes { bytes in
                unsafe Glibc.write(
                    descriptor, bytes.baseAddress! + written, bytes.count - written)
            }
            if count == -1 && errno == EINTR { continue }
            if count <= 0 { return }
            written += count
        }
    }

    private var asDescriptor: LogDestination {
        if case .pipe(let descriptor) = self { .descriptor(descriptor) } else { self }
    }
}

extension LogDestination {
    /// Opens the system's log: `syslog[:[facility][:tag]]`.
    init(syslog text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let name = parts.count > 1 ? parts[1].lowercased() : ""
        let facility = Self.facilities[name] ?? LOG_LOCAL7
        // syslog(3) keeps the pointer, so the name is never given back.
        let tag = parts.count > 2 && !parts[2].isEmpty ? parts[2] : "httpd"
        unsafe openlog(strdup(tag), LOG_NDELAY | LOG_CONS | LOG_PID, facility)
        self = .syslog(facility: facility)
    }

    private static let facilities: [String: CInt] = [
        "auth": LOG_AUTH, "authpriv": LOG_AUTHPRIV, "cron": LOG_CRON, "daemon": LOG_DAEMON,
        "ftp": LOG_FTP, "kern": LOG_KERN, "local0": LOG_LOCAL0, "local1": LOG_LOCAL1,
        "local2": LOG_LOCAL2, "local3": LOG_LOCAL3, "local4": LOG_LOCAL4, "local5": LOG_LOCAL5,
        "local6": LOG_LOCAL6, "local7": LOG_LOCAL7, "lpr": LOG_LPR, "mail": LOG_MAIL,
        "news": LOG_NEWS, "syslog": LOG_SYSLOG, "user": LOG_USER, "uucp": LOG_UUCP,
    ]

    /// A file opened for appending; nil when it cannot be.
    public static func file(_ path: String) -> LogDestination? {
        (try? openFile(path)).map { .descriptor($0) }
    }

    /// Opens a log file for appending, so that each write lands behind the last of any process.
    static func openFile(_ path: String) throws(SystemError) -> CInt {
        let opened = unsafe path.withFileSystemPath {
            unsafe Glibc.open($0, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        }
        guard opened >= 0 else { throw .last("open") }
        return opened
    }
}
