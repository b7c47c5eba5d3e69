// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A user and a password, as the Authorization field carries them (RFC 7617 section 2).
struct BasicCredentials: Sendable, Hashable {
    let user: String
    let password: String

    init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// Reads what follows the scheme: Base64 of `user:password`.
    ///
    /// - Returns: nil for what is no Base64, or holds a NUL, which C would take for an end.
    init?(encoded: Span<UInt8>) {
        guard let bytes = Base64.decode(encoded), !bytes.contains(0) else { return nil }
        let parts = bytes.split(
            separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        user = String(bytes: Array(parts[0]).span)
        password = parts.count > 1 ? String(bytes: Array(parts[1]).span) : ""
    }

    /// The whole value of the field.
    var fieldValue: String { "Basic " + Base64.encode("\(user):\(password)".bytes) }
}

/// The value of an Authorization field, in its two parts.
enum AuthorizationField {
    enum Content: Equatable {
        case basic(BasicCredentials)
        case otherScheme
        /// The scheme is Basic, what follows is not.
        case malformed
    }

    static func read(_ value: String) -> Content {
        let bytes = value.bytes
        let scheme = bytes.prefix { $0 != UInt8(ascii: " ") }
        guard String(decoding: scheme, as: UTF8.self).lowercased() == "basic" else {
            return .otherScheme
        }
        let rest = Array(bytes.dropFirst(scheme.count).drop { $0 == 0x20 || $0 == 9 })
        return BasicCredentials(encoded: rest.span).map(Content.basic) ?? .malformed
    }
}
