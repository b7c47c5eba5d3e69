// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP
public import ApusRuntime
internal import Glibc

/// A message for the error log, before it is put into a line.
public struct LogEntry {
    public let level: LogLevel
    public let module: String
    /// Such as `AH00128`; empty for messages without one.
    public let number: String
    public let message: String
    /// The system's error that the message is about.
    public let error: SystemError?
    /// Where in the code the message comes from.
    public let source: LogSource
    public let context: LogContext?
    /// The name of the host whose log it is.
    let hostname: String?

    public init(
        level: LogLevel, module: String, number: String, message: String,
        error: SystemError? = nil, source: LogSource = LogSource(), context: LogContext? = nil,
        hostname: String? = nil
    ) {
        self.level = level
        self.module = module
        self.number = number
        self.message = message
        self.error = error
        self.source = source
        self.context = context
        self.hostname = hostname
    }
}

/// A place in the code.
public struct LogSource: Sendable {
    let file: StaticString
    let line: Int

    public init(_ file: StaticString = #fileID, _ line: Int = #line) {
        self.file = file
        self.line = line
    }
}

/// What a line of the error log can tell of the request or connection it is about.
public struct LogContext {
    let connection: Connection
    /// Which request of the connection it is about; nil when about the connection itself.
    let requestNumber: Int?
    public var client: SocketAddress
    public var requestID: String?
    public var fields: Fields?
    public var environment: Table
    public var notes: Table
    public var hostname: String
    public var canonicalName: String

    init(_ request: borrowing Request) {
        connection = request.connection
        requestNumber = request.number
        client = request.clientAddress
        requestID = request.id
        fields = request.head.fields
        environment = request.environment
        notes = request.notes
        hostname = request.serverName
        canonicalName = request.host.name
    }

    init(_ connection: Connection) {
        self.connection = connection
        requestNumber = nil
        client = connection.remoteAddress
        environment = Table()
        notes = connection.notes
        hostname = connection.defaultHost.name
        canonicalName = connection.defaultHost.name
    }
}

/// Where the lines of one `ErrorLog` go, and what they look like.
public final class ErrorLog: Sendable {
    public let destination: LogDestination
    private let format: ErrorLogFormat
    private let requestFormats: [ErrorLogFormat]
    private let connectionFormats: [ErrorLogFormat]

    /// - Parameters:
    ///   - format: that of messages; nil for the standard one of the destination.
    ///   - requestFormats: lines that come before the first message about a request.
    ///   - connectionFormats: lines that come before the first message about a connection.
    public init(
        _ destination: LogDestination, format: ErrorLogFormat? = nil,
        aboutRequests requestFormats: [ErrorLogFormat] = [],
        aboutConnections connectionFormats: [ErrorLogFormat] = []
    ) {
        self.destination = destination
        self.format = format ?? (destination.isSyslog ? .syslog : .standard)
        self.requestFormats = requestFormats
        self.connectionFormats = connectionFormats
    }

    /// Makes what this process, and its programs, say on standard error come here.
    ///
    /// Not for a program that reads the log: it could never see the end of its pipe.
    public func takeStandardError() {
        if case .descriptor(let descriptor) = destination { _ = dup2(descriptor, STDERR_FILENO) }
    }

    /// Writes one line, whole, and before it what is told once of its connection and request.
    public func write(_ entry: LogEntry) {
        if let context = entry.context { introduce(context, entry) }
        write(entry, as: format)
    }

    private func introduce(_ context: LogContext, _ entry: LogEntry) {
        let connection = context.connection
        if !connection.isLogged {
            connection.isLogged = true
            for format in connectionFormats { write(entry, as: format) }
        }
        if let number = context.requestNumber, connection.loggedRequest != number {
            connection.loggedRequest = number
            for format in requestFormats { write(entry, as: format) }
        }
    }

    private func write(_ entry: LogEntry, as format: ErrorLogFormat) {
        guard var line = format.line(for: entry) else { return }
        line.append(0x0A)
        destination.write(line, level: entry.level)
    }
}
