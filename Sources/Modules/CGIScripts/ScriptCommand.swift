// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The command line of a script.
enum ScriptCommand {
    /// The script's own name, and the words of an ISINDEX query (RFC 3875 section 4.4): one
    /// without `=`, split at `+`.
    static func arguments(name: String, query: String?) -> [String] {
        guard let query, !query.isEmpty, !query.utf8.contains(UInt8(ascii: "=")) else {
            return [name]
        }
        let words = query.split(separator: "+", omittingEmptySubsequences: true)
        return [name] + words.map { shellEscaped(Escaping.decode(String($0)) ?? String($0)) }
    }

    /// With a backslash before whatever means something to a shell: a script may well hand its
    /// arguments to one (`ap_escape_shell_cmd`).
    static func shellEscaped(_ word: String) -> String {
        let special = Array("&;`'\"|*?~<>^()[]{}$\\\n".utf8)
        guard word.utf8.contains(where: special.contains) else { return word }
        var escaped: [UInt8] = []
        for byte in word.bytes {
            if special.contains(byte) { escaped.append(UInt8(ascii: "\\")) }
            escaped.append(byte)
        }
        return String(bytes: escaped.span)
    }

    /// The directory of a file.
    static func directory(of filename: String) -> String {
        guard let slash = filename.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "/" }
        return String(filename[...slash])
    }

    /// A file without its directory.
    static func name(of filename: String) -> String {
        guard let slash = filename.utf8.lastIndex(of: UInt8(ascii: "/")) else { return filename }
        return String(filename[filename.utf8.index(after: slash)...])
    }
}
