// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime
internal import CPlatform
internal import Glibc

// ErrorLogFormat (httpd manual, core). A blank begins a field, and a field whose item has nothing
// to say is left out whole, from its blank to the next; `% ` begins a field without a blank, and
// `\ ` is a blank that begins none.

/// The layout of a line of the error log.
public struct ErrorLogFormat: Sendable {
    enum Part: Sendable {
        /// Text; with its first byte, a blank, a field may begin.
        case text([UInt8], beginsField: Bool)
        case item(Item, Modifiers, beginsField: Bool)
    }

    struct Modifiers: Sendable {
        /// `-`: where there is nothing to say, a dash says so.
        var printsDash = false
        /// `+`: where there is nothing to say, there is no line.
        var isRequired = false
        /// `7`: only in messages of that level or less important ones.
        var level: Int?
    }

    enum Item: Sendable {
        case client, peer, localAddress, error, sourceFile, keepAliveRequests
        case level, connectionID(onlyOfConnections: Bool), requestID, message, module, process
        case thread, systemThread
        case time(LogTime.Form), formattedTime(String)
        case field(FieldName), note(String), environment(String), canonicalName, serverName
        /// A blank argument where one is needed: nothing to say, ever.
        case nothing
    }

    let parts: [Part]

    /// httpd's own format.
    public static let standard = known("[%{u}t] \(withoutTime)")
    /// The system's log writes the time itself.
    static let syslog = known(withoutTime)

    private static let withoutTime =
        #"[%-m:%l] [pid %P:tid %{g}T] %7F: %E: [client\ %a] %M% ,\ referer:\ %{Referer}i"#

    private static func known(_ text: String) -> ErrorLogFormat {
        do throws(LogFormatError) {
            return try ErrorLogFormat(text)
        } catch {
            preconditionFailure(error.problem)
        }
    }

    /// The line for a message, without its newline.
    ///
    /// Nil: a required item has nothing to say.
    func line(for entry: LogEntry) -> [UInt8]? {
        var line: [UInt8] = []
        var fieldStart = 0
        var dropsField = false
        for part in parts {
            switch part {
            case .text(let text, let beginsField):
                if beginsField { (fieldStart, dropsField) = (line.count, false) }
                if !dropsField { line.append(contentsOf: text) }
            case .item(let item, let modifiers, let beginsField):
                if beginsField { (fieldStart, dropsField) = (line.count, false) }
                // The message is what the line is for; no field takes it along.
                if case .message = item {
                    line.append(messageOf: entry)
                } else if !dropsField {
                    if let level = modifiers.level, level > entry.level.rawValue {
                        dropsField = true
                    } else if !append(item, entry, to: &line) {
                        if modifiers.isRequired { return nil }
                        if modifiers.printsDash { line.append(UInt8(ascii: "-")) }
                        dropsField = !modifiers.printsDash
                    }
                    if dropsField { line.removeSubrange(fieldStart...) }
                }
            }
        }
        return line
    }

    /// Appends the value of an item.
    ///
    /// False: it has nothing to say.
    private func append(_ item: Item, _ entry: LogEntry, to line: inout [UInt8]) -> Bool {
        switch item {
        case .level: line.append(contentsOf: entry.level.name.utf8)
        case .module: line.append(contentsOf: entry.module.utf8)
        case .process: line.append(decimal: Int(getpid()))
        case .thread: line.append(decimal: Int(truncatingIfNeeded: pthread_self()))
        case .systemThread: line.append(decimal: Int(cplatform_thread_id()))
        case .time(let form): line.append(contentsOf: LogTime.now(form).utf8)
        case .formattedTime(let pattern): line.append(bytesOf: LogTime.format(pattern, .now))
        case .sourceFile: line.append(source: entry.source)
        case .error:
            guard let error = entry.error else { return false }
            line.append(bytesOf: "(\(error.code))\(error.reason)")
        case .message, .nothing: return false
        default:
            guard let context = entry.context else {
                return append(item, ofServer: entry, to: &line)
            }
            return append(item, context, to: &line)
        }
        return true
    }

    private func append(
        _ item: Item, ofServer entry: LogEntry, to line: inout [UInt8]
    ) -> Bool {
        guard case .canonicalName = item, let name = entry.hostname else { return false }
        line.append(escaping: name)
        return true
    }

    private func append(_ item: Item, _ context: LogContext, to line: inout [UInt8]) -> Bool {
        let connection = context.connection
        switch item {
        case .client: line.append(addressAndPort: context.client)
        case .peer: line.append(addressAndPort: connection.remoteAddress)
        case .localAddress: line.append(addressAndPort: connection.localAddress)
        case .keepAliveRequests: line.append(decimal: max(0, connection.requestCount - 1))
        case .connectionID(let onlyOfConnections):
            if onlyOfConnections, context.requestNumber != nil { return false }
            line.append(bytesOf: connection.logID)
        case .canonicalName: line.append(escaping: context.canonicalName)
        default:
            guard let value = text(of: item, context) else { return false }
            line.append(escaping: value, as: .message)
        }
        return true
    }

    private func text(of item: Item, _ context: LogContext) -> String? {
        switch item {
        case .requestID: context.requestID
        case .field(let name): context.fields?.combined(name)
        case .note(let name): context.notes[name]
        case .environment(let name): context.environment[name]
        case .serverName: context.requestNumber == nil ? nil : context.hostname
        default: nil
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(messageOf entry: LogEntry) {
        if !entry.number.isEmpty {
            append(contentsOf: entry.number.utf8)
            append(contentsOf: ": ".utf8)
        }
        append(escaping: entry.message, as: .message)
    }

    fileprivate mutating func append(addressAndPort address: SocketAddress) {
        append(address: address)
        append(UInt8(ascii: ":"))
        append(decimal: Int(address.port))
    }

    /// Appends `File.swift(12)`.
    fileprivate mutating func append(source: LogSource) {
        let path = source.file.description
        append(contentsOf: path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...])
        append(UInt8(ascii: "("))
        append(decimal: source.line)
        append(UInt8(ascii: ")"))
    }
}
