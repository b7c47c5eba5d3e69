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
    public let context: LogContext?

    public init(
        level: LogLevel, module: String, number: String, message: String, context: LogContext?
    ) {
        self.level = level
        self.module = module
        self.number = number
        self.message = message
        self.context = context
    }
}

/// What a line of the error log can tell of the request or connection it is about.
public struct LogContext {
    public var client: SocketAddress
    public var peer: SocketAddress
    public var local: SocketAddress
    public var keepAliveRequests: Int
    public var connectionID: String
    public var requestID: String?
    public var fields: Fields?
    public var environment: Table
    public var notes: Table
    public var hostname: String
    public var canonicalName: String

    init(_ request: borrowing Request) {
        client = request.clientAddress
        peer = request.connection.remoteAddress
        local = request.connection.localAddress
        keepAliveRequests = max(0, request.connection.requestCount - 1)
        connectionID = String(request.connection.id, radix: 36)
        requestID = request.id
        fields = request.head.fields
        environment = request.environment
        notes = request.notes
        hostname = request.hostname ?? request.host.name
        canonicalName = request.host.name
    }

    init(_ connection: Connection) {
        client = connection.remoteAddress
        peer = connection.remoteAddress
        local = connection.localAddress
        keepAliveRequests = max(0, connection.requestCount - 1)
        connectionID = String(connection.id, radix: 36)
        environment = Table()
        notes = connection.notes
        hostname = connection.defaultHost.name
        canonicalName = connection.defaultHost.name
    }
}

/// Where the lines of one `ErrorLog` go, and what they look like.
public final class ErrorLog: Sendable {
    public let format: ErrorLogFormat
    public let destination: LogDestination

    public init(_ destination: LogDestination, format: ErrorLogFormat = .standard) {
        self.destination = destination
        self.format = format
    }

    /// Writes one line, whole.
    public func write(_ entry: LogEntry) {
        guard var line = format.line(for: entry) else { return }
        line.append(0x0A)
        destination.write(line, level: entry.level)
    }
}
