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
    /// What logs call the request; in the packet.
    var name = Slice.empty
}

/// Makes scopes (HTTP & WebSocket ASGI Message Format, 2.5).
@safe
struct ScopeMaker {
    private let names: Names
    private let http: Object
    private let webSocket: Object
    private let asgi: Object
    private let httpExtensions: Object
    private let webSocketExtensions: Object

    private var pairs = FieldPairs()
    private var methods = LatestText()
    private var schemes = LatestText()
    private var versions = LatestText()
    private var rootPaths = LatestText()
    private var clients = LatestText()
    private var servers = LatestText()
    private var serverPorts = LatestText()

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
            let http = unsafe Self.template(names, "http"),
            let webSocket = unsafe Self.template(names, "websocket")
        else { return nil }
        unsafe self.asgi = asgi
        unsafe self.httpExtensions = httpExtensions
        unsafe self.webSocketExtensions = webSocketExtensions
        unsafe self.http = http
        unsafe self.webSocket = webSocket
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

    /// What all scopes of a kind begin with: the keys in a good order, and what is always so.
    private static func template(_ names: Names, _ type: StaticString) -> Object? {
        guard let scope = unsafe PyDict_New(),
            unsafe PyDict_SetItem(scope, names.type, intern(type)) == 0
        else { return nil }
        let keys = unsafe [
            names.asgi, names.httpVersion, names.server, names.client, names.scheme, names.rootPath,
            names.path, names.rawPath, names.queryString, names.headers, names.state,
            names.extensions,
        ]
        guard unsafe keys.allSatisfy({ unsafe PyDict_SetItem(scope, $0, apus_none()) == 0 }),
            unsafe PyDict_SetItem(scope, names.rootPath, names.noText) == 0,
            unsafe PyDict_SetItem(scope, names.queryString, names.noBytes) == 0
        else { return nil }
        return unsafe scope
    }

    /// - Parameter state: of the application's lifespan.
    /// - Returns: nil with an exception.
    mutating func make(_ packet: borrowing Packet, state: Object) -> Scope? {
        var parts = Parts()
        guard let headers = unsafe Reference(PyList_New(0)) else { return nil }
        var subprotocols: Object?
        defer { unsafe Py_DecRef(subprotocols) }
        var variables = Variables(packet.variables)
        while let variable = variables.next() {
            guard Int32(variable.key) == APUS_KEY_FIELD else {
                parts.set(variable)
                continue
            }
            guard unsafe add(variable, to: headers.object) else { return nil }
            if variable.name == "sec-websocket-protocol" {
                guard unsafe add(subprotocolsIn: variable.value, to: &subprotocols) else {
                    return nil
                }
            } else if variable.name == "te" {
                parts.acceptsTrailers = variable.value.equals("trailers")
            }
        }
        let isWebSocket = parts.type == "websocket"
        guard let object = unsafe PyDict_Copy(isWebSocket ? webSocket : http) else { return nil }
        let isDone =
            unsafe set(object, names.headers, retained(headers.object))
            && set(object, names.asgi, PyDict_Copy(asgi))
            && set(object, names.state, PyDict_Copy(state))
            && set(
                object, names.extensions,
                PyDict_Copy(isWebSocket ? webSocketExtensions : httpExtensions))
            && setConnection(parts, object, isWebSocket: isWebSocket)
            && setTarget(parts, object)
        let isComplete =
            unsafe isDone
            && (isWebSocket
                ? set(object, names.subprotocols, subprotocols.map(retained) ?? PyList_New(0))
                : set(object, names.method, methods.object(for: parts.method)))
        guard isComplete else {
            unsafe Py_DecRef(object)
            return nil
        }
        return unsafe Scope(
            object: object, isWebSocket: isWebSocket, isForHead: parts.method == "HEAD",
            acceptsTrailers: parts.acceptsTrailers, name: parts.name)
    }

    private mutating func setConnection(
        _ parts: Parts, _ scope: Object, isWebSocket: Bool
    ) -> Bool {
        var scheme = parts.scheme
        if isWebSocket {
            scheme = Slice(scheme == "https" ? "wss" : "ws")
        }
        guard unsafe set(scope, names.scheme, schemes.object(for: scheme)),
            unsafe set(scope, names.httpVersion, versions.object(for: parts.version))
        else { return false }
        if parts.client.count > 0 {
            guard
                unsafe set(
                    scope, names.client,
                    address(clients.object(for: parts.client), parts.clientPort))
            else { return false }
        }
        if parts.server.count > 0 {
            guard
                unsafe set(
                    scope, names.server,
                    address(servers.object(for: parts.server), parts.serverPort))
            else { return false }
        }
        return true
    }

    private mutating func setTarget(_ parts: Parts, _ scope: Object) -> Bool {
        if parts.scriptName.count > 0 {
            guard unsafe set(scope, names.rootPath, rootPaths.object(for: parts.scriptName)) else {
                return false
            }
        }
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

    /// - Parameter host: a reference that is taken over.
    private func address(_ host: Object?, _ port: Slice) -> Object? {
        guard let host = unsafe Reference(host), let pair = unsafe Reference(PyTuple_New(2)) else {
            return nil
        }
        let number = port.count < 6 ? port.number(port.count) : nil
        guard
            let portObject = unsafe number.map({ unsafe PyLong_FromLongLong(Int64($0)) }) ?? none()
        else {
            return nil
        }
        guard unsafe PyTuple_SetItem(pair.object, 0, host.handOn()) == 0,
            unsafe PyTuple_SetItem(pair.object, 1, portObject) == 0
        else { return nil }
        return unsafe pair.handOn()
    }

    private mutating func add(_ field: Variable, to headers: Object) -> Bool {
        guard let pair = unsafe Reference(pairs.pair(field.name, field.value)) else { return false }
        return unsafe PyList_Append(headers, pair.object) == 0
    }

    private func add(subprotocolsIn value: Slice, to list: inout Object?) -> Bool {
        if unsafe list == nil { unsafe list = unsafe PyList_New(0) }
        guard let list = unsafe list else { return false }
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

/// The variables that a scope is made of.
private struct Parts {
    var type = Slice("http")
    var method = Slice("GET")
    var version = Slice("1.1")
    var scheme = Slice("http")
    var rawPath = Slice.empty
    var scriptName = Slice.empty
    var pathInfo = Slice.empty
    var query = Slice.empty
    var client = Slice.empty
    var clientPort = Slice.empty
    var server = Slice.empty
    var serverPort = Slice.empty
    var name = Slice.empty
    var acceptsTrailers = false

    mutating func set(_ variable: Variable) {
        let value = variable.value
        switch variable.key {
        case Key.method: method = value
        case Key.scriptName: scriptName = value
        case Key.pathInfo: pathInfo = value
        case Key.query: query = value
        case Key.version: set(version: value)
        case Key.requestScheme: if !hasScheme { scheme = value }
        case Key.wsgiScheme:
            scheme = value
            hasScheme = true
        case Key.client: client = value
        case Key.clientPort: clientPort = value
        case Key.serverAddress:
            server = value
            hasServer = true
        case Key.serverName: if !hasServer { server = value }
        case Key.serverPort: serverPort = value
        case Key.type: type = value
        case Key.rawPath: rawPath = value
        case Key.name: name = value
        default: break
        }
    }

    private var hasScheme = false
    private var hasServer = false

    /// "HTTP/1.1" is 1.1, and "HTTP/2.0" is 2.
    private mutating func set(version protocolName: Slice) {
        guard protocolName.count == 8 else { return }
        version = unsafe Slice(start: protocolName.start + 5, count: 3)
        if version[0] > 49, version[2] == 48 { version.count = 1 }
    }

    private enum Key {
        static let method = unsafe apus_key("REQUEST_METHOD", 14)
        static let scriptName = unsafe apus_key("SCRIPT_NAME", 11)
        static let pathInfo = unsafe apus_key("PATH_INFO", 9)
        static let query = unsafe apus_key("QUERY_STRING", 12)
        static let version = unsafe apus_key("SERVER_PROTOCOL", 15)
        static let requestScheme = unsafe apus_key("REQUEST_SCHEME", 14)
        static let wsgiScheme = unsafe apus_key("wsgi.url_scheme", 15)
        static let client = unsafe apus_key("REMOTE_ADDR", 11)
        static let clientPort = unsafe apus_key("REMOTE_PORT", 11)
        static let serverAddress = unsafe apus_key("SERVER_ADDR", 11)
        static let serverName = unsafe apus_key("SERVER_NAME", 11)
        static let serverPort = unsafe apus_key("SERVER_PORT", 11)
        static let type = unsafe apus_key("asgi.type", 9)
        static let rawPath = unsafe apus_key("asgi.raw_path", 13)
        static let name = unsafe apus_key("mod_wsgi.request_id", 19)
    }
}

extension Slice {
    init(_ text: StaticString) {
        unsafe self.init(start: UnsafeRawPointer(text.utf8Start), count: text.utf8CodeUnitCount)
    }
}
