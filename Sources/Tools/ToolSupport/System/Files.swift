// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Questions to the file system, and small changes of it.
enum Files {
    /// What a path names; links are followed unless asked otherwise.
    static func status(_ path: String, followingLinks: Bool = true) -> stat? {
        var result = stat()
        let code =
            followingLinks ? unsafe stat(path, &result) : unsafe lstat(path, &result)
        return code == 0 ? result : nil
    }

    static func exists(_ path: String) -> Bool { status(path) != nil }

    static func isDirectory(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    static func isLink(_ path: String) -> Bool {
        status(path, followingLinks: false).map { $0.st_mode & S_IFMT == S_IFLNK } ?? false
    }

    /// Whether a path is a link that leads nowhere.
    static func isDangling(_ path: String) -> Bool { isLink(path) && !exists(path) }

    static func isReadable(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

    static func isExecutable(_ path: String) -> Bool {
        guard let status = status(path), status.st_mode & S_IFMT == S_IFREG else { return false }
        return unsafe access(path, X_OK) == 0
    }

    /// The names in a folder, sorted, without `.` and `..`.
    static func names(in folder: String) throws(SystemError) -> [String] {
        guard let directory = unsafe opendir(folder) else { throw SystemError() }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    static func contents(of path: String) throws(SystemError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError() }
        defer { close(descriptor) }
        return try readAll(from: descriptor)
    }

    static func makeEmptyFile(_ path: String) throws(SystemError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError() }
        close(descriptor)
    }

    /// Writes a file anew.
    static func write(
        _ text: String, to path: String, mode: mode_t = 0o644
    ) throws(SystemError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SystemError() }
        defer { close(descriptor) }
        try writeAll(Array(text.utf8).span, to: descriptor)
    }

    /// Makes a folder that nobody else has, and that only its owner may enter.
    ///
    /// - Parameter prefix: of its path, which some letters are added to.
    static func makePrivateFolder(_ prefix: String) throws(SystemError) -> String {
        guard let name = unsafe strdup("\(prefix)XXXXXX") else { throw SystemError() }
        defer { unsafe free(name) }
        guard unsafe mkdtemp(name) != nil else { throw SystemError() }
        return unsafe String(cString: name)
    }

    /// Removes a folder with all that is in it; what cannot be removed stays.
    static func removeFolder(_ path: String) {
        for name in (try? names(in: path)) ?? [] {
            let entry = "\(path)/\(name)"
            if isDirectory(entry), !isLink(entry) {
                removeFolder(entry)
            } else {
                unsafe unlink(entry)
            }
        }
        unsafe rmdir(path)
    }

    /// Makes a folder and those it stands in, where they are missing.
    static func makeDirectories(_ path: String) throws(SystemError) {
        if isDirectory(path) { return }
        let parent = directoryPart(path)
        if parent != path { try makeDirectories(parent) }
        // Another process may have made it meanwhile, which is as good.
        guard unsafe mkdir(path, 0o755) == 0 || isDirectory(path) else { throw SystemError() }
    }

    static func makeLink(_ path: String, to target: String) throws(SystemError) {
        guard unsafe symlink(target, path) == 0 else { throw SystemError() }
    }

    static func remove(_ path: String) throws(SystemError) {
        guard unsafe unlink(path) == 0 else { throw SystemError() }
    }
}

/// Reads a descriptor to its end.
///
/// - Parameter limit: where it goes on for longer than that many bytes, the rest is not read.
func readAll(from descriptor: Int32, limit: Int = .max) throws(SystemError) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16384)
    while result.count < limit {
        let count = unsafe read(descriptor, &buffer, buffer.count)
        if count == 0 { break }
        if count > 0 {
            result += buffer[..<count]
        } else if errno != EINTR {
            throw SystemError()
        }
    }
    return result
}
