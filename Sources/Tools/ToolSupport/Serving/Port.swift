// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Questions to the system about a port.
enum Port {
    /// Why nobody could listen there; nil where one can.
    static func problem(host: String, port: Int) -> SystemError? {
        unsafe withSocket(host, port) { descriptor, address, length in
            var yes: Int32 = 1
            unsafe setsockopt(
                descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            return unsafe bind(descriptor, address, length)
        }
    }

    /// Whether somebody listens there.
    static func isOpen(host: String, port: Int) -> Bool {
        // What listens on all addresses is asked on this machine's own.
        let host = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host
        return unsafe withSocket(host, port) { unsafe connect($0, $1, $2) } == nil
    }

    private static func withSocket(
        _ host: String, _ port: Int,
        _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> SystemError? {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, "\(port)", &hints, &list) == 0,
            let address = unsafe list?.pointee
        else { return SystemError(EADDRNOTAVAIL) }
        defer { unsafe freeaddrinfo(list) }
        let descriptor = unsafe socket(
            address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return SystemError() }
        defer { close(descriptor) }
        let result = unsafe body(descriptor, address.ai_addr, address.ai_addrlen)
        return result == 0 ? nil : SystemError()
    }
}
