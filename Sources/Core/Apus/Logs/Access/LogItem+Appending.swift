// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime
internal import Glibc

extension LogFormat {
    /// Appends the line for a request, its newline included.
    func append(_ request: borrowing Request, _ clock: inout LogClock, to line: inout [UInt8]) {
        for item in items { item.append(request, &clock, to: &line) }
    }
}

extension LogItem {
    func append(_ request: borrowing Request, _ clock: inout LogClock, to line: inout [UInt8]) {
        if let condition, !condition.holds(for: request.response.status.code) {
            line.append(dash)
            return
        }
        if usesOriginal, let original = request.original?.first,
            appendOriginal(original, to: &line)
        {
            return
        }
        switch value {
        case .text(let text): line.append(contentsOf: text)
        case .time(let time):
            clock.append(
                time.form, of: time.isAtEnd ? request.finished ?? .now : request.received,
                to: &line)
        case .ofModule(let definition, let argument):
            if !definition.append(request, argument, &line) { line.append(dash) }
        case .nothing: line.append(dash)
        case .client, .clientName, .peer, .localAddress, .canonicalPort, .localPort, .remotePort,
            .process,
            .thread, .keepAliveRequests, .connectionStatus, .requestID, .connectionID,
            .canonicalName, .serverName:
            appendOfConnection(request, to: &line)
        case .contentBytes, .status, .duration, .responseField, .responseTrailer, .contentType,
            .connectionField:
            appendOfResponse(request, to: &line)
        default: appendOfRequest(request, to: &line)
        }
    }

    private func appendOfConnection(_ request: borrowing Request, to line: inout [UInt8]) {
        let connection = request.connection
        switch value {
        case .client: line.append(address: request.clientAddress)
        case .clientName:
            if let name = request.knownRemoteHost {
                line.append(escaping: name)
            } else {
                line.append(address: request.clientAddress)
            }
        case .peer: line.append(address: connection.remoteAddress)
        case .localAddress: line.append(address: connection.localAddress)
        case .canonicalPort: line.append(decimal: Int(request.host.port ?? 80))
        case .localPort: line.append(decimal: Int(connection.localAddress.port))
        case .remotePort: line.append(decimal: Int(request.clientAddress.port))
        case .process: line.append(decimal: Int(getpid()))
        case .thread(let hexadecimal):
            let thread = Int(truncatingIfNeeded: pthread_self())
            if hexadecimal {
                line.append(hexadecimal: thread)
            } else {
                line.append(decimal: thread)
            }
        case .keepAliveRequests:
            // As httpd counts, a request that ends the connection is none that it was kept for.
            line.append(decimal: max(0, request.number - (connection.willClose ? 2 : 1)))
        case .connectionStatus:
            line.append(
                connection.isAborted
                    ? UInt8(ascii: "X")
                    : connection.willClose ? dash : UInt8(ascii: "+"))
        case .requestID:
            if connection.loggedRequest == request.number {
                line.append(bytesOf: request.id)
            } else {
                line.append(dash)
            }
        case .connectionID: line.append(bytesOf: connection.logID)
        case .canonicalName: line.append(escaping: request.host.name)
        case .serverName: line.append(escaping: request.serverName)
        default: break
        }
    }

    private func appendOfRequest(_ request: borrowing Request, to line: inout [UInt8]) {
        switch value {
        case .requestLine: line.append(requestLine: request.head)
        case .method: line.append(escaping: request.method.name)
        case .version: line.append(version: request.head.version)
        case .path: line.append(orDash: request.path.isEmpty ? nil : request.path)
        case .query: line.append(query: request.query)
        case .filename: line.append(orDash: request.filename)
        case .handler: line.append(orDash: request.handlerName)
        case .user: line.append(user: request.user)
        case .environment(let name): line.append(orDash: request.environment[name])
        case .note(let name): line.append(orDash: request.note(name))
        case .field(let name): line.append(combined: name, in: request.head.fields)
        case .requestTrailer(let name): line.append(combined: name, in: request.body.trailers)
        case .cookie(let name): line.append(cookie: name, in: request.head.fields)
        default: break
        }
    }

    private func appendOfResponse(_ request: borrowing Request, to line: inout [UInt8]) {
        switch value {
        case .status: line.append(decimal: Int(request.response.status.code))
        case .contentBytes(let dashForNone):
            if dashForNone, request.contentBytesSent == 0 {
                line.append(dash)
            } else {
                line.append(decimal: Int(request.contentBytesSent))
            }
        case .duration(let unit):
            let end = request.finished ?? .now
            let taken = max(0, end.microseconds - request.received.microseconds)
            line.append(decimal: Int(taken / unit.rawValue))
        case .responseField(let name):
            let isAlways = request.response.errorFields.contains(name)
            line.append(
                combined: name,
                in: isAlways ? request.response.errorFields : request.response.fields)
        case .contentType: line.append(mediaType: request.response.fields)
        case .connectionField:
            // The connection wrote it, so it is not among the response's fields.
            let isKept = request.head.hasToken(.connection, "keep-alive")
            let value = isKept ? "Keep-Alive" : "-"
            line.append(
                contentsOf: (request.connection.willClose ? "close" : value).utf8)
        case .responseTrailer(let name):
            line.append(combined: name, in: request.response.trailers)
        default: break
        }
    }

    /// Appends what only the request as the client made it knows.
    ///
    /// False: it is no such item.
    private func appendOriginal(_ original: OriginalRequest, to line: inout [UInt8]) -> Bool {
        switch value {
        case .status: line.append(decimal: Int(original.status.code))
        case .path: line.append(orDash: original.path)
        case .requestLine: line.append(orDash: original.requestLine)
        case .query: line.append(query: original.query)
        case .method: line.append(escaping: original.method.name)
        case .filename: line.append(orDash: original.filename)
        case .handler: line.append(orDash: original.handlerName)
        case .user: line.append(user: original.user)
        case .environment(let name): line.append(orDash: original.environment[name])
        case .note(let name): line.append(orDash: original.notes[name])
        case .field(let name): line.append(combined: name, in: original.fields)
        case .responseField(let name): line.append(combined: name, in: original.responseFields)
        case .contentType: line.append(mediaType: original.responseFields)
        default: return false
        }
        return true
    }
}

private let dash = UInt8(ascii: "-")
