// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime

/// A client's connection: httpd's `conn_rec`.
///
/// Belongs to one loop from its first byte to its last.
public final class Connection {
    /// Unique in this child.
    public let id: UInt64
    public let localAddress: SocketAddress
    public let remoteAddress: SocketAddress
    public let context: LoopContext
    /// The host for this address before a request named one.
    public let defaultHost: VirtualHost
    public var notes = Table()
    /// What a URL to this server begins with here: a module that encrypts sets `https`.
    public var scheme: String {
        get { schemeOfURLs }
        set { schemeOfURLs = newValue }
    }
    /// Bytes that came and left on the wire, of which mod_logio makes its figures.
    public internal(set) var bytesRead: Int64 {
        get { progress.bytesRead }
        set { progress.bytesRead = newValue }
    }
    public internal(set) var bytesWritten: Int64 {
        get { progress.bytesWritten }
        set { progress.bytesWritten = newValue }
    }
    /// How slowly the client may send, set by mod_reqtimeout.
    public var readTimeouts: ReadTimeouts?
    /// Called when the client has ended its side while a request is being answered and nobody waits
    /// for the client.
    ///
    /// Whoever sets it clears it again.
    public var whenClientLeaves: (() -> Void)? {
        get { departureHandler }
        set { departureHandler = newValue }
    }
    /// Requests that were read from it so far.
    public internal(set) var requestCount: Int {
        get { progress.requestCount }
        set { progress.requestCount = newValue }
    }
    /// The turn of the loop in which its last request of HTTP/1.x was answered.
    var lastAnswered: Int64?
    /// The client broke the connection before its response was complete.
    public internal(set) var isAborted: Bool {
        get { progress.isAborted }
        set { progress.isAborted = newValue }
    }
    public internal(set) var willClose: Bool {
        get { progress.willClose }
        set { progress.willClose = newValue }
    }

    private struct Progress {
        var bytesRead: Int64 = 0
        var bytesWritten: Int64 = 0
        var requestCount = 0
        var isAborted = false
        var willClose = false
    }

    // Not seen by other modules, so that the compiler knows all accesses and need not check them.
    private var progress = Progress()
    private var schemeOfURLs = "http"
    private var departureHandler: (() -> Void)?
    private var states = ModuleStates()

    var remoteHost: RemoteHost?
    private var lastHostName: String?
    private var lastHost: VirtualHost?
    /// Whether the error log has a line about it, which more lines tell of once.
    var isLogged = false
    /// The number of the last request that the error log has a line about.
    var loggedRequest = 0

    public var loop: EventLoop { context.loop }
    public var server: Server { context.server }
    /// Names the connection in all logs.
    public private(set) lazy var logID = context.identifiers.prefix + String(id, radix: 36)

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

    /// What a module keeps with the connection from one request to the next.
    public subscript<State: AnyObject>(state type: State.Type) -> State? {
        get { states[type] }
        set { states = states.replacing(type, by: newValue) }
    }

    /// The host of that name; a client most often asks for the same one again.
    func host(named name: String?) -> VirtualHost {
        if let lastHost, lastHostName == name { return lastHost }
        let host = server.hostTable.host(named: name, at: localAddress)
        lastHostName = name
        lastHost = host
        return host
    }
}
