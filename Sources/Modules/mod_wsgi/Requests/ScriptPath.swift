// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

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

    /// Where a path whose bytes are its SCRIPT_NAME and its PATH_INFO is to be divided, found once
    /// for a request.
    ///
    /// - Returns: nil for a path of another kind: with a run of slashes, with bytes that are no
    ///   ASCII, or with another end than PATH_INFO.
    static func division(of request: borrowing Request) -> Int? {
        guard isPlain(request.path) else { return nil }
        let count = nameLength(of: request)
        // The rest is not the end of the path where `WSGIScriptAlias` named a file with more
        // behind it.
        return count + (request.pathInfo?.utf8.count ?? 0) == request.path.utf8.count ? count : nil
    }

    /// Whether a request's SCRIPT_NAME is this one.
    static func isName(
        _ name: String, of request: borrowing Request, dividedAt division: Int?
    ) -> Bool {
        guard let division else { return self.name(of: request) == name }
        if division == 0 { return name.isEmpty }
        return name.utf8.count == division && equal(request.path, from: 0, name)
    }

    /// How many bytes of the path lead to the script.
    static func nameLength(of request: borrowing Request) -> Int {
        guard let info = request.pathInfo, !info.isEmpty else { return request.path.utf8.count }
        // Most often the one ends with the other.
        return length(of: request.path, before: info) ?? request.scriptNameLength
    }

    /// How long the path is without `info`; nil where it does not end with that.
    private static func length(of path: String, before info: String) -> Int? {
        let start = path.utf8.count - info.utf8.count
        guard start >= 0, equal(path, from: start, info) else { return nil }
        // In front of the rest stands no slash that would belong to it.
        return start > 0 && byte(of: path, at: start - 1) == 0x2F ? nil : start
    }

    // `withContiguousStorageIfAvailable` is inlined, unlike `utf8Span`, and there always is storage
    // of that kind where no other language made the text.

    /// Whether `part` stands in `path`, which is long enough, at that place.
    private static func equal(_ path: String, from start: Int, _ part: String) -> Bool {
        let answer = unsafe path.utf8.withContiguousStorageIfAvailable { path in
            unsafe part.utf8.withContiguousStorageIfAvailable { part in
                guard let first = part.baseAddress, !part.isEmpty else { return true }
                return unsafe memcmp(path.baseAddress! + start, first, part.count) == 0
            } ?? false
        }
        return answer ?? path.utf8.dropFirst(start).starts(with: part.utf8)
    }

    private static func byte(of path: String, at place: Int) -> UInt8 {
        path.utf8[path.utf8.index(path.utf8.startIndex, offsetBy: place)]
    }

    /// Whether there is no run of slashes, and ASCII alone.
    private static func isPlain(_ path: String) -> Bool {
        unsafe path.utf8.withContiguousStorageIfAvailable { bytes in
            var previous: UInt8 = 0
            for index in bytes.indices {
                let byte = unsafe bytes[index]
                if byte >= 0x80 || byte == 0x2F && previous == 0x2F { return false }
                previous = byte
            }
            return true
        } ?? false
    }

    static func hasDoubleSlash(_ path: String) -> Bool {
        unsafe path.utf8.withContiguousStorageIfAvailable { bytes in
            for index in bytes.indices.dropFirst()
            where unsafe bytes[index] == 0x2F && bytes[index - 1] == 0x2F {
                return true
            }
            return false
        } ?? path.contains("//")
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
