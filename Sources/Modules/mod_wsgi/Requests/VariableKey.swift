// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// The number that a variable's name has in packets.
struct VariableKey: Hashable, Sendable {
    let rawValue: UInt8

    static let literal = VariableKey(rawValue: UInt8(APUS_KEY_LITERAL))
    /// A field as it came (ASGI).
    static let field = VariableKey(rawValue: UInt8(APUS_KEY_FIELD))

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// - Returns: `literal` for a name without a number.
    init(_ name: String) {
        rawValue = unsafe name.withCString { unsafe apus_key($0, UInt64(name.utf8.count)) }
    }

    // Constants of the compiler's, which need not be looked for when they are first used.
    static let requestMethod = VariableKey(rawValue: UInt8(APUS_KEY_REQUEST_METHOD))
    static let scriptName = VariableKey(rawValue: UInt8(APUS_KEY_SCRIPT_NAME))
    static let pathInfo = VariableKey(rawValue: UInt8(APUS_KEY_PATH_INFO))
    static let queryString = VariableKey(rawValue: UInt8(APUS_KEY_QUERY_STRING))
    static let serverName = VariableKey(rawValue: UInt8(APUS_KEY_SERVER_NAME))
    static let serverPort = VariableKey(rawValue: UInt8(APUS_KEY_SERVER_PORT))
    static let serverProtocol = VariableKey(rawValue: UInt8(APUS_KEY_SERVER_PROTOCOL))
    static let requestURI = VariableKey(rawValue: UInt8(APUS_KEY_REQUEST_URI))
    static let requestScheme = VariableKey(rawValue: UInt8(APUS_KEY_REQUEST_SCHEME))
    static let remoteAddress = VariableKey(rawValue: UInt8(APUS_KEY_REMOTE_ADDR))
    static let remotePort = VariableKey(rawValue: UInt8(APUS_KEY_REMOTE_PORT))
    static let serverAddress = VariableKey(rawValue: UInt8(APUS_KEY_SERVER_ADDR))
    static let serverSignature = VariableKey(rawValue: UInt8(APUS_KEY_SERVER_SIGNATURE))
    static let contentType = VariableKey(rawValue: UInt8(APUS_KEY_CONTENT_TYPE))
    static let contentLength = VariableKey(rawValue: UInt8(APUS_KEY_CONTENT_LENGTH))
    static let remoteUser = VariableKey(rawValue: UInt8(APUS_KEY_REMOTE_USER))
    static let authType = VariableKey(rawValue: UInt8(APUS_KEY_AUTH_TYPE))
    static let https = VariableKey(rawValue: UInt8(APUS_KEY_HTTPS))
    static let urlScheme = VariableKey(rawValue: UInt8(APUS_KEY_URL_SCHEME))
    static let plainScriptName = VariableKey(rawValue: UInt8(APUS_KEY_PLAIN_SCRIPT_NAME))
    static let plainPathInfo = VariableKey(rawValue: UInt8(APUS_KEY_PLAIN_PATH_INFO))
    static let requestID = VariableKey(rawValue: UInt8(APUS_KEY_REQUEST_ID))
    static let connectionID = VariableKey(rawValue: UInt8(APUS_KEY_CONNECTION_ID))
    static let listenerHost = VariableKey(rawValue: UInt8(APUS_KEY_LISTENER_HOST))
    static let listenerPort = VariableKey(rawValue: UInt8(APUS_KEY_LISTENER_PORT))
    static let requestStart = VariableKey(rawValue: UInt8(APUS_KEY_REQUEST_START))
    static let mountPoint = VariableKey(rawValue: UInt8(APUS_KEY_MOUNT_POINT))
    static let inputChunked = VariableKey(rawValue: UInt8(APUS_KEY_INPUT_CHUNKED))
    static let type = VariableKey(rawValue: UInt8(APUS_KEY_TYPE))
    static let rawPath = VariableKey(rawValue: UInt8(APUS_KEY_RAW_PATH))
    static let host = VariableKey(rawValue: UInt8(APUS_KEY_HTTP_HOST))
    static let cookie = VariableKey(rawValue: UInt8(APUS_KEY_HTTP_COOKIE))
    static let authorization = VariableKey(rawValue: UInt8(APUS_KEY_HTTP_AUTHORIZATION))
    static let forwardedFor = VariableKey(rawValue: UInt8(APUS_KEY_HTTP_X_FORWARDED_FOR))
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
