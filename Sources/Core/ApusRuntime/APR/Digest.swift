// SPDX-License-Identifier: Apache-2.0

internal import CAPR

/// The digests that HTTP still asks for where nobody's safety depends on them: MD5 for Content-MD5,
/// SHA-1 for entity tags.
public enum Digest: Sendable {
    case md5, sha1

    /// The digest of bytes that come in pieces.
    ///
    /// - Parameter next: the next piece; an empty one is the last.
    public func of(
        _ next: () throws(SystemError) -> [UInt8]
    ) throws(SystemError) -> [UInt8] {
        switch self {
        case .md5: try Self.md5(next)
        case .sha1: try Self.sha1(next)
        }
    }

    public func of(_ bytes: [UInt8]) -> [UInt8] {
        var rest = bytes
        do throws(SystemError) {
            return try of {
                defer { rest = [] }
                return rest
            }
        } catch {
            return []
        }
    }

    /// The digest as it is written, in lower-case digits.
    public func hexadecimal(of bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = of(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    private static func md5(
        _ next: () throws(SystemError) -> [UInt8]
    ) throws(SystemError) -> [UInt8] {
        var context = unsafe apr_md5_ctx_t()
        _ = unsafe apr_md5_init(&context)
        while case let piece = try next(), !piece.isEmpty {
            _ = unsafe apr_md5_update(&context, piece, piece.count)
        }
        var digest = [UInt8](repeating: 0, count: 16)
        _ = unsafe apr_md5_final(&digest, &context)
        return digest
    }

    private static func sha1(
        _ next: () throws(SystemError) -> [UInt8]
    ) throws(SystemError) -> [UInt8] {
        var context = apr_sha1_ctx_t()
        unsafe apr_sha1_init(&context)
        while case let piece = try next(), !piece.isEmpty {
            unsafe apr_sha1_update_binary(&context, piece, UInt32(piece.count))
        }
        var digest = [UInt8](repeating: 0, count: 20)
        unsafe apr_sha1_final(&digest, &context)
        return digest
    }
}

extension OpenFile {
    /// The digest of the whole file.
    public func digest(_ kind: Digest) throws(SystemError) -> [UInt8] {
        var offset: Int64 = 0
        return try kind.of { () throws(SystemError) in
            let piece = try read(at: offset, count: 65536)
            offset += Int64(piece.count)
            return piece
        }
    }
}
