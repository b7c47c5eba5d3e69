// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import CPlatform
internal import Glibc

/// A resolved address that a socket is bound to.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// The system's `sockaddr`, as bytes.
    let bytes: [UInt8]
    let family: CInt
    public let port: UInt16
    /// Numeric, without brackets.
    public let host: String

    /// As the log writes it: `127.0.0.1:80`, `[::]:80`.
    public var description: String {
        family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    public var isAnyIPv6: Bool { family == AF_INET6 && host == "::" }
    public var isAnyIPv4: Bool { family == AF_INET && host == "0.0.0.0" }

    /// Finds the addresses of a name, or every address of the machine where there is no name.
    ///
    /// The IPv6 one comes first among those that mean every address: its socket takes IPv4
    /// connections too.
    public static func resolve(
        _ specification: ListenSpecification
    ) throws(ListenError) -> [ListenAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let port = "\(specification.port)"
        let status: CInt
        if let host = specification.host {
            status = unsafe getaddrinfo(host, port, &hints, &list)
        } else {
            status = unsafe getaddrinfo(nil, port, &hints, &list)
        }
        guard status == 0 else {
            let name = specification.host ?? "*"
            let reason = unsafe String(cString: gai_strerror(status))
            throw ListenError(
                "Listen setup failed",
                messages: [
                    ProcessMessage(
                        .critical,
                        "AH00077: alloc_listener: failed to set up sockaddr for \(name): \(reason)")
                ])
        }
        defer { unsafe freeaddrinfo(list) }
        let found = unsafe addresses(list, specification.port)
        return found.filter(\.isAnyIPv6) + found.filter { !$0.isAnyIPv6 }
    }

    private static func addresses(
        _ list: UnsafeMutablePointer<addrinfo>?, _ port: UInt16
    ) -> [ListenAddress] {
        var result: [ListenAddress] = []
        var next = unsafe list
        while let info = unsafe next {
            let bytes = unsafe [UInt8](
                UnsafeRawBufferPointer(
                    start: info.pointee.ai_addr, count: Int(info.pointee.ai_addrlen)))
            let address = ListenAddress(
                bytes: bytes, family: unsafe info.pointee.ai_family, port: port,
                host: numericHost(bytes))
            if !result.contains(address) { result.append(address) }
            unsafe next = info.pointee.ai_next
        }
        return result
    }

    private static func numericHost(_ bytes: [UInt8]) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            unsafe bytes.withUnsafeBytes { raw in
                let address = unsafe raw.baseAddress!.assumingMemoryBound(to: sockaddr.self)
                let status = unsafe getnameinfo(
                    address, socklen_t(raw.count), buffer.baseAddress, socklen_t(buffer.count),
                    nil, 0, NI_NUMERICHOST)
                return status == 0 ? unsafe String(cString: buffer.baseAddress!) : "?"
            }
        }
    }
}

/// The options of listening sockets, with the directives that set them.
public struct ListenOptions: Sendable, Hashable {
    /// `ListenBacklog`.
    public var backlog = 511
    /// `SendBufferSize` in bytes, 0 for the system's default.
    public var sendBufferSize = 0
    /// `ReceiveBufferSize` in bytes, 0 for the system's default.
    public var receiveBufferSize = 0
    /// Protocols for which `AcceptFilter` says `none`.
    public var unfilteredProtocols: Set<String> = []
    /// `ListenTCPDeferAccept`: seconds the kernel waits for data before it shows a connection.
    public var deferAcceptSeconds = 30

    public init() {}
}
