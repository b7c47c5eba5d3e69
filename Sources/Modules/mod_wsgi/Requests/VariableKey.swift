// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// The number that a variable's name has in packets.
struct VariableKey: Hashable, Sendable {
    let rawValue: UInt8

    static let literal = VariableKey(rawValue: UInt8(APUS_KEY_LITERAL))

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// - Returns: `literal` for a name without a number.
    init(_ name: String) {
        rawValue = unsafe name.withCString { unsafe apus_key($0, UInt64(name.utf8.count)) }
    }

    static let requestMethod = VariableKey("REQUEST_METHOD")
    static let scriptName = VariableKey("SCRIPT_NAME")
    static let pathInfo = VariableKey("PATH_INFO")
    static let queryString = VariableKey("QUERY_STRING")
    static let serverName = VariableKey("SERVER_NAME")
    static let serverPort = VariableKey("SERVER_PORT")
    static let serverAddress = VariableKey("SERVER_ADDR")
    static let serverProtocol = VariableKey("SERVER_PROTOCOL")
    static let serverSignature = VariableKey("SERVER_SIGNATURE")
    static let requestURI = VariableKey("REQUEST_URI")
    static let requestScheme = VariableKey("REQUEST_SCHEME")
    static let remoteAddress = VariableKey("REMOTE_ADDR")
    static let remotePort = VariableKey("REMOTE_PORT")
    static let remoteUser = VariableKey("REMOTE_USER")
    static let authType = VariableKey("AUTH_TYPE")
    static let contentType = VariableKey("CONTENT_TYPE")
    static let contentLength = VariableKey("CONTENT_LENGTH")
    static let https = VariableKey("HTTPS")
    static let urlScheme = VariableKey("wsgi.url_scheme")
    static let host = VariableKey("HTTP_HOST")
    static let authorization = VariableKey("HTTP_AUTHORIZATION")
    static let cookie = VariableKey("HTTP_COOKIE")
    static let forwardedFor = VariableKey("HTTP_X_FORWARDED_FOR")
    static let plainScriptName = VariableKey("mod_wsgi.script_name")
    static let plainPathInfo = VariableKey("mod_wsgi.path_info")
    static let mountPoint = VariableKey("mod_wsgi.mount_point")
    static let requestID = VariableKey("mod_wsgi.request_id")
    static let connectionID = VariableKey("mod_wsgi.connection_id")
    static let listenerHost = VariableKey("mod_wsgi.listener_host")
    static let listenerPort = VariableKey("mod_wsgi.listener_port")
    static let requestStart = VariableKey("mod_wsgi.request_start")
    static let inputChunked = VariableKey("mod_wsgi.input_chunked")
}

/// Finds the keys of fields: `HTTP_ACCEPT_LANGUAGE` for `Accept-Language`.
struct FieldKeys {
    /// The longest name that is looked up; there is none with a number beyond.
    static let longestName = 64
    private let places: [UInt8]
    private let names: [[UInt8]]

    init() {
        var names: [[UInt8]] = []
        var number: UInt8 = 0
        while true {
            number += 1
            guard let name = unsafe apus_key_name(number) else { break }
            names.append(Array(unsafe String(cString: name).utf8))
        }
        var places = [UInt8](repeating: 0, count: 512)
        for (index, name) in names.enumerated() where name.starts(with: Self.prefix) {
            var place = Self.hash(name.span.extracting(5...))
            while places[place] != 0 { place = (place + 1) & 511 }
            places[place] = UInt8(index + 1)
        }
        self.places = places
        self.names = names
    }

    static let prefix = Array("HTTP_".utf8)

    private static func hash(_ name: Span<UInt8>) -> Int {
        var hash: UInt32 = 0x811C_9DC5
        for index in name.indices { hash = (hash ^ UInt32(name[index])) &* 0x0100_0193 }
        return Int((hash ^ hash >> 15) & 511)
    }

    /// - Parameter name: in capitals, with `_` for `-`, without `HTTP_`.
    func find(_ name: Span<UInt8>) -> VariableKey {
        var place = Self.hash(name)
        while places[place] != 0 {
            if ends(names[Int(places[place]) - 1], with: name) {
                return VariableKey(rawValue: places[place])
            }
            place = (place + 1) & 511
        }
        return .literal
    }

    private func ends(_ known: [UInt8], with name: Span<UInt8>) -> Bool {
        guard known.count == name.count + 5 else { return false }
        for index in name.indices where known[index + 5] != name[index] { return false }
        return true
    }
}
