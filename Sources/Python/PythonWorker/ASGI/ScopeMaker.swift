// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// The scope of a request, and what of it the worker wants to know itself.
@safe
struct Scope {
    /// A dictionary; the reference is the holder's to give back.
    let object: Object
    var isWebSocket = false
    var isForHead = false
    var acceptsTrailers = false
}

/// Makes scopes (HTTP & WebSocket ASGI Message Format, 2.5).
///
/// A class, so that its tables are changed where they are.
@safe
final class ScopeMaker {
    private let names: Names
    private var http: ScopeTemplate
    private var webSocket: ScopeTemplate
    private let asgi: Object
    private let httpExtensions: Object
    private let webSocketExtensions: Object

    private var pairs = FieldPairs()
    private var clients = Addresses(count: 128)
    private var servers = Addresses(count: 4)

    init?(_ names: Names) {
        self.names = names
        guard let asgi = unsafe PyDict_New(),
            let version = unsafe PyUnicode_InternFromString("3.0"),
            let specification = unsafe PyUnicode_InternFromString("2.5"),
            unsafe PyDict_SetItemString(asgi, "version", version) == 0,
            unsafe PyDict_SetItemString(asgi, "spec_version", specification) == 0,
            let httpExtensions = unsafe Self.dictionary([
                "http.response.pathsend", "http.response.zerocopysend",
                "http.response.early_hint", "http.response.trailers",
            ]), let webSocketExtensions = unsafe Self.dictionary(["websocket.http.response"]),
            let http = ScopeTemplate(names, type: "http"),
            let webSocket = ScopeTemplate(names, type: "websocket")
        else { return nil }
        unsafe self.asgi = asgi
        unsafe self.httpExtensions = httpExtensions
        unsafe self.webSocketExtensions = webSocketExtensions
        self.http = http
        self.webSocket = webSocket
    }

    /// A dictionary with an empty dictionary for each key.
    private static func dictionary(_ keys: [StaticString]) -> Object? {
        guard let dictionary = unsafe PyDict_New() else { return nil }
        for key in keys {
            guard let value = unsafe PyDict_New(),
                unsafe PyDict_SetItemString(dictionary, key.characters, value) == 0
            else { return nil }
            unsafe Py_DecRef(value)
        }
        return unsafe dictionary
    }

    /// - Parameter state: of the application's lifespan.
    /// - Returns: nil with an exception.
    func make(_ parts: ScopeParts, state: Object) -> Scope? {
        let isWebSocket = parts.isWebSocket
        var fields = Fields()
        guard let headers = unsafe Reference(headers(parts, isWebSocket, &fields)),
            let scope = unsafe Reference(scope(parts, isWebSocket))
        else { return nil }
        let isDone =
            unsafe PyDict_SetItem(scope.object, names.headers, headers.object) == 0
            && set(scope.object, names.asgi, PyDict_Copy(asgi))
            && set(scope.object, names.state, PyDict_Copy(state))
            && set(
                scope.object, names.extensions,
                PyDict_Copy(isWebSocket ? webSocketExtensions : httpExtensions))
            && setTarget(parts, scope.object)
        guard isDone else { return nil }
        if isWebSocket {
            guard unsafe set(scope.object, names.subprotocols, subprotocols(fields)) else {
                return nil
            }
        }
        return unsafe Scope(
            object: scope.handOn(), isWebSocket: isWebSocket, isForHead: parts.method == "HEAD",
            acceptsTrailers: fields.acceptTrailers)
    }

    private func scope(_ parts: ScopeParts, _ isWebSocket: Bool) -> Object? {
        guard let server = unsafe Reference(servers.pair(parts.server, parts.serverPort)) else {
            return nil
        }
        let copied =
            unsafe isWebSocket
            ? webSocket.scope(
                parts, scheme: Slice(parts.scheme == "https" ? "wss" : "ws"),
                server: server.object, method: nil)
            : http.scope(
                parts, scheme: parts.scheme, server: server.object, method: parts.method)
        guard let scope = unsafe Reference(copied) else { return nil }
        if parts.client.count > 0 {
            guard
                unsafe set(scope.object, names.client, clients.pair(parts.client, parts.clientPort))
            else { return nil }
        }
        return unsafe scope.handOn()
    }

    private func setTarget(_ parts: ScopeParts, _ scope: Object) -> Bool {
        if parts.query.count > 0 {
            guard unsafe set(scope, names.queryString, bytes(parts.query)) else { return false }
        }
        if parts.rawPath.count > 0 {
            guard unsafe set(scope, names.rawPath, bytes(parts.rawPath)) else { return false }
        }
        if parts.scriptName.count == 0 {
            return unsafe set(scope, names.path, text(utf8: parts.pathInfo))
        }
        // The path is that of the whole request.
        var path = Bytes(capacity: parts.scriptName.count + parts.pathInfo.count)
        unsafe path.append(parts.scriptName.start, parts.scriptName.count)
        unsafe path.append(parts.pathInfo.start, parts.pathInfo.count)
        return unsafe set(
            scope, names.path,
            text(utf8: Slice(start: UnsafeRawPointer(path.start), count: path.count)))
    }

    /// What of the fields the worker wants to know.
    private struct Fields {
        var acceptTrailers = false
        /// The values of Sec-WebSocket-Protocol.
        var protocols: [Slice] = []
    }

    private func headers(
        _ parts: ScopeParts, _ isWebSocket: Bool, _ fields: inout Fields
    ) -> Object? {
        guard let headers = unsafe Reference(PyList_New(parts.fieldCount)) else { return nil }
        var variables = Variables(parts.fields)
        var index = 0
        while let field = variables.next(), index < parts.fieldCount {
            guard Int32(field.key) == APUS_KEY_FIELD else { continue }
            guard let pair = unsafe pairs.pair(field.name, field.value),
                unsafe PyList_SetItem(headers.object, index, pair) == 0
            else { return nil }
            index += 1
            if isWebSocket, field.name == "sec-websocket-protocol" {
                fields.protocols.append(field.value)
            } else if field.name == "te" {
                fields.acceptTrailers = field.value.equals("trailers")
            }
        }
        return unsafe headers.handOn()
    }

    private func subprotocols(_ fields: Fields) -> Object? {
        guard let list = unsafe Reference(PyList_New(0)) else { return nil }
        for value in fields.protocols {
            guard unsafe add(subprotocolsIn: value, to: list.object) else { return nil }
        }
        return unsafe list.handOn()
    }

    private func add(subprotocolsIn value: Slice, to list: Object) -> Bool {
        var start = 0
        for index in 0...value.count where index == value.count || value[index] == 44 {
            let name = unsafe Slice(start: value.start + start, count: index - start).trimmed
            start = index + 1
            guard name.count > 0 else { continue }
            guard let object = unsafe Reference(text(utf8: name)),
                unsafe PyList_Append(list, object.object) == 0
            else { return false }
        }
        return true
    }

    /// - Parameter value: a reference that is taken over.
    private func set(_ scope: Object, _ key: Object, _ value: Object?) -> Bool {
        guard let value = unsafe Reference(value) else { return false }
        return unsafe PyDict_SetItem(scope, key, value.object) == 0
    }
}
