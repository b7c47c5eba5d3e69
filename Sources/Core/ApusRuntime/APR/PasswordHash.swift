// SPDX-License-Identifier: Apache-2.0

internal import CAPR

/// A password as files of users hold it: bcrypt, MD5 by APR's or the system's rule, SHA-1, or
/// whatever else crypt(3) knows.
public struct PasswordHash: Sendable {
    /// As it stands in the file.
    public let text: [UInt8]

    public init(_ text: [UInt8]) { self.text = text }

    /// Whether it is the hash of `password`.
    ///
    /// Takes long on purpose, so that passwords cannot be tried out: nothing for an event loop.
    /// The corresponding C function is `apr_password_validate`.
    public func matches(_ password: [UInt8]) -> Bool {
        // What C would take for the end is in no password (RFC 7617 section 2).
        guard !password.contains(0), !text.contains(0) else { return false }
        let (hash, word) = (text + [0], password + [0])
        return unsafe hash.withUnsafeBytes { hash in
            unsafe word.withUnsafeBytes { word in
                unsafe apr_password_validate(
                    word.bindMemory(to: CChar.self).baseAddress,
                    hash.bindMemory(to: CChar.self).baseAddress) == APR_SUCCESS
            }
        }
    }
}
