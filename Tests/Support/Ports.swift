// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Hands out ports of the loopback interface, each once.
///
/// Asking the kernel for a free port and closing it gives two parallel tests the same one, so the
/// numbers come from a counter in a locked file that all test processes of a user share. They lie
/// below the range that the kernel takes the ports of outgoing connections from.
public enum Ports {
    private static let range: Range<UInt16> = 18000..<32000

    public static func next() throws -> UInt16 {
        let path = "/tmp/httpd-test-ports.\(getuid())"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SupportError.call("open \(path)") }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX) == 0 else { throw SupportError.call("flock \(path)") }

        var last: UInt16 = 0
        unsafe pread(descriptor, &last, MemoryLayout<UInt16>.size, 0)
        for _ in range {
            last = range.contains(last + 1) ? last + 1 : range.lowerBound
            guard isFree(last) else { continue }
            unsafe pwrite(descriptor, &last, MemoryLayout<UInt16>.size, 0)
            return last
        }
        throw SupportError("no free port in \(range)")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        var yes: Int32 = 1
        unsafe setsockopt(
            probe, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        return unsafe withLoopback(port) { address, length in unsafe bind(probe, address, length) }
            == 0
    }
}

/// Calls with the address 127.0.0.1 and a port, in the form that the kernel wants.
func withLoopback<Result>(
    _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
