// SPDX-License-Identifier: Apache-2.0

/// Paths as the configuration writes them.
public enum FilePath {
    /// The path itself if it is absolute, else under a directory.
    ///
    /// The result is without `.`, `..` and doubled slashes; a slash at the end stays
    /// (httpd: `ap_server_root_relative`).
    public static func absolute(_ path: String, under directory: String) -> String {
        if path.isEmpty { return normalized(directory) }
        return normalized(path.utf8.first == UInt8(ascii: "/") ? path : directory + "/" + path)
    }

    /// A path without `.`, `..` and doubled slashes.
    static func normalized(_ path: String) -> String {
        var components: [Substring] = []
        // By bytes: a combining character behind a slash would hide it from Character.
        for part in path.utf8.split(separator: UInt8(ascii: "/")) {
            let component = Substring(part)
            if component == "." { continue }
            if component == ".." {
                _ = components.popLast()
            } else {
                components.append(component)
            }
        }
        let joined = "/" + components.joined(separator: "/")
        return path.utf8.last == UInt8(ascii: "/") && !components.isEmpty ? joined + "/" : joined
    }
}
