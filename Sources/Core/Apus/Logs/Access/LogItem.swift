// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP

/// One `%` item of a format, or the text between two of them.
struct LogItem: Sendable {
    var value: Value
    /// Asked of the request as the client made it, where the server redirected it inside
    /// (`%<`), not of the one that was answered (`%>`).
    var usesOriginal = false
    var condition: StatusCondition?

    /// What is written.
    ///
    /// The letters are those of mod_log_config's table of formats.
    enum Value: Sendable {
        case text([UInt8])
        case client, clientName, peer, localAddress
        case contentBytes(dashForNone: Bool)
        case cookie([UInt8])
        case duration(DurationUnit)
        case environment(String), note(String)
        case filename, path, query, handler, method, version, requestLine, status, user
        case field(FieldName), requestTrailer(FieldName)
        case responseField(FieldName), responseTrailer(FieldName), contentType, connectionField
        case keepAliveRequests, connectionStatus
        case requestID, connectionID
        case canonicalPort, localPort, remotePort
        case process, thread(hexadecimal: Bool)
        case time(LogTimestamp)
        case canonicalName, serverName
        /// What has no value here ever, such as the name an identd would tell.
        case nothing
        case ofModule(LogItemDefinition, argument: String)
    }

    enum DurationUnit: Int64, Sendable {
        case seconds = 1_000_000
        case milliseconds = 1000
        case microseconds = 1
    }
}

/// `%400,501{User-Agent}i`: an item for responses of some statuses, or of all others.
struct StatusCondition: Sendable {
    var statuses: [UInt16]
    var isNegated: Bool

    func holds(for status: UInt16) -> Bool { statuses.contains(status) != isNegated }
}

/// A time in a log line.
struct LogTimestamp: Sendable {
    enum Form: Sendable {
        /// `[18/Sep/2011:19:18:28 -0400]`
        case common
        case seconds, milliseconds, microseconds, millisecondFraction, microsecondFraction
        case strftime(String)
    }

    var form: Form
    /// The time the response had been sent instead of that of the request.
    var isAtEnd: Bool
}

/// An item of `LogFormat` that a module adds.
public struct LogItemDefinition: Sendable {
    /// Appends the value.
    ///
    /// False: there is none, and the log says `-`.
    public typealias Append =
        @Sendable (_ request: borrowing Request, _ argument: String, _ line: inout [UInt8]) -> Bool

    /// What stands behind the `%`: a letter, or `^` and two letters.
    public let name: String
    let append: Append

    public init(_ name: String, _ append: @escaping Append) {
        self.name = name
        self.append = append
    }
}

/// A module that adds items to `LogFormat`: httpd's `ap_register_log_handler`.
public protocol LogItemSource: Module {
    static var logItems: [LogItemDefinition] { get }
}
