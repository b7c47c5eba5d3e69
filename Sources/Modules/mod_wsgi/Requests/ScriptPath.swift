// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The two parts of a request's path: what leads to the script, and what the script makes of the
/// rest.
enum ScriptPath {
    /// SCRIPT_NAME: each run of slashes made one, as mod_wsgi does, for old applications rely on
    /// it.
    static func name(of request: borrowing Request) -> String {
        let count = nameLength(of: request)
        if count == 0 { return "" }
        if count == request.path.utf8.count, !hasDoubleSlash(request.path) { return request.path }
        return collapsed(String(Substring(request.path.utf8.prefix(count))))
    }

    /// How many bytes of the path lead to the script.
    static func nameLength(of request: borrowing Request) -> Int {
        guard let info = request.pathInfo, !info.isEmpty else { return request.path.utf8.count }
        // Most often the one ends with the other.
        return length(of: request.path, before: info) ?? request.scriptNameLength
    }

    /// How long the path is without `info`; nil where it does not end with that.
    private static func length(of path: borrowing String, before info: borrowing String) -> Int? {
        let path = path.utf8Span.span
        let rest = info.utf8Span.span
        let start = path.count - rest.count
        guard start >= 0 else { return nil }
        for index in rest.indices where path[start + index] != rest[index] { return nil }
        // In front of the rest stands no slash that would belong to it.
        return start > 0 && path[start - 1] == 0x2F ? nil : start
    }

    static func hasDoubleSlash(_ path: String) -> Bool {
        let bytes = path.utf8Span.span
        for index in bytes.indices.dropFirst()
        where bytes[index] == 0x2F && bytes[index - 1] == 0x2F {
            return true
        }
        return false
    }

    /// With each run of slashes made one.
    static func collapsed(_ path: String) -> String {
        guard hasDoubleSlash(path) else { return path }
        var previous: UInt8 = 0
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            if byte != 0x2F || previous != 0x2F { bytes.append(byte) }
            previous = byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
