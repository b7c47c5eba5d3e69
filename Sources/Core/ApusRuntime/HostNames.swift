// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Names and addresses of hosts, as the system's resolver knows them.
///
/// All of it blocks.
public enum HostNames {
    /// The addresses of a host; none when the name means nothing.
    public static func addresses(of name: String) -> [SocketAddress.Address] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress.Address] = []
        var next = unsafe list
        while let entry = unsafe next {
            let address = unsafe SocketAddress(entry.pointee).address
            if !addresses.contains(address) { addresses.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }

    /// The name of the host that has an address; nil when there is none.
    public static func name(of address: SocketAddress.Address) -> String? {
        unsafe withSocketAddress(address) { pointer, length in
            unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) {
                text in
                let status = unsafe getnameinfo(
                    pointer, length, text.baseAddress, socklen_t(text.count), nil, 0, NI_NAMEREQD)
                return status == 0 ? unsafe String(cString: text.baseAddress!) : nil
            }
        }
    }

    private static func withSocketAddress<Result>(
        _ address: SocketAddress.Address,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result?
    ) -> Result? {
        switch address {
        case .v4(let value):
            var raw = sockaddr_in()
            raw.sin_family = sa_family_t(AF_INET)
            raw.sin_addr.s_addr = value.bigEndian
            return unsafe withSocketAddress(of: &raw, body)
        case .v6(let high, let low, let scope):
            var raw = sockaddr_in6()
            raw.sin6_family = sa_family_t(AF_INET6)
            raw.sin6_scope_id = scope
            unsafe withUnsafeMutableBytes(of: &raw.sin6_addr) { bytes in
                unsafe bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return unsafe withSocketAddress(of: &raw, body)
        case .unix:
            return nil
        }
    }

    private static func withSocketAddress<Raw, Result>(
        of raw: inout Raw, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result?
    ) -> Result? {
        unsafe withUnsafeMutablePointer(to: &raw) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<Raw>.size))
            }
        }
    }
}

extension SocketAddress {
    fileprivate init(_ entry: addrinfo) {
        var storage = sockaddr_storage()
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            let size = unsafe min(bytes.count, Int(entry.ai_addrlen))
            unsafe bytes.copyMemory(
                from: UnsafeRawBufferPointer(start: entry.ai_addr, count: size))
        }
        self.init(storage: storage)
    }
}

extension SocketAddress.Address {
    /// Whether it is an address by which a machine speaks to itself: 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        switch self {
        case .v4(let value): value >> 24 == 127
        case .v6(let high, let low, _): high == 0 && low == 1
        case .unix: false
        }
    }
}
