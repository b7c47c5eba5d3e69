// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// The variables of a request that its scope is made of, and where it goes.
///
/// They are in the packet. One table serves all requests, one after the other: each variable is put
/// in the place of its number, whatever it is.
@safe
final class ScopeParts {
    private let values: UnsafeMutablePointer<Slice?>
    private static let count = Int(APUS_KEY_NUMBERED_LIMIT)

    private(set) var fieldCount = 0
    /// From the first field to the last one.
    private(set) var fields = Slice.empty

    init() {
        unsafe values = .allocate(capacity: Self.count)
        unsafe values.initialize(repeating: nil, count: Self.count)
    }

    deinit { unsafe values.deallocate() }

    /// Forgets the former request.
    func read(_ packet: borrowing Packet) {
        unsafe values.update(repeating: nil, count: Self.count)
        var variables = Variables(packet.variables)
        var fieldCount = 0
        var fields = Slice.empty
        var start = unsafe variables.place
        while let variable = variables.next() {
            let key = Int(variable.key)
            if key < Self.count {
                unsafe values[key] = variable.value
            } else if key == Int(APUS_KEY_FIELD) {
                if fieldCount == 0 { unsafe fields.start = start }
                fieldCount += 1
                unsafe fields.count = variables.place - fields.start
            }
            unsafe start = variables.place
        }
        self.fieldCount = fieldCount
        self.fields = fields
    }

    private subscript(key: Int) -> Slice? { unsafe values[key] }

    var isWebSocket: Bool {
        guard let type = self[APUS_KEY_TYPE] else { return false }
        return type == "websocket"
    }
    var method: Slice { self[APUS_KEY_REQUEST_METHOD] ?? Slice("GET") }
    var scheme: Slice {
        self[APUS_KEY_URL_SCHEME] ?? self[APUS_KEY_REQUEST_SCHEME] ?? Slice("http")
    }
    var rawPath: Slice { self[APUS_KEY_RAW_PATH] ?? Slice.empty }
    var scriptName: Slice { self[APUS_KEY_SCRIPT_NAME] ?? Slice.empty }
    var pathInfo: Slice { self[APUS_KEY_PATH_INFO] ?? Slice.empty }
    var query: Slice { self[APUS_KEY_QUERY_STRING] ?? Slice.empty }
    var client: Slice { self[APUS_KEY_REMOTE_ADDR] ?? Slice.empty }
    var clientPort: Slice { self[APUS_KEY_REMOTE_PORT] ?? Slice.empty }
    var server: Slice {
        self[APUS_KEY_SERVER_ADDR] ?? self[APUS_KEY_SERVER_NAME] ?? Slice.empty
    }
    var serverPort: Slice { self[APUS_KEY_SERVER_PORT] ?? Slice.empty }
    /// What logs call the request.
    var name: Slice { self[APUS_KEY_REQUEST_ID] ?? Slice.empty }
    var callable: Slice { self[APUS_KEY_CALLABLE_OBJECT] ?? Slice.empty }

    /// A path, or the name of a module.
    var script: Slice {
        if let handler = self[APUS_KEY_HANDLER_SCRIPT], handler.count > 0 { return handler }
        return self[APUS_KEY_SCRIPT_FILENAME] ?? Slice.empty
    }

    /// "HTTP/1.1" is 1.1, and "HTTP/2.0" is 2.
    var version: Slice {
        guard let name = self[APUS_KEY_SERVER_PROTOCOL], name.count == 8 else {
            return Slice("1.1")
        }
        let isWhole = name[5] > 49 && name[7] == 48
        return unsafe Slice(start: name.start + 5, count: isWhole ? 1 : 3)
    }
}

extension Slice {
    init(_ text: StaticString) {
        unsafe self.init(start: UnsafeRawPointer(text.utf8Start), count: text.utf8CodeUnitCount)
    }
}
