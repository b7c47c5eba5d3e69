// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The names that targets and what is left of paths make together.
enum FileName {
    /// The absolute name of a file, without `.`, `..` and doubled slashes.
    ///
    /// `AliasMatch ^/x(.*) /srv/$1` makes `/srv/..` of `/x..`. Sections are compared with names,
    /// so a name must be the one that the file has (`ap_server_root_relative`).
    static func absolute(_ path: String, under root: String) -> String {
        needsWork(path) ? FilePath.absolute(path, under: root) : path
    }

    private static func needsWork(_ path: String) -> Bool {
        guard path.utf8.first == UInt8(ascii: "/") else { return true }
        var previous: UInt8 = 0
        for byte in path.utf8 {
            if previous == UInt8(ascii: "/"), byte == previous || byte == UInt8(ascii: ".") {
                return true
            }
            previous = byte
        }
        return false
    }
}
