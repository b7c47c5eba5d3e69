// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import CPlatform
internal import Glibc
internal import Synchronization

/// A listening socket, opened by the parent and inherited by every child.
public final class Listener: Sendable {
    /// As the log writes it: `127.0.0.1:80`, `[::]:80`.
    public let address: String
    public let port: UInt16
    /// `http`, `https` or what `Listen` said.
    public let protocolName: String
    private let socket: Atomic<CInt>

    init(owning socket: CInt, address: String, port: UInt16, protocolName: String) {
        self.socket = Atomic(socket)
        self.address = address
        self.port = port
        self.protocolName = protocolName
    }

    deinit { close() }

    /// The non-blocking descriptor to accept from; -1 once the listener is closed.
    public var descriptor: CInt { socket.load(ordering: .relaxed) }

    /// Closes this process's descriptor; connections queued stay for those who have the socket open.
    public func close() {
        let descriptor = socket.exchange(-1, ordering: .relaxed)
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    /// Ends the socket itself, for every process that has it open: nobody is queued any more.
    ///
    /// A child that is busy with code that blocks cannot close its descriptor, and clients would
    /// wait in the queue for it. Whoever accepts from the socket gets `EINVAL`.
    func end() {
        let descriptor = self.descriptor
        if descriptor >= 0 { _ = shutdown(descriptor, CInt(SHUT_RDWR)) }
    }

    /// Ends the socket for every process, and closes this one's descriptor.
    func shutDown() {
        end()
        close()
    }

    /// Hands the socket to somebody who closes it.
    func takeDescriptor() -> CInt { socket.exchange(-1, ordering: .relaxed) }

    /// Opens, binds and listens.
    ///
    /// - Parameter log: told of every failure, with httpd's number.
    static func open(
        _ address: ListenAddress, _ protocolName: String, _ options: ListenOptions,
        _ log: ProcessLog
    ) throws(SystemError) -> Listener {
        let raw = Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue) | flags, 0)
        guard raw >= 0 else {
            let error = SystemError.last("socket")
            let text = "AH00078: alloc_listener: failed to get a socket for \(address)"
            log(ProcessMessage(.critical, text, error))
            throw error
        }
        let socket = FileDescriptor(owning: raw)
        try configure(socket, address, options, log)
        try bindAndListen(socket, address, options, log)
        if !options.unfilteredProtocols.contains(protocolName) {
            deferAccept(socket, options, log)
        }
        return Listener(
            owning: socket.release(), address: address.description, port: address.port,
            protocolName: protocolName)
    }

    private static let flags = O_CLOEXEC | O_NONBLOCK

    private static func configure(
        _ socket: borrowing FileDescriptor, _ address: ListenAddress, _ options: ListenOptions,
        _ log: ProcessLog
    ) throws(SystemError) {
        let subject = "make_sock: for address \(address), apr_socket_opt_set:"
        // A restart of the machine's server must not wait until old connections are forgotten.
        try socket.set(SOL_SOCKET, SO_REUSEADDR, 1) { error in
            log(ProcessMessage(.critical, "AH00067: \(subject) (SO_REUSEADDR)", error))
        }
        try socket.set(SOL_SOCKET, SO_KEEPALIVE, 1) { error in
            log(ProcessMessage(.critical, "AH00068: \(subject) (SO_KEEPALIVE)", error))
        }
        if address.family == AF_INET6 {
            // One socket for both families where the address means every one.
            try socket.set(CInt(IPPROTO_IPV6), IPV6_V6ONLY, address.isAnyIPv6 ? 0 : 1) { error in
                log(ProcessMessage(.critical, "AH00069: \(subject) (IPV6_V6ONLY)", error))
            }
        }
        // Inherited by the sockets accepted.
        try? socket.set(CInt(IPPROTO_TCP), TCP_NODELAY, 1) { _ in }
        setBuffer(socket, SO_SNDBUF, options.sendBufferSize, "AH00070", "Send", address, log)
        setBuffer(socket, SO_RCVBUF, options.receiveBufferSize, "AH00071", "Receive", address, log)
    }

    private static func setBuffer(
        _ socket: borrowing FileDescriptor, _ option: CInt, _ size: Int, _ number: String,
        _ name: String, _ address: ListenAddress, _ log: ProcessLog
    ) {
        guard size > 0 else { return }
        try? socket.set(SOL_SOCKET, option, CInt(clamping: size)) { error in
            let text =
                "\(number): make_sock: failed to set \(name)BufferSize for address "
                + "\(address), using default"
            log(ProcessMessage(.warning, text, error))
        }
    }

    private static func bindAndListen(
        _ socket: borrowing FileDescriptor, _ address: ListenAddress, _ options: ListenOptions,
        _ log: ProcessLog
    ) throws(SystemError) {
        let descriptor = socket.rawValue
        let status = unsafe address.bytes.withUnsafeBytes { raw in
            unsafe bind(
                descriptor, raw.baseAddress!.assumingMemoryBound(to: sockaddr.self),
                socklen_t(raw.count))
        }
        guard status == 0 else {
            let error = SystemError.last("bind")
            let text = "AH00072: make_sock: could not bind to address \(address)"
            log(ProcessMessage(.critical, text, error))
            throw error
        }
        guard listen(descriptor, CInt(clamping: options.backlog)) == 0 else {
            let error = SystemError.last("listen")
            let text = "AH00073: make_sock: unable to listen for connections on address \(address)"
            log(ProcessMessage(.error, text, error))
            throw error
        }
    }

    private static func deferAccept(
        _ socket: borrowing FileDescriptor, _ options: ListenOptions, _ log: ProcessLog
    ) {
        try? socket.set(
            CInt(IPPROTO_TCP), TCP_DEFER_ACCEPT, CInt(clamping: options.deferAcceptSeconds)
        ) { error in
            log(ProcessMessage(.warning, "AH00076: Failed to enable APR_TCP_DEFER_ACCEPT", error))
        }
    }
}

extension FileDescriptor {
    /// Sets a socket option that is a number.
    fileprivate borrowing func set(
        _ level: CInt, _ option: CInt, _ value: CInt, onFailure: (SystemError) -> Void
    ) throws(SystemError) {
        var value = value
        let size = socklen_t(MemoryLayout<CInt>.size)
        guard unsafe setsockopt(rawValue, level, option, &value, size) == 0 else {
            let error = SystemError.last("setsockopt")
            onFailure(error)
            throw error
        }
    }
}
