// SPDX-License-Identifier: Apache-2.0

/// A member of Sec-WebSocket-Extensions, with its parameters (RFC 6455 section 9.1).
public struct WebSocketExtension: Sendable, Hashable {
    public let name: String
    public var parameters: [Parameter] = []

    public struct Parameter: Sendable, Hashable {
        public let name: String
        /// Without quotes; nil where the name stands alone.
        public let value: String?
    }

    /// Reads the value of the field.
    ///
    /// - Returns: nil where it does not follow the grammar.
    public static func parse(_ text: String) -> [WebSocketExtension]? {
        var parser = ListParser(rest: Array(text.utf8)[...])
        return parser.list()
    }
}

private struct ListParser {
    var rest: ArraySlice<UInt8>

    mutating func list() -> [WebSocketExtension]? {
        var members: [WebSocketExtension] = []
        while true {
            // A list may have empty members (RFC 9110 section 5.6.1).
            skipBlanks()
            if !rest.isEmpty, rest.first != 0x2C {
                guard let member = member() else { return nil }
                members.append(member)
                skipBlanks()
            }
            if rest.isEmpty { return members }
            guard take(0x2C) else { return nil }
        }
    }

    private mutating func member() -> WebSocketExtension? {
        guard let name = token() else { return nil }
        var member = WebSocketExtension(name: name)
        skipBlanks()
        while take(0x3B) {
            skipBlanks()
            guard let name = token() else { return nil }
            skipBlanks()
            var value: String?
            if take(0x3D) {
                skipBlanks()
                value = rest.first == 0x22 ? quoted() : token()
                if value == nil { return nil }
            }
            member.parameters.append(WebSocketExtension.Parameter(name: name, value: value))
            skipBlanks()
        }
        return member
    }

    private mutating func token() -> String? {
        let bytes = rest.prefix { $0.isTokenCharacter }
        guard !bytes.isEmpty else { return nil }
        rest = rest[bytes.endIndex...]
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What is quoted has to be a token as well.
    private mutating func quoted() -> String? {
        guard take(0x22) else { return nil }
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == 0x22 {
                return value.span.isToken ? String(decoding: value, as: UTF8.self) : nil
            }
            if byte != 0x5C {
                value.append(byte)
            } else if let escaped = rest.popFirst() {
                value.append(escaped)
            }
        }
        return nil
    }

    private mutating func skipBlanks() { rest = rest.drop { $0.isBlank } }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }
}
