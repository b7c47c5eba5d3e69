// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The names in a directory.
public enum DirectoryListing {
    /// All but `.` and `..`, in the order of the file system.
    ///
    /// - Throws: `SystemError`, with `call` "opendir".
    public static func names(in path: String) throws(SystemError) -> [String] {
        guard let names = unsafe path.withFileSystemPath({ unsafe read($0) }) else {
            throw .last("opendir")
        }
        return names
    }

    private static func read(_ path: UnsafePointer<CChar>) -> [String]? {
        guard let stream = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                let length = unsafe bytes.firstIndex(of: 0) ?? bytes.count
                return unsafe String(bytes: Array(bytes[..<length]).span)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
