// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A connection to the control socket of a running server.
final class ReloadConnection {
    private let descriptor: Int32
    private let path: String
    private static let unanswered: Int32 = 3
    private static let maximumBytes = 4 << 20

    /// - Throws: `ToolFailure` with status 3 when no server listens there.
    init(_ path: String, timeout: Int) throws(ToolFailure) {
        self.path = path
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw ToolFailure("\(path): the path of a socket cannot be as long", Self.unanswered)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw ToolFailure("\(SystemError())", Self.unanswered) }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(
                descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, size)
            }
        }
        guard result == 0 else {
            let error = SystemError()
            throw ToolFailure(
                "\(path): \(error)\nIs the server running, and mod_wsgi loaded?", Self.unanswered)
        }
    }

    deinit { close(descriptor) }

    /// Asks for a reload, and waits until it is over.
    func ask(_ names: [String]) throws(ToolFailure) -> ReloadAnswer {
        let line = (["reload"] + names).joined(separator: " ") + "\n"
        do {
            try writeAll(Array(line.utf8).span, to: descriptor)
        } catch {
            throw ToolFailure("\(path): \(error)", Self.unanswered)
        }
        guard let answer = ReloadAnswer(String(decoding: try read(), as: UTF8.self)) else {
            throw ToolFailure(
                "\(path): the server has not answered; the error log may tell why", Self.unanswered)
        }
        return answer
    }

    private func read() throws(ToolFailure) -> [UInt8] {
        do {
            return try readAll(from: descriptor, limit: Self.maximumBytes)
        } catch {
            let reason =
                error.code == EAGAIN
                ? "no answer in time; the reload may still go on" : "\(error)"
            throw ToolFailure("\(path): \(reason)", Self.unanswered)
        }
    }
}
