// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime
internal import Glibc

// ErrorLogFormat (httpd manual, core). Items are separated by text; a blank that is not escaped
// joins an item with the text around it into a field, which is left out whole when the item has
// nothing to say. `% ` ends a field without writing anything, `\ ` is a blank that ends none.

/// The layout of a line of the error log.
public struct ErrorLogFormat: Sendable {
    /// A part of a line: text, or an item with its modifiers.
    enum Part: Sendable {
        case text(String)
        case item(Item, Modifiers)
        /// The end of a field.
        case delimiter(String)
    }

    struct Modifiers: Sendable {
        var printsDash = false
        var isRequired = false
        var minimumLevel: LogLevel?
    }

    enum Item: Sendable {
        case client, peer, localAddress, error, sourceFile, keepAliveRequests
        case level, connectionID, requestID, message, module, process, thread
        case time(precise: Bool, compact: Bool), formattedTime(String)
        case field(String), note(String), environment(String), serverName, hostname
    }

    let parts: [Part]

    /// httpd's format for servers with threads.
    public static let standard = try! ErrorLogFormat(
        #"[%{u}t] [%-m:%l] [pid %P:tid %T] %7F: %E: [client\ %a] %M% ,\ referer\ %{Referer}i"#)

    /// The line for a message, without its newline. Nil: a required item has no value.
    func line(for entry: LogEntry) -> [UInt8]? {
        var line: [UInt8] = []
        var fieldStart = 0
        var dropsField = false
        for part in parts {
            switch part {
            case .text(let text): line.append(contentsOf: text.utf8)
            case .delimiter(let text):
                if dropsField { line.removeSubrange(fieldStart...) }
                dropsField = false
                // The blank between two fields goes with the one before it.
                if line.count > fieldStart || fieldStart == 0 { line.append(contentsOf: text.utf8) }
                fieldStart = line.count
            case .item(let item, let modifiers):
                if let limit = modifiers.minimumLevel, entry.level < limit {
                    dropsField = true
                    continue
                }
                if let value = value(of: item, entry) {
                    line.append(bytesOf: value)
                } else if modifiers.isRequired {
                    return nil
                } else if modifiers.printsDash {
                    line.append(UInt8(ascii: "-"))
                } else {
                    dropsField = true
                }
            }
        }
        if dropsField { line.removeSubrange(fieldStart...) }
        while line.last == 0x20 { line.removeLast() }
        return line
    }

    private func value(of item: Item, _ entry: LogEntry) -> String? {
        let context = entry.context
        switch item {
        case .client: return context.map { "\($0.client.host):\($0.client.port)" }
        case .peer: return context.map { "\($0.peer.host):\($0.peer.port)" }
        case .localAddress: return context.map { "\($0.local.host):\($0.local.port)" }
        case .error, .sourceFile: return nil
        case .keepAliveRequests:
            return context.flatMap { $0.keepAliveRequests > 0 ? String($0.keepAliveRequests) : nil }
        case .level: return entry.level.name
        case .connectionID: return context?.connectionID
        case .requestID: return context?.requestID
        case .message:
            let message = entry.message.logEscaped
            return entry.number.isEmpty ? message : "\(entry.number): \(message)"
        case .module: return entry.module
        case .process: return String(getpid())
        case .thread: return String(Self.threadID)
        case .time(let precise, let compact): return LogTime.now(precise: precise, compact: compact)
        case .formattedTime(let format): return LogTime.now(format: format)
        case .field(let name): return context?.fields?[name].map(\.logEscaped)
        case .note(let name): return context?.notes[name].map(\.logEscaped)
        case .environment(let name): return context?.environment[name].map(\.logEscaped)
        case .serverName: return context?.canonicalName
        case .hostname: return context?.hostname
        }
    }

    private static var threadID: Int { unsafe Int(bitPattern: UnsafeRawPointer(bitPattern: pthread_self())) }
}

extension String {
    /// With control characters, backslashes and quotes escaped as `ap_escape_logitem` does, so
    /// that a client can forge no line of a log.
    public var logEscaped: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x5C && $0 != 0x22 }) { return self }
        var escaped: [UInt8] = []
        for byte in bytes {
            switch byte {
            case 0x08: escaped.append(contentsOf: "\\b".utf8)
            case 0x0A: escaped.append(contentsOf: "\\n".utf8)
            case 0x0D: escaped.append(contentsOf: "\\r".utf8)
            case 0x09: escaped.append(contentsOf: "\\t".utf8)
            case 0x0B: escaped.append(contentsOf: "\\v".utf8)
            case 0x5C, 0x22: escaped.append(contentsOf: [0x5C, byte])
            case 0x20..<0x7F: escaped.append(byte)
            default:
                let digits = String(byte, radix: 16)
                escaped.append(contentsOf: ("\\x" + (byte < 16 ? "0" : "") + digits).utf8)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
