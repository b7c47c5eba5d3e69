// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

extension LogItem.Value {
    /// The item of that name, from the core's table or from a module's.
    init?(_ name: String, _ argument: String) {
        switch name {
        case "a": self = argument == "c" ? .peer : .client
        case "A": self = .localAddress
        case "b": self = .contentBytes(dashForNone: true)
        case "B": self = .contentBytes(dashForNone: false)
        case "C": self = .cookie(argument.bytes)
        case "D": self = .duration(.microseconds)
        case "e": self = .environment(argument)
        case "f": self = .filename
        case "h": self = argument == "c" ? .peer : .clientName
        case "H": self = .version
        case "i": self = .field(FieldName(argument))
        case "k": self = .keepAliveRequests
        case "l": self = .nothing
        case "L": self = argument == "c" ? .connectionID : .requestID
        case "m": self = .method
        case "n": self = .note(argument)
        case "o": self = .responseValue(argument)
        case "p": self = .port(argument)
        case "P": self = .processOrThread(argument)
        case "q": self = .query
        case "r": self = .requestLine
        case "R": self = .handler
        case "s": self = .status
        case "t": self = .time(LogTimestamp(argument))
        case "T": self = .duration(unit: argument)
        case "u": self = .user
        case "U": self = .path
        case "v": self = .canonicalName
        case "V": self = .serverName
        case "X": self = .connectionStatus
        case "^ti": self = .requestTrailer(FieldName(argument))
        case "^to": self = .responseTrailer(FieldName(argument))
        default:
            guard let definition = LogRegistry.item(name) else { return nil }
            self = .ofModule(definition, argument: argument)
        }
    }

    private static func responseValue(_ name: String) -> Self {
        switch name.lowercased() {
        case "content-type": .contentType
        case "connection": .connectionField
        default: .responseField(FieldName(name))
        }
    }

    // An argument that is none of those known is written as it stands, as httpd does.

    private static func port(_ argument: String) -> Self {
        switch argument.lowercased() {
        case "", "canonical": .canonicalPort
        case "local": .localPort
        case "remote": .remotePort
        default: .text(argument.bytes)
        }
    }

    private static func processOrThread(_ argument: String) -> Self {
        switch argument {
        case "", "pid": .process
        case "tid": .thread(hexadecimal: false)
        case "hextid": .thread(hexadecimal: true)
        default: .text(argument.bytes)
        }
    }

    private static func duration(unit: String) -> Self {
        switch unit.lowercased() {
        case "", "s": .duration(.seconds)
        case "ms": .duration(.milliseconds)
        case "us": .duration(.microseconds)
        default: .text(unit.bytes)
        }
    }
}

extension LogTimestamp {
    /// Reads what stands in the braces of `%{...}t`.
    init(_ argument: String) {
        var rest = argument[...]
        var isAtEnd = false
        for (prefix, meansEnd) in [("begin", false), ("end", true)] {
            if rest == prefix || rest.hasPrefix("\(prefix):") {
                isAtEnd = meansEnd
                rest = rest.dropFirst(prefix.count + 1)
                break
            }
        }
        self.isAtEnd = isAtEnd
        form =
            switch rest {
            case "": .common
            case "sec": .seconds
            case "msec": .milliseconds
            case "usec": .microseconds
            case "msec_frac": .millisecondFraction
            case "usec_frac": .microsecondFraction
            default: .strftime(String(rest))
            }
    }
}
