// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Asks a running server to start its applications anew, as `a2reload` does.
enum ReloadRequest {
    struct Answer: Equatable {
        var isDone: Bool
        /// What the new version said, if it failed.
        var text: String

        /// Reads the server's lines: `ok` or `failed` for each application, then what that said,
        /// indented, and `end` with a status.
        init(_ lines: String) {
            isDone = false
            text = ""
            for line in lines.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix(" ") { text += line.dropFirst() + "\n" }
                if line == "end 0" { isDone = true }
            }
        }
    }

    static func send(to path: String) throws(SystemError) -> Answer {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError() }
        defer { close(descriptor) }
        try connect(descriptor, path)
        try writeAll(Array("reload\n".utf8).span, to: descriptor)
        return Answer(String(decoding: try readAll(from: descriptor), as: UTF8.self))
    }

    private static func connect(_ descriptor: Int32, _ path: String) throws(SystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError(ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, size)
            }
        }
        guard result == 0 else { throw SystemError() }
    }
}
