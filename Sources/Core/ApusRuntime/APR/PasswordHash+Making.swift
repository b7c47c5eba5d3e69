// SPDX-License-Identifier: Apache-2.0

internal import CAPR

extension PasswordHash {
    /// How a password is hashed.
    public enum Method: Sendable, Hashable {
        /// MD5, many times over, by APR's rule.
        case apr1
        /// By crypt(3): SHA-256 or SHA-512, as many times as said.
        case sha256(rounds: Int?)
        case sha512(rounds: Int?)
        case bcrypt(cost: Int)
        /// By crypt(3): the first eight characters alone.
        case crypt
        case sha1
        /// Not at all.
        case plain
    }

    /// Hashes a password, with salt of its own where the method takes some.
    ///
    /// - Throws: the library's reason for refusing the method, its cost for example.
    public init(of password: [UInt8], by method: Method) throws(APRError) {
        switch method {
        case .plain: self.init(password)
        case .sha1: self.init(Self.sha1(password))
        case .apr1: self.init(try Self.apr1(password))
        case .bcrypt(let cost): self.init(try Self.bcrypt(password, cost))
        case .crypt: self.init(try Self.crypt(password, Self.salt(2)))
        case .sha256(let rounds):
            self.init(try Self.crypt(password, "$5$\(Self.option(rounds))\(Self.salt(16))"))
        case .sha512(let rounds):
            self.init(try Self.crypt(password, "$6$\(Self.option(rounds))\(Self.salt(16))"))
        }
    }

    private static func option(_ rounds: Int?) -> String { rounds.map { "rounds=\($0)$" } ?? "" }

    /// Random characters of those that may be in a salt.
    private static func salt(_ count: Int) -> String {
        let alphabet = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        var generator = SystemRandomNumberGenerator()
        return String((0..<count).map { _ in alphabet.randomElement(using: &generator)! })
    }

    // MARK: Libraries

    /// The longest hash there is, with its end.
    private static let limit = 256

    private static func apr1(_ password: [UInt8]) throws(APRError) -> [UInt8] {
        var result = [CChar](repeating: 0, count: limit)
        let word = password.map(CChar.init(bitPattern:)) + [0]
        try check(
            unsafe apr_md5_encode(word, salt(8), &result, limit), "apr_md5_encode")
        return bytes(result)
    }

    private static func sha1(_ password: [UInt8]) -> [UInt8] {
        var result = [CChar](repeating: 0, count: limit)
        let word = password.map(CChar.init(bitPattern:)) + [0]
        unsafe apr_sha1_base64(word, CInt(password.count), &result)
        return bytes(result)
    }

    private static func bcrypt(_ password: [UInt8], _ cost: Int) throws(APRError) -> [UInt8] {
        var result = [CChar](repeating: 0, count: limit)
        let word = password.map(CChar.init(bitPattern:)) + [0]
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        try check(
            unsafe apr_bcrypt_encode(
                word, UInt32(clamping: cost), salt, salt.count, &result, limit),
            "apr_bcrypt_encode")
        return bytes(result)
    }

    /// Only for programs with one thread.
    private static func crypt(_ password: [UInt8], _ salt: String) throws(APRError) -> [UInt8] {
        let word = password.map(CChar.init(bitPattern:)) + [0]
        guard let result = unsafe CAPR.crypt(word, salt) else {
            throw APRError(status: APR_EGENERAL, operation: "crypt")
        }
        let text = unsafe String(cString: result)
        // So it says that it does not know the salt, or the number of rounds.
        guard !text.hasPrefix("*") else {
            throw APRError(status: APR_EGENERAL, operation: "crypt", detail: "Invalid argument")
        }
        return Array(text.utf8)
    }

    private static func bytes(_ text: [CChar]) -> [UInt8] {
        text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    }
}

/// Asks at the terminal, without showing what is typed: `apr_password_get`.
///
/// - Returns: nil where nothing could be read; an answer that is too long is cut off.
public func askForPassword(_ prompt: String, limit: Int) -> [UInt8]? {
    var answer = [CChar](repeating: 0, count: limit + 2)
    var size = answer.count
    guard unsafe apr_password_get(prompt, &answer, &size) == APR_SUCCESS else { return nil }
    return answer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
}
