// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// The lines of a file of users: `user:hash`, or `user:realm:hash` for Digest.
///
/// Lines that begin with `#` and empty ones are passed over, and of two for one user the first
/// counts.
struct UserFile {
    private let text: [UInt8]

    init(_ text: [UInt8]) { self.text = text }

    static func open(_ path: String) -> Result<UserFile, SystemError> {
        // Opening a pipe that nobody writes to would hold the thread for ever.
        let status = FileStatus(of: path)
        if let status, !status.isRegular {
            return .failure(SystemError(code: status.isDirectory ? EISDIR : EINVAL, call: "open"))
        }
        do throws(SystemError) {
            return .success(UserFile(try FileDescriptor(opening: path, O_RDONLY).readAll()))
        } catch {
            return .failure(error)
        }
    }

    /// The hash of a user's password.
    func hash(of user: [UInt8]) -> [UInt8]? {
        for line in lines {
            let words = Self.words(of: line, 3)
            if words[0].elementsEqual(user) { return words.count > 1 ? Array(words[1]) : [] }
        }
        return nil
    }

    /// The hash of a user's name, realm and password.
    func hash(of user: [UInt8], in realm: [UInt8]) -> [UInt8]? {
        for line in lines {
            let words = Self.words(of: line, 4)
            if words.count > 1, words[0].elementsEqual(user), words[1].elementsEqual(realm) {
                return words.count > 2 ? Array(words[2]) : []
            }
        }
        return nil
    }

    private var lines: some Sequence<ArraySlice<UInt8>> {
        text.split(separator: UInt8(ascii: "\n")).lazy.map(Self.trimmed)
            .filter { !$0.isEmpty && $0.first != UInt8(ascii: "#") }
    }

    private static func words(of line: ArraySlice<UInt8>, _ most: Int) -> [ArraySlice<UInt8>] {
        line.split(
            separator: UInt8(ascii: ":"), maxSplits: most - 1, omittingEmptySubsequences: false)
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line.drop(while: isSpace)
        while let last = line.last, isSpace(last) { line.removeLast() }
        return line
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }
}
