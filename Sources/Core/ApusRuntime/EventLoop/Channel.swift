// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// Waiting came to its deadline.
public struct TimedOut: Error {}

/// Why a channel can be written to no more.
public enum ChannelError: Error, Sendable {
    case system(SystemError)
    case timedOut

    /// The other side has left, which is no fault of ours.
    public var isDisconnect: Bool {
        guard case .system(let error) = self else { return false }
        return error.code == ECONNRESET || error.code == EPIPE || error.code == ENOTCONN
    }
}

/// Who is told when something arrives on a channel that nobody is waiting on.
public protocol ChannelOwner: AnyObject {
    func channelBecameReady()
    func channelTimedOut()
}

// The kernel tells each change once (edge-triggered), so the channel remembers what it was told:
// `isReadable` holds until a read found nothing more, `isWritable` until a write was refused.

/// A non-blocking descriptor, watched by the loop on whose thread it is used, closed at the end.
@safe
public final class Channel: EventHandler {
    public let descriptor: CInt
    public unowned let loop: EventLoop
    /// Told of events while nothing waits.
    ///
    /// The channel holds its owner until `close`.
    public var owner: (any ChannelOwner)? {
        get { currentOwner }
        set { currentOwner = newValue }
    }
    public private(set) var isReadable: Bool {
        get { state.isReadable }
        set { state.isReadable = newValue }
    }
    public private(set) var isWritable: Bool {
        get { state.isWritable }
        set { state.isWritable = newValue }
    }
    /// The other side has closed at least its half.
    public private(set) var hasHungUp: Bool {
        get { state.hasHungUp }
        set { state.hasHungUp = newValue }
    }
    // Not seen by other modules, so that the compiler knows all accesses and need not check them.
    private var currentOwner: (any ChannelOwner)?
    private var state = (isReadable: true, isWritable: true, hasHungUp: false)
    private var isOpen = true
    /// Until a call for sockets alone says otherwise.
    private var isSocket = true
    private var timedOut = false
    private var reader: UnsafeContinuation<Void, Never>?
    private var writer: UnsafeContinuation<Void, Never>?

    /// Takes over the descriptor, which must be non-blocking.
    public init(_ descriptor: CInt, loop: EventLoop) throws(SystemError) {
        self.descriptor = descriptor
        self.loop = loop
        do {
            try loop.watch(descriptor, mode: .edge, self)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    deinit { precondition(!isOpen, "a channel must be closed, for the loop refers to it") }

    public func close() {
        guard isOpen else { return }
        isOpen = false
        owner = nil
        loop.forget(descriptor)
        _ = Glibc.close(descriptor)
        wakeBoth()
    }

    // MARK: Events

    public func ready(_ readiness: Readiness) {
        if readiness.contains(.readable) { isReadable = true }
        if readiness.contains(.writable) { isWritable = true }
        if !readiness.isDisjoint(with: .hangUp) {
            hasHungUp = true
            isReadable = true
            isWritable = true
        }
        if isReadable, unsafe reader != nil {
            wakeReader()
        } else if isWritable, unsafe writer != nil {
            wakeWriter()
        } else if isReadable || hasHungUp {
            owner?.channelBecameReady()
        }
        if isWritable { wakeWriter() }
    }

    public func deadlinePassed() {
        if unsafe reader == nil && writer == nil {
            owner?.channelTimedOut()
        } else {
            timedOut = true
            wakeBoth()
        }
    }

    private func wakeBoth() {
        wakeWriter()
        wakeReader()
    }

    /// Lets the task that waits to read look again, though nothing has come.
    public func wakeReader() { unsafe reader.take()?.resume() }

    /// As `wakeReader`, for the task that waits to write.
    public func wakeWriter() { unsafe writer.take()?.resume() }

    /// When to give up waiting: nanoseconds of `loop.now`, `.max` for never.
    public func setDeadline(_ time: Int64) { loop.setDeadline(of: descriptor, at: time) }

    /// Suspends until there may be something to read.
    ///
    /// At most one task waits.
    public func waitUntilReadable() async throws(TimedOut) {
        if isReadable || !isOpen { return }
        unsafe await withUnsafeContinuation { unsafe reader = $0 }
        try throwIfTimedOut()
    }

    /// Suspends until something can be written.
    ///
    /// At most one task waits.
    public func waitUntilWritable() async throws(TimedOut) {
        if isWritable || !isOpen { return }
        unsafe await withUnsafeContinuation { unsafe writer = $0 }
        try throwIfTimedOut()
    }

    private func throwIfTimedOut() throws(TimedOut) {
        guard timedOut else { return }
        timedOut = false
        throw TimedOut()
    }

    // MARK: Reading and writing

    /// Appends what has arrived, at most `limit` bytes.
    ///
    /// - Returns: the number of bytes, 0 when the other side has closed, nil when nothing is there.
    public func read(into buffer: inout [UInt8], limit: Int) throws(SystemError) -> Int? {
        guard isReadable else { return nil }
        var result = 0
        buffer.append(addingCapacity: limit) { span in
            unsafe span.withUnsafeMutableBufferPointer { bytes, count in
                unsafe result = receive(bytes.baseAddress! + count, limit)
                count += max(result, 0)
            }
        }
        if result == -1 {
            guard errno == EAGAIN else { throw .last("read") }
            isReadable = false
            return nil
        }
        // A short read has emptied a stream socket; the next byte will be told (epoll(7)).
        if result > 0 && result < limit && !hasHungUp { isReadable = false }
        return result
    }

    /// `recv` costs less than `read`, which finds out first what it reads from.
    private func receive(_ place: UnsafeMutablePointer<UInt8>, _ limit: Int) -> Int {
        while true {
            let count =
                unsafe isSocket
                ? recv(descriptor, place, limit, 0) : Glibc.read(descriptor, place, limit)
            guard count == -1 else { return count }
            switch errno {
            case EINTR: continue
            case ENOTSOCK where isSocket: isSocket = false
            default: return -1
            }
        }
    }

    /// Writes from `bytes` what the kernel takes now.
    ///
    /// - Returns: the number of bytes taken; fewer than given means: wait until writable.
    public func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        try wrote("write") {
            unsafe bytes.withUnsafeBufferPointer { buffer in
                if isSocket {
                    // MSG_NOSIGNAL: a client that left is an error here, and no SIGPIPE.
                    let sent = unsafe send(
                        descriptor, buffer.baseAddress, buffer.count, CInt(MSG_NOSIGNAL))
                    guard sent == -1, errno == ENOTSOCK else { return sent }
                    isSocket = false
                }
                return unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
        }
    }

    /// Sends a part of a file without copying it through this process.
    ///
    /// - Returns: the number of bytes taken, 0 when the socket is full or the file ended early
    ///   (then `isWritable` is still true).
    public func sendFile(_ file: CInt, from offset: Int64, count: Int) throws(SystemError) -> Int {
        try wrote("sendfile") {
            var position = off_t(offset)
            return unsafe sendfile(descriptor, file, &position, count)
        }
    }

    private func wrote(_ call: String, _ body: () -> Int) throws(SystemError) -> Int {
        guard isWritable else { return 0 }
        while true {
            let count = body()
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                isWritable = false
                return 0
            case let code: throw SystemError(code: code, call: call)
            }
        }
    }

    /// Writes all of it, waiting as often as the other side is slow.
    ///
    /// - Parameters:
    ///   - start: where to begin; the bytes before it have been written.
    ///   - patience: how long one wait may last.
    public func writeAll(
        _ bytes: [UInt8], from start: Int = 0, patience: Duration
    ) async throws(ChannelError) {
        var written = start
        while written < bytes.count {
            do {
                written += try write(bytes.span.extracting(written...))
            } catch {
                throw .system(error)
            }
            if written < bytes.count { try await waitToWrite(patience) }
        }
    }

    /// Waits until writable, at most `patience`.
    public func waitToWrite(_ patience: Duration) async throws(ChannelError) {
        setDeadline(loop.now + patience.nanoseconds)
        defer { if isOpen { setDeadline(.max) } }
        do {
            try await waitUntilWritable()
        } catch {
            throw .timedOut
        }
        if !isOpen { throw .system(SystemError(code: EPIPE, call: "write")) }
    }

    /// Waits until readable, at most `patience`.
    public func waitToRead(_ patience: Duration) async throws(ChannelError) {
        setDeadline(loop.now + patience.nanoseconds)
        defer { if isOpen { setDeadline(.max) } }
        do {
            try await waitUntilReadable()
        } catch {
            throw .timedOut
        }
        if !isOpen { throw .system(SystemError(code: EBADF, call: "read")) }
    }

    /// Tells the other side that nothing more comes.
    public func shutdownWriting() { _ = shutdown(descriptor, CInt(SHUT_WR)) }
}
