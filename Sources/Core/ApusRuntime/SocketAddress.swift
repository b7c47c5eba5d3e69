// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// An IP address with a port, or the path of a Unix socket's name (empty for most clients).
public struct SocketAddress: Hashable, Sendable {
    public enum Address: Hashable, Sendable {
        /// Four bytes, the first of the dotted form highest.
        case v4(UInt32)
        /// Sixteen bytes, as two big-endian halves.
        case v6(UInt64, UInt64, scope: UInt32)
        case unix
    }

    public var address: Address
    public var port: UInt16

    public init(_ address: Address, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// An IPv4 address that came in over an IPv6 socket (`::ffff:a.b.c.d`) is told as IPv4.
    var unmapped: SocketAddress {
        if case .v6(0, let low, _) = address, low >> 32 == 0xFFFF {
            return SocketAddress(.v4(UInt32(truncatingIfNeeded: low)), port: port)
        }
        return self
    }

    public init(storage: sockaddr_storage) {
        self = unsafe withUnsafeBytes(of: storage) { bytes in
            switch CInt(storage.ss_family) {
            case AF_INET:
                let raw = unsafe bytes.load(as: sockaddr_in.self)
                return SocketAddress(
                    .v4(UInt32(bigEndian: raw.sin_addr.s_addr)),
                    port: UInt16(bigEndian: raw.sin_port))
            case AF_INET6:
                let raw = unsafe bytes.load(as: sockaddr_in6.self)
                let high = unsafe bytes.load(fromByteOffset: 8, as: UInt64.self)
                let low = unsafe bytes.load(fromByteOffset: 16, as: UInt64.self)
                return SocketAddress(
                    .v6(UInt64(bigEndian: high), UInt64(bigEndian: low), scope: raw.sin6_scope_id),
                    port: UInt16(bigEndian: raw.sin6_port)
                ).unmapped
            default: return SocketAddress(.unix, port: 0)
            }
        }
    }

    /// The address of this end of a connected or listening socket.
    public static func local(of descriptor: CInt) -> SocketAddress {
        unsafe named { unsafe getsockname(descriptor, $0, $1) }
    }

    /// The address of the other end.
    public static func remote(of descriptor: CInt) -> SocketAddress {
        unsafe named { unsafe getpeername(descriptor, $0, $1) }
    }

    public static func named(
        _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe call($0, &length)
            }
        }
        return SocketAddress(storage: storage)
    }

    /// The address without its port, as `192.0.2.1` or `2001:db8::1`.
    public var host: String {
        switch address {
        case .v4(let value):
            return "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
        case .v6(let high, let low, _):
            var raw = in6_addr()
            unsafe withUnsafeMutableBytes(of: &raw) { bytes in
                unsafe bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
                _ = unsafe inet_ntop(AF_INET6, &raw, text.baseAddress!, 64)
                return unsafe String(cString: text.baseAddress!)
            }
        case .unix: return "unix"
        }
    }
}

extension SocketAddress.Address {
    /// Reads an address as `inet_pton` does.
    public init?(_ text: String) {
        var v4 = in_addr()
        if unsafe inet_pton(AF_INET, text, &v4) == 1 {
            self = .v4(UInt32(bigEndian: v4.s_addr))
            return
        }
        var v6 = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        self = unsafe withUnsafeBytes(of: &v6) { bytes in
            .v6(
                UInt64(bigEndian: unsafe bytes.load(as: UInt64.self)),
                UInt64(bigEndian: unsafe bytes.load(fromByteOffset: 8, as: UInt64.self)), scope: 0)
        }
    }
}

extension SocketAddress {
    /// Whether it is the address that means every address of the machine.
    public var isWildcard: Bool {
        switch address {
        case .v4(let value): value == 0
        case .v6(let high, let low, _): high == 0 && low == 0
        case .unix: false
        }
    }
}
