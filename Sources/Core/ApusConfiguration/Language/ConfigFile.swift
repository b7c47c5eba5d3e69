// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

/// The files of the configuration, as the file system has them.
enum ConfigFile {
    /// - Throws: `ArgumentError` in Apache's words when it can not be opened.
    static func contents(of path: String) throws(ArgumentError) -> [UInt8] {
        // Non-blocking, for a named pipe would wait for a writer before it can be refused.
        let file = unsafe withPath(path) { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard file >= 0 else { throw unopened(path, errno) }
        defer { _ = close(file) }
        var status = stat()
        unsafe fstat(file, &status)
        guard status.st_mode & S_IFMT == S_IFREG || path == "/dev/null" else {
            var error = unopened(path, EBADF)
            error.remedy = "it is not a regular file"
            throw error
        }
        return try read(file, path)
    }

    static func isDirectory(_ path: String) -> Bool { kind(of: path) == S_IFDIR }

    static func exists(_ path: String) -> Bool { kind(of: path) != nil }

    /// The names in a directory but `.` and `..`, in the order of their bytes.
    ///
    /// - Throws: `SystemError` when it can not be opened.
    static func names(in directory: String) throws(SystemError) -> [String] {
        let stream = unsafe withPath(directory) { unsafe opendir($0) }
        guard let stream = unsafe stream else { throw .last("opendir") }
        defer { unsafe closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe Array(bytes.prefix { $0 != 0 })
            }
            if name != Array(".".utf8) && name != Array("..".utf8) { names.append(name) }
        }
        names.sort { $0.lexicographicallyPrecedes($1) }
        return names.map { String(bytes: $0.span) }
    }

    private static func read(_ file: CInt, _ path: String) throws(ArgumentError) -> [UInt8] {
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(file, &buffer, buffer.count)
            if count > 0 {
                contents += buffer[..<count]
            } else if count == 0 {
                return contents
            } else if errno != EINTR {
                throw ArgumentError("Error reading \(path) at line 0: \(reason(errno))")
            }
        }
    }

    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        let result = unsafe withPath(path) { unsafe stat($0, &status) }
        return result == 0 ? status.st_mode & S_IFMT : nil
    }

    private static func unopened(_ path: String, _ code: CInt) -> ArgumentError {
        ArgumentError("Could not open configuration file \(path): \(reason(code))")
    }

    private static func reason(_ code: CInt) -> String {
        SystemError(code: code, call: "").reason
    }

    private static func withPath<Result>(
        _ path: String, _ body: (UnsafePointer<CChar>) -> Result
    ) -> Result {
        let bytes = path.bytes + [0]
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe body($0.baseAddress!) }
        }
    }
}
