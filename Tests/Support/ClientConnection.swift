// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A client's connection, for tests that care when which byte moves.
public final class ClientConnection {
    private let descriptor: Int32
    private var received: [UInt8] = []
    private var isAtEnd = false

    /// The port of the client's end, as the server sees it.
    public private(set) var localPort: UInt16

    init(port: UInt16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw SupportError.call("socket") }
        self.descriptor = descriptor
        localPort = 0
        let result = unsafe withLoopback(port) { unsafe Glibc.connect(descriptor, $0, $1) }
        guard result == 0 else { throw SupportError.call("connect to port \(port)") }
        var yes: Int32 = 1
        unsafe setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        localPort = portOfLocalEnd(descriptor)
    }

    deinit { close(descriptor) }

    public func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends bytes, and takes in what arrives meanwhile, so that neither side waits for the other.
    public func send(_ bytes: [UInt8], within bound: Duration = .seconds(45)) throws {
        let deadline = Deadline(after: bound)
        var rest = bytes[...]
        while !rest.isEmpty {
            let ready = try poll(for: POLLIN | POLLOUT, deadline, "room to send")
            if ready & POLLIN != 0, !isAtEnd { takeIn() }
            guard ready & POLLOUT != 0 else { continue }
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress, buffer.count,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            // A server may refuse a request and close before it has read all of it.
            if count < 0, errno == EPIPE || errno == ECONNRESET { return }
            rest = rest.dropFirst(max(0, count))
        }
    }

    /// Says that no more will be sent; the answer can still be read.
    public func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes with a reset, as a client does that is gone.
    public func abort() {
        var value = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Reads one response, interim ones included.
    ///
    /// - Parameter method: of the request; the answer to HEAD has no content.
    public func response(
        to method: String = "GET", within bound: Duration = .seconds(45)
    ) throws -> RawResponse {
        let deadline = Deadline(after: bound)
        while true {
            if let response = RawResponse(parsing: received, to: method, isAtEnd: isAtEnd) {
                received.removeFirst(response.raw.count)
                return response
            }
            if isAtEnd {
                let text = String(decoding: received, as: UTF8.self)
                throw SupportError("connection closed instead of a response, after '\(text)'")
            }
            try receive(deadline)
        }
    }

    /// Sends a request and reads its response.
    public func request(
        _ head: String, within bound: Duration = .seconds(45)
    ) throws -> RawResponse {
        try send(head)
        return try response(to: String(head.prefix { $0 != " " }), within: bound)
    }

    /// Reads until the server closes; what it sent until then.
    ///
    /// - Throws: `SupportError` when it does not close within the bound.
    @discardableResult
    public func readToEnd(within bound: Duration = .seconds(45)) throws -> [UInt8] {
        let deadline = Deadline(after: bound)
        while !isAtEnd { try receive(deadline) }
        defer { received = [] }
        return received
    }

    /// Reads at least so many bytes, and takes them.
    public func read(atLeast count: Int, within bound: Duration = .seconds(45)) throws -> [UInt8] {
        let deadline = Deadline(after: bound)
        while received.count < count, !isAtEnd { try receive(deadline) }
        defer { received = [] }
        return received
    }

    /// Reads so many bytes, fewer only at the end, and leaves what may have come after them.
    public func read(exactly count: Int, within bound: Duration = .seconds(45)) throws -> [UInt8] {
        let deadline = Deadline(after: bound)
        while received.count < count, !isAtEnd { try receive(deadline) }
        defer { received.removeFirst(min(count, received.count)) }
        return Array(received.prefix(count))
    }

    /// Whether nothing arrives, and the connection stays open, for so long.
    public func isSilent(for duration: Duration) -> Bool {
        received.isEmpty && (try? poll(for: POLLIN, Deadline(after: duration), "")) == nil
    }

    private func receive(_ deadline: Deadline) throws {
        _ = try poll(
            for: POLLIN, deadline,
            "end of a response; so far '\(String(decoding: received.prefix(2000), as: UTF8.self))'")
        takeIn()
    }

    private func takeIn() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 { received += buffer[..<count] } else { isAtEnd = true }
    }

    private func poll(for events: Int32, _ deadline: Deadline, _ what: String) throws -> Int32 {
        var item = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        guard unsafe Glibc.poll(&item, 1, deadline.milliseconds) == 1 else {
            throw SupportError("no \(what)")
        }
        return Int32(item.revents) & (POLLIN | POLLOUT)
            | (Int32(item.revents) & (POLLERR | POLLHUP) != 0 ? events : 0)
    }
}

private func portOfLocalEnd(_ descriptor: Int32) -> UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe getsockname(descriptor, $0, &length)
        }
    }
    return UInt16(bigEndian: address.sin_port)
}

extension ClientConnection {
    /// Reads so many bytes or some more, and keeps none of them, for content of many megabytes.
    ///
    /// - Throws: `SupportError` when the server closes before.
    public func discard(atLeast count: Int, within bound: Duration = .seconds(120)) throws {
        let deadline = Deadline(after: bound)
        var remaining = count - received.count
        received = []
        let size = 1 << 20
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer { unsafe buffer.deallocate() }
        while remaining > 0 {
            _ = try poll(for: POLLIN, deadline, "rest of \(remaining) bytes")
            let taken = unsafe recv(descriptor, buffer, size, 0)
            guard taken > 0 else { throw SupportError("closed before the last \(remaining) bytes") }
            remaining -= taken
        }
    }

    /// Sends a block again and again, until the server has taken nothing for a second.
    ///
    /// - Returns: how many bytes have been taken.
    public func sendWhatIsTaken(_ block: [UInt8], atMost limit: Int) -> Int {
        var count = 0
        while count < limit {
            guard (try? poll(for: POLLOUT, Deadline(after: .seconds(1)), "room to send")) != nil
            else { return count }
            let sent = unsafe block.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress, min(buffer.count, limit - count),
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if sent < 0, errno != EAGAIN { return count }
            count += max(0, sent)
        }
        return count
    }
}
