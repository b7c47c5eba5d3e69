// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

// The variables of a request go straight from the bytes of its head into the packet, without a
// table between: this is done for each request, and most of them want nothing else of the front.
// Later ones win in the worker, so what a client or SetEnv could pass off as the server's comes
// first.

/// What packets are written with; moved to who writes one, and back (`Dispatcher.takeWriter`).
struct PacketWriter: ~Copyable {
    var packet = PacketBuffer()
    var variables = RequestVariables()
}

/// Writes the variables of requests (PEP 3333, RFC 3875 section 4.1, mod_wsgi).
struct RequestVariables {
    private let keys = FieldKeys()
    /// The keys of a request's fields: a number, or one of those below.
    private var fieldKeys: [VariableKey] = []
    /// A name in capitals: the first `nameLength` of these bytes.
    private var nameBytes: [UInt8]
    private var nameLength = 0

    /// A field that is no variable: of a name that could pass for another's, or a secret.
    private static let dropped = VariableKey(rawValue: 254)
    /// One that has been joined to an earlier one of its name.
    private static let joined = VariableKey(rawValue: 253)

    init() {
        fieldKeys.reserveCapacity(100)
        nameBytes = [UInt8](repeating: 0, count: 256)
    }

    /// - Parameter division: that of the path (`ScriptPath`).
    mutating func write(
        _ request: borrowing Request, _ target: Target, dividedAt division: Int?,
        to packet: inout PacketBuffer
    ) {
        for (name, value) in request.environment.entries where Self.isFree(name) {
            packet.append(literal: name, value)
        }
        let proxies = TrustedProxies.judge(request, target.settings)
        writeFields(of: request, target, without: proxies?.dropped ?? [], to: &packet)
        packet.append(target.constants)
        writeRequest(request, target, dividedAt: division, to: &packet)
        writeServer(of: request, scheme: scheme(of: request, proxies), to: &packet)
        writeConnection(of: request, as: .environment, to: &packet)
        for (key, value) in proxies?.values ?? [] { packet.append(key, value) }
    }

    /// Whether a variable of the server's environment may have that name.
    private static func isFree(_ name: String) -> Bool {
        !name.hasPrefix("wsgi.") && !name.hasPrefix("mod_wsgi.") && name != "HTTPS"
    }

    /// The scheme that the client used: as a proxy that is trusted says, or `SetEnvIf`, or as it is
    /// on this connection.
    private func scheme(
        of request: borrowing Request, _ proxies: TrustedProxies.Verdict?
    ) -> String {
        if let scheme = proxies?.scheme { return scheme }
        if !request.environment.isEmpty, let value = request.environment["HTTPS"],
            value == "1" || value.lowercased() == "on"
        {
            return "https"
        }
        return request.connection.scheme
    }

    // MARK: The request

    private func writeRequest(
        _ request: borrowing Request, _ target: Target, dividedAt division: Int?,
        to packet: inout PacketBuffer
    ) {
        writeMethod(of: request, target, to: &packet)
        packet.append(.queryString, request.query ?? "")
        writeTarget(of: request.head, to: &packet)
        writeProtocol(of: request, to: &packet)
        writePaths(of: request, dividedAt: division, withPlain: true, to: &packet)
        packet.append(.requestStart, decimal: UInt64(max(0, request.received.microseconds)))
        if request.body.isPresent, request.body.count == nil { packet.append(.inputChunked, "1") }
    }

    private func writeTarget(of head: borrowing RequestHead, to packet: inout PacketBuffer) {
        packet.append(.requestURI, head.targetBytes)
    }

    private func writeProtocol(of request: borrowing Request, to packet: inout PacketBuffer) {
        if request.head.version == .http11 {
            packet.append(.serverProtocol, constant: "HTTP/1.1")
        } else {
            packet.append(.serverProtocol, request.head.version.description)
        }
    }

    private func writeScheme(
        _ scheme: String, as key: VariableKey = .urlScheme, to packet: inout PacketBuffer
    ) {
        if scheme == "http" {
            packet.append(key, constant: "http")
        } else {
            packet.append(key, scheme)
        }
    }

    /// Writes the two parts of the path.
    ///
    /// - Parameters:
    ///   - division: that of `ScriptPath`.
    ///   - withPlain: whether once more, under mod_wsgi's names.
    private func writePaths(
        of request: borrowing Request, dividedAt division: Int?, withPlain: Bool,
        to packet: inout PacketBuffer
    ) {
        guard let division else {
            return writeOddPaths(of: request, withPlain: withPlain, to: &packet)
        }
        unsafe request.path.utf8.withContiguousStorageIfAvailable { path in
            let path = unsafe path.span
            write(
                scriptName: path.extracting(..<division), pathInfo: path.extracting(division...),
                withPlain: withPlain, to: &packet)
        }
    }

    /// Writes those of a path that is not simply the one and then the other.
    private func writeOddPaths(
        of request: borrowing Request, withPlain: Bool, to packet: inout PacketBuffer
    ) {
        let count = ScriptPath.nameLength(of: request)
        let rest = request.pathInfo?.utf8.count ?? 0
        if ScriptPath.hasDoubleSlash(request.path) || count + rest != request.path.utf8.count {
            let name = ScriptPath.name(of: request)
            let info = ScriptPath.collapsed(request.pathInfo ?? "")
            return write(
                scriptName: name.bytes.span, pathInfo: info.bytes.span, withPlain: withPlain,
                to: &packet)
        }
        request.path.withBytes { path in
            // A path with bytes that are no UTF-8 is longer as text than as bytes.
            let info = (request.pathInfo ?? "").bytes
            let start =
                path.count == request.path.utf8.count
                ? min(count, path.count) : path.count - info.count
            write(
                scriptName: path.extracting(..<start), pathInfo: info.span, withPlain: withPlain,
                to: &packet)
        }
    }

    private func write(
        scriptName: Span<UInt8>, pathInfo: Span<UInt8>, withPlain: Bool,
        to packet: inout PacketBuffer
    ) {
        packet.append(.scriptName, scriptName)
        packet.append(.pathInfo, pathInfo)
        guard withPlain else { return }
        packet.append(.plainScriptName, scriptName)
        packet.append(.plainPathInfo, pathInfo)
    }

    private func writeMethod(
        of request: borrowing Request, _ target: Target, to packet: inout PacketBuffer
    ) {
        if request.method == .get {
            packet.append(.requestMethod, constant: "GET")
        } else {
            packet.append(.requestMethod, method(of: request, target))
        }
    }

    private func method(of request: borrowing Request, _ target: Target) -> String {
        guard request.isHead else { return request.method.name }
        switch target.settings.values.mapsHeadToGet {
        case .on: return "GET"
        case .off: return "HEAD"
        case .auto: return request.hasContentFilters ? "GET" : "HEAD"
        }
    }

    // MARK: The connection

    private func writeServer(
        of request: borrowing Request, scheme: String, to packet: inout PacketBuffer
    ) {
        packet.append(.serverName, request.serverNameInURL)
        packet.append(.serverPort, decimal: UInt64(request.serverPort))
        packet.append(.serverSignature, request.signature(prefix: ""))
        writeScheme(request.scheme, as: .requestScheme, to: &packet)
        writeScheme(scheme, to: &packet)
        if scheme == "https" { packet.append(.https, constant: "1") }
        if let name = request.knownRemoteHost { packet.append(literal: "REMOTE_HOST", name) }
        if let user = request.user { packet.append(.remoteUser, user) }
        if let type = request.authType { packet.append(.authType, type) }
    }

    /// Writes what is known of the two ends, and the request's identifier behind.
    ///
    /// All but the end of that is the same in each request of a connection, and is written once.
    private func writeConnection(
        of request: borrowing Request, as kind: ConnectionVariables.Kind,
        to packet: inout PacketBuffer
    ) {
        let connection = request.connection
        let start: Int
        if let known = connection[state: ConnectionVariables.self],
            known.isFor(request.clientAddress, kind)
        {
            packet.append(known.variables)
            start = packet.count - known.identifierLength
        } else {
            let first = packet.count
            let others = packet.variableCount
            if kind == .environment { writeListener(of: connection, to: &packet) }
            packet.append(.serverAddress, connection.localAddress)
            if kind == .scope {
                packet.append(.serverPort, decimal: UInt64(connection.localAddress.port))
            }
            packet.append(.remoteAddress, request.clientAddress)
            packet.append(.remotePort, decimal: UInt64(request.clientAddress.port))
            start = packet.begin(.requestID)
            packet.append(connection.logID)
            packet.append(0x2E)
            // A connection that is used once has nothing of it.
            if request.number > 1 {
                connection[state: ConnectionVariables.self] = ConnectionVariables(
                    client: request.clientAddress, kind,
                    EncodedVariables(
                        bytes: packet.bytes(from: first), count: packet.variableCount - others),
                    identifierLength: packet.count - start)
            }
        }
        packet.append(decimal: UInt64(request.number))
        packet.end(start)
    }

    private func writeListener(of connection: Connection, to packet: inout PacketBuffer) {
        packet.append(.listenerHost, connection.localAddress)
        packet.append(.listenerPort, decimal: UInt64(connection.localAddress.port))
        packet.append(.connectionID, connection.logID)
    }

    // MARK: Fields

    private mutating func writeFields(
        of request: borrowing Request, _ target: Target, without dropped: [String],
        to packet: inout PacketBuffer
    ) {
        let fields = request.head.fields
        let repeated = findKeys(fields, passesAuthorization: target.passesAuthorization)
        if !dropped.isEmpty {
            for index in fields.indices
            where dropped.contains(FieldVariable.name(fields.nameText(at: index))) {
                fieldKeys[index] = Self.dropped
            }
        }
        for index in fields.indices {
            let key = fieldKeys[index]
            if key == Self.dropped || key == Self.joined { continue }
            if key == .literal {
                capitalize(fields.name(at: index), prefixed: true)
                let start = packet.begin(literal: nameBytes.span.extracting(..<nameLength))
                packet.append(fields.value(at: index))
                if repeated { join(fields, from: index, to: &packet) }
                packet.end(start, lengthAt: start - nameLength - 4)
            } else {
                let start = packet.begin(key)
                packet.append(fields.value(at: index))
                if repeated { join(fields, from: index, to: &packet) }
                packet.end(start)
            }
        }
    }

    /// Finds the keys of all fields.
    ///
    /// - Returns: whether some name may stand there twice.
    private mutating func findKeys(_ fields: Fields, passesAuthorization: Bool) -> Bool {
        fieldKeys.removeAll(keepingCapacity: true)
        var seen: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var literals = 0
        var isRepeated = false
        for index in fields.indices {
            let key = key(of: fields.name(at: index), passesAuthorization)
            fieldKeys.append(key)
            if key == .literal {
                literals += 1
                continue
            }
            if key == Self.dropped { continue }
            let bit: UInt64 = 1 << UInt64(key.rawValue & 63)
            switch key.rawValue >> 6 {
            case 0: Self.note(bit, &seen.0, &isRepeated)
            case 1: Self.note(bit, &seen.1, &isRepeated)
            case 2: Self.note(bit, &seen.2, &isRepeated)
            default: Self.note(bit, &seen.3, &isRepeated)
            }
        }
        return isRepeated || literals > 1
    }

    private static func note(_ bit: UInt64, _ seen: inout UInt64, _ isRepeated: inout Bool) {
        if seen & bit != 0 { isRepeated = true }
        seen |= bit
    }

    private mutating func key(of field: Span<UInt8>, _ passesAuthorization: Bool) -> VariableKey {
        guard capitalize(field, prefixed: false) else { return Self.dropped }
        switch nameLength {
        // Whoever reads HTTP_PROXY takes it for a setting of the administrator's (httpoxy).
        case 5 where isName("PROXY"): return Self.dropped
        case 12 where isName("CONTENT_TYPE"): return .contentType
        case 13 where isName("AUTHORIZATION"):
            return passesAuthorization ? .authorization : Self.dropped
        case 14 where isName("CONTENT_LENGTH"): return .contentLength
        case 19 where isName("PROXY_AUTHORIZATION"): return Self.dropped
        case 0...FieldKeys.longestName:
            return keys.find(nameBytes.span.extracting(..<nameLength))
        default: return .literal
        }
    }

    /// - Parameter other: as long as the name in capitals.
    private func isName(_ other: StaticString) -> Bool {
        for index in 0..<nameLength where unsafe nameBytes[index] != other.utf8Start[index] {
            return false
        }
        return true
    }

    /// Puts a field's name into `nameBytes`, in capitals.
    ///
    /// - Returns: false for one with other bytes than letters, digits and `-`: two different
    ///   fields would become one variable, and a client could pass one off as the other.
    @discardableResult
    private mutating func capitalize(_ field: Span<UInt8>, prefixed: Bool) -> Bool {
        let start = prefixed ? FieldKeys.prefix.count : 0
        nameLength = start + field.count
        if nameLength > nameBytes.count {
            nameBytes = [UInt8](repeating: 0, count: 2 * nameLength)
        }
        if prefixed { nameBytes.replaceSubrange(..<start, with: FieldKeys.prefix) }
        var bytes = nameBytes.mutableSpan
        for index in field.indices {
            switch field[index] {
            case 0x61...0x7A: bytes[start + index] = field[index] - 0x20
            case 0x41...0x5A, 0x30...0x39: bytes[start + index] = field[index]
            case 0x2D: bytes[start + index] = 0x5F
            default: return false
            }
        }
        return true
    }

    /// Adds what later fields of the same name say.
    private mutating func join(_ fields: Fields, from first: Int, to packet: inout PacketBuffer) {
        let key = fieldKeys[first]
        for index in first + 1..<max(first + 1, fields.count) where fieldKeys[index] == key {
            if key == .literal, !Self.equal(fields.name(at: first), fields.name(at: index)) {
                continue
            }
            fieldKeys[index] = Self.joined
            packet.append(key == .cookie ? 0x3B : 0x2C)
            packet.append(0x20)
            packet.append(fields.value(at: index))
        }
    }

    private static func equal(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        for index in a.indices {
            // Letters, digits and `-` alone: case is one bit.
            if a[index] | 0x20 != b[index] | 0x20 { return false }
        }
        return true
    }
}

// MARK: - ASGI

extension RequestVariables {
    /// Writes what a scope is made of: the fields as they came, and a few variables.
    ///
    /// - Parameter division: that of the path (`ScriptPath`).
    mutating func writeScope(
        _ request: borrowing Request, _ target: Target, dividedAt division: Int?,
        isWebSocket: Bool,
        to packet: inout PacketBuffer
    ) {
        let proxies = TrustedProxies.judge(request, target.settings)
        writeFields(
            request.head.fields, without: proxies?.dropped,
            // What the server itself let the user in by is not the application's business.
            hidesAuthorization: request.user != nil && !target.passesAuthorization, to: &packet)
        let scheme = scheme(of: request, proxies)
        if !isWebSocket, request.method == .get, request.head.version == .http11, scheme == "http" {
            packet.append(target.usualScope)
        } else {
            packet.append(target.scriptVariables)
            packet.append(.type, constant: isWebSocket ? "websocket" : "http")
            writeMethod(of: request, target, to: &packet)
            writeProtocol(of: request, to: &packet)
            writeScheme(scheme, to: &packet)
        }
        writeRawPath(of: request.head, to: &packet)
        if let query = request.query { packet.append(.queryString, query) }
        writePaths(of: request, dividedAt: division, withPlain: false, to: &packet)
        writeConnection(of: request, as: .scope, to: &packet)
        for (key, value) in proxies?.values ?? []
        where key == .remoteAddress || key == .scriptName { packet.append(key, value) }
    }

    /// Writes the fields as they came.
    ///
    /// - Parameter dropped: the variables that a proxy's fields make worthless.
    private mutating func writeFields(
        _ fields: borrowing Fields, without dropped: [String]?, hidesAuthorization: Bool,
        to packet: inout PacketBuffer
    ) {
        for index in fields.indices {
            let name = fields.name(at: index)
            if hidesAuthorization, isAuthorization(name) { continue }
            if let dropped, dropped.contains(FieldVariable.name(fields.nameText(at: index))) {
                continue
            }
            packet.append(field: name, fields.value(at: index), of: .field)
        }
    }

    private func writeRawPath(of head: borrowing RequestHead, to packet: inout PacketBuffer) {
        packet.append(.rawPath, head.pathBytes)
    }

    private mutating func isAuthorization(_ field: Span<UInt8>) -> Bool {
        field.count == 13 && capitalize(field, prefixed: false) && isName("AUTHORIZATION")
    }
}
