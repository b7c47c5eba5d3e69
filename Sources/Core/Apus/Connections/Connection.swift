// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime

/// A client's connection: httpd's `conn_rec`. Belongs to one loop from its first byte to its last.
public final class Connection {
    /// Unique in this child.
    public let id: UInt64
    public let localAddress: SocketAddress
    public let remoteAddress: SocketAddress
    public let context: LoopContext
    /// The host for this address before a request named one.
    public let defaultHost: VirtualHost
    public var notes = Table()
    /// Bytes that came and left on the wire, of which mod_logio makes its figures.
    public internal(set) var bytesRead: Int64 = 0
    public internal(set) var bytesWritten: Int64 = 0
    /// How slowly the client may send, set by mod_reqtimeout.
    public var readTimeouts: ReadTimeouts?
    /// Requests that were read from it so far.
    public internal(set) var requestCount = 0
    /// The client broke the connection before its response was complete.
    public internal(set) var isAborted = false
    public internal(set) var willClose = false
    var remoteHost: RemoteHost?
    /// Whether the error log has a line about it, which more lines tell of once.
    var isLogged = false
    /// The number of the last request that the error log has a line about.
    var loggedRequest = 0

    public var loop: EventLoop { context.loop }
    public var server: Server { context.server }
    /// Names the connection in all logs.
    public var logID: String { context.identifiers.prefix + String(id, radix: 36) }

    init(
        id: UInt64, local: SocketAddress, remote: SocketAddress, context: LoopContext,
        defaultHost: VirtualHost
    ) {
        self.id = id
        self.localAddress = local
        self.remoteAddress = remote
        self.context = context
        self.defaultHost = defaultHost
    }
}

/// How long reading may take, and how fast it has to be (`RequestReadTimeout`).
public struct ReadTimeouts: Sendable {
    /// For one part of a request: at first `initial`, and a second more for each `minimumRate`
    /// bytes, up to `maximum`.
    public struct Stage: Sendable {
        public var initial: Duration
        public var maximum: Duration?
        /// Bytes a second; 0: what arrives buys no time.
        public var minimumRate: Int

        public init(initial: Duration, maximum: Duration? = nil, minimumRate: Int = 0) {
            self.initial = initial
            self.maximum = maximum
            self.minimumRate = minimumRate
        }

        /// The time a client has for `bytes`, from the start of the stage.
        public func allowance(for bytes: Int64) -> Duration {
            guard minimumRate > 0 else { return initial }
            let extended = initial + .microseconds(bytes * (1_000_000 / Int64(minimumRate)))
            return maximum.map { min($0, extended) } ?? extended
        }
    }

    public var handshake: Stage?
    public var header: Stage?
    public var body: Stage?
    /// Who set them, and in whose name the log tells of a client that was too slow.
    public let module: any Module.Type

    public init(
        handshake: Stage? = nil, header: Stage? = nil, body: Stage? = nil, module: any Module.Type
    ) {
        self.handshake = handshake
        self.header = header
        self.body = body
        self.module = module
    }
}
