// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// The lines of a file of users, comments among them.
struct PasswordFile {
    private let path: String
    private var lines: [String] = []

    /// One that is yet to be made.
    init(path: String) { self.path = path }

    init(reading path: String) throws(PasswordToolError) {
        self.path = path
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try FileDescriptor(opening: path, O_RDONLY).readAll()
        } catch {
            throw PasswordToolError(
                .file,
                error.code == ENOENT || error.code == ENOTDIR
                    ? "cannot modify file \(path); use '-c' to create it"
                    : "cannot open file \(path) for read/write access")
        }
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(bytes: Array($0).span) }
        if lines.last == "" { lines.removeLast() }
        guard lines.allSatisfy({ Self.isRemark($0) || $0.contains(":") }) else {
            throw PasswordToolError(
                .badFile, "The file \(path) does not appear to be a valid htpasswd file.")
        }
    }

    private static func isRemark(_ line: String) -> Bool {
        let text = line.drop { $0.isWhitespace }
        return text.isEmpty || text.hasPrefix("#")
    }

    private func index(of user: String) -> Int? {
        lines.firstIndex { !Self.isRemark($0) && $0.prefix { $0 != ":" } == user }
    }

    func hash(of user: String) -> String? {
        guard let index = index(of: user) else { return nil }
        let words = lines[index].split(
            separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        return String(words[1].reversed().drop { $0.isWhitespace }.reversed())
    }

    /// - Returns: whether there was a line of the user.
    mutating func set(_ user: String, _ line: String) -> Bool {
        guard let index = index(of: user) else {
            lines.append(line)
            return false
        }
        lines[index] = line
        return true
    }

    /// - Returns: whether there was a line of the user.
    mutating func remove(_ user: String) -> Bool {
        guard let index = index(of: user) else { return false }
        lines.remove(at: index)
        return true
    }

    /// Puts the new file into the place of the old one, so that a server reads the one or the other
    /// whole.
    func write(mayCreate: Bool = false) throws(PasswordToolError) {
        let target = realPath
        let status = FileStatus(of: target)
        let text = lines.map { "\($0)\n" }.joined().bytes
        let temporary = "\(target).\(getpid()).new"
        do throws(SystemError) {
            // Devices and the like are written to as they are.
            let isReplaced = status?.isRegular ?? true
            let file = try FileDescriptor(
                opening: isReplaced ? temporary : target,
                isReplaced ? O_WRONLY | O_CREAT | O_EXCL : O_WRONLY,
                permissions: status?.permissions ?? 0o644)
            try file.write(text.span)
            guard isReplaced else { return }
            if let status {
                _ = fchown(file.rawValue, status.owner, status.group)
                _ = fchmod(file.rawValue, status.permissions)
            }
            guard unsafe rename(temporary, target) == 0 else { throw .last("rename") }
        } catch {
            _ = unsafe unlink(temporary)
            throw PasswordToolError(
                .file,
                mayCreate
                    ? "cannot create file \(path)"
                    : "cannot open file \(path) for read/write access")
        }
    }

    /// The file itself, where the name is that of a link.
    private var realPath: String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}
