// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// The variables of a request that its scope is made of, and where it goes; in the packet.
@safe
struct ScopeParts {
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
    /// What logs call the request.
    var name = Slice.empty
    /// A path, or the name of a module.
    var script = Slice.empty
    var callable = Slice.empty
    var fieldCount = 0
    /// From the first field to the last one.
    var fields = Slice.empty

    var isWebSocket: Bool { type == "websocket" }

    init(_ packet: borrowing Packet) {
        var variables = Variables(packet.variables)
        var handler = Slice.empty
        var hasScheme = false
        var hasServer = false
        var start = unsafe variables.place
        while let variable = variables.next() {
            let value = variable.value
            switch Int32(variable.key) {
            case APUS_KEY_FIELD:
                if fieldCount == 0 { unsafe fields.start = start }
                fieldCount += 1
                unsafe fields.count = variables.place - fields.start
            default:
                switch Int(variable.key) {
                case APUS_KEY_REQUEST_METHOD: method = value
                case APUS_KEY_SCRIPT_NAME: scriptName = value
                case APUS_KEY_PATH_INFO: pathInfo = value
                case APUS_KEY_QUERY_STRING: query = value
                case APUS_KEY_SERVER_PROTOCOL: set(version: value)
                case APUS_KEY_REQUEST_SCHEME: if !hasScheme { scheme = value }
                case APUS_KEY_URL_SCHEME:
                    scheme = value
                    hasScheme = true
                case APUS_KEY_REMOTE_ADDR: client = value
                case APUS_KEY_REMOTE_PORT: clientPort = value
                case APUS_KEY_SERVER_ADDR:
                    server = value
                    hasServer = true
                case APUS_KEY_SERVER_NAME: if !hasServer { server = value }
                case APUS_KEY_SERVER_PORT: serverPort = value
                case APUS_KEY_TYPE: type = value
                case APUS_KEY_RAW_PATH: rawPath = value
                case APUS_KEY_REQUEST_ID: name = value
                case APUS_KEY_SCRIPT_FILENAME: script = value
                case APUS_KEY_HANDLER_SCRIPT: handler = value
                case APUS_KEY_CALLABLE_OBJECT: callable = value
                default: break
                }
            }
            unsafe start = variables.place
        }
        if handler.count > 0 { script = handler }
    }

    /// "HTTP/1.1" is 1.1, and "HTTP/2.0" is 2.
    private mutating func set(version protocolName: Slice) {
        guard protocolName.count == 8 else { return }
        version = unsafe Slice(start: protocolName.start + 5, count: 3)
        if version[0] > 49, version[2] == 48 { version.count = 1 }
    }
}

extension Slice {
    init(_ text: StaticString) {
        unsafe self.init(start: UnsafeRawPointer(text.utf8Start), count: text.utf8CodeUnitCount)
    }
}
