// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What a line looks at.
enum RequestAttribute: Sendable, Equatable {
    case remoteHost, remoteAddress, serverAddress, method, protocolVersion, path
    /// A field of the request; where there is none, a variable of that name.
    case field(FieldName)
    /// The last of the fields whose names match.
    case fields(FieldPattern)

    init(_ name: String, ignoringCase: Bool) throws(RegularExpressionError) {
        switch name.lowercased() {
        case "remote_host": self = .remoteHost
        case "remote_addr": self = .remoteAddress
        case "server_addr": self = .serverAddress
        case "request_method": self = .method
        case "request_protocol": self = .protocolVersion
        case "request_uri": self = .path
        default:
            self =
                name.utf8.allSatisfy(Self.isOfPlainName)
                ? .field(FieldName(name))
                : .fields(try FieldPattern(name, ignoringCase: ignoringCase))
        }
    }

    private static func isOfPlainName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Hands the value to `body`; what is missing is as good as empty.
    func withValue<Result>(
        of request: borrowing Request, _ body: (Span<UInt8>) -> Result
    ) -> Result {
        switch self {
        case .field(let name):
            let fields = request.fields
            if let index = fields.firstIndex(of: name) { return body(fields.value(at: index)) }
            return (request.environment[name.name] ?? "").withBytes(body)
        case .fields(let pattern):
            let fields = request.fields
            guard let index = pattern.lastIndex(in: fields) else { return "".withBytes(body) }
            return body(fields.value(at: index))
        case .remoteHost:
            return (request.knownRemoteHost ?? request.clientAddress.host).withBytes(body)
        case .remoteAddress: return request.clientAddress.host.withBytes(body)
        case .serverAddress: return request.connection.localAddress.host.withBytes(body)
        case .method: return request.method.name.withBytes(body)
        case .protocolVersion: return request.head.version.description.withBytes(body)
        case .path: return request.path.withBytes(body)
        }
    }
}

/// A regular expression for the names of fields.
final class FieldPattern: Sendable, Equatable {
    private let expression: RegularExpression

    init(_ pattern: String, ignoringCase: Bool) throws(RegularExpressionError) {
        expression = try RegularExpression(
            pattern, ignoringCase ? [.standard, .ignoreCase] : .standard)
    }

    func lastIndex(in fields: Fields) -> Int? {
        for index in fields.indices.reversed() where expression.matches(fields.name(at: index)) {
            return index
        }
        return nil
    }

    static func == (a: FieldPattern, b: FieldPattern) -> Bool { a === b }
}
