// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
public import ApusHTTP
public import ApusRuntime

// A request is a value that one task owns and hands to each phase in turn (`inout`). Nothing else
// can hold it, so it needs no locks; what outlives a phase (a stream of content) captures what it
// needs of it. The corresponding structure of httpd is `request_rec`.

/// A request on its way through the phases, with the response that is being made for it.
public struct Request: ~Copyable {
    // MARK: Where it came from

    public let connection: Connection
    /// The virtual host that was chosen for it.
    public internal(set) var host: VirtualHost
    public let received: WallTime
    /// The same moment on the clock that never goes back, in nanoseconds.
    public let started: Int64
    /// What this connection had asked before, this one included.
    public let number: Int

    // MARK: What was asked

    public internal(set) var head: RequestHead
    /// The name of the host that was asked for, without port, in lower case (`r->hostname`).
    public var hostname: String?
    var hostPort: UInt16?
    /// The path, decoded and with its dots resolved (`r->uri`).
    public var path: String
    /// What follows the `?`, as it was sent (`r->args`).
    public var query: String?
    public var body: RequestBody
    /// The client's address, as a module may have learned it from a proxy (`useragent_ip`).
    public var clientAddress: SocketAddress

    // MARK: What it was mapped to

    public var filename: String?
    /// How many bytes of the filename a function that maps to scripts takes for the script, so that
    /// the file system is asked about that first.
    public var likelyFileLength: Int?
    /// The part of the path beyond the file (`PATH_INFO`).
    public var pathInfo: String?
    /// What the file system says about `filename`, nil when there is no such file.
    public var fileStatus: FileStatus?
    public var handlerName: String?
    /// What a function that mapped the request keeps for its handler.
    public var mapping: AnyObject?
    public var contextPrefix: String?
    public var contextDocumentRoot: String?
    /// Filters that go by their names into the ways of content and response, before those of
    /// `SetInputFilter` and `SetOutputFilter`.
    public var inputFilterNames: [String] = []
    public var outputFilterNames: [String] = []
    public var user: String?
    public var authType: String?
    public var environment = Table()
    public var notes = Table()
    public var noteSource: (any NoteSource)?

    // MARK: What is answered

    public var response = Response()
    var filters: [any OutputFilter] = []

    // MARK: Its history

    /// The request as the client made it, when this one is a redirect inside the server.
    public internal(set) var original: OriginalRequest?
    /// Set for a sub-request: the path of the request that made it.
    public internal(set) var parentPath: String?
    public internal(set) var redirects = 0
    /// The settings by which a user was last asked for, and let in or not.
    private var checkedConfig: MergedConfig?
    /// The status line says HTTP/1.0 (`force-response-1.0`).
    var isAnsweredAsHTTP10 = false
    @usableFromInline var directoryConfig: MergedConfig
    var errorPageStatus: HTTPStatus?
    /// Nil for a sub-request.
    var interimSender: (any InterimResponseSender)?
    /// Bytes that came for it, from its request line to the end of its content.
    public internal(set) var bytesReceived: Int64 = 0
    /// Bytes of the response, head included, as mod_logio counts them.
    public internal(set) var bytesSent: Int64 = 0
    /// Bytes of the response's content, before it was cut into chunks.
    public internal(set) var contentBytesSent: Int64 = 0
    /// Whether the time of the response's first byte is to be noted, which costs a look at the clock.
    public var tracksFirstByte = false
    public internal(set) var firstByteTime: WallTime?
    var allowedMethods: Set<HTTPMethod>?
    /// When the response had been sent.
    public internal(set) var finished: WallTime?
    private var attachments: [ObjectIdentifier: AnyObject] = [:]

    init(
        head: consuming RequestHead, connection: Connection, host: VirtualHost,
        received: WallTime, started: Int64, number: Int, body: RequestBody
    ) {
        self.head = head
        self.connection = connection
        self.host = host
        self.received = received
        self.started = started
        self.number = number
        self.body = body
        path = ""
        clientAddress = connection.remoteAddress
        directoryConfig = connection.context.root(for: host)
    }
}

extension Request {
    public var method: HTTPMethod { head.method }
    public var fields: Fields {
        get { head.fields }
        set { head.fields = newValue }
    }
    public var isHead: Bool { head.method == .head }
    public var isSubrequest: Bool { parentPath != nil }

    /// Whether this is a sub-request, or a redirect inside the server, with the settings of the
    /// request it came from, which has been through the same checks: its user stays the user
    /// (`ap_process_request_internal`).
    var isAccessChecked: Bool { checkedConfig === directoryConfig }

    /// Forgets who was let in elsewhere: another place asks for users of its own.
    mutating func beginAccessCheck() {
        if checkedConfig != nil {
            user = nil
            authType = nil
        }
        checkedConfig = directoryConfig
    }

    /// Takes over what is known of the user in the request that a sub-request is made for.
    mutating func inheritUser(from parent: borrowing Request) {
        user = parent.user
        authType = parent.authType
        checkedConfig = parent.checkedConfig
    }

    /// The settings of a module for the directory, location and file that were matched.
    @inlinable
    public func config<M: Module>(of module: M.Type) -> M.DirectoryConfig {
        directoryConfig.config(of: module)
    }

    /// The same, read where they are: `request[directory: MimeModule.self].usePathInfo` copies a
    /// flag, where `config(of:)` copies all settings.
    @inlinable
    public subscript<M: Module>(directory module: M.Type) -> M.DirectoryConfig {
        @inline(__always) _read { yield directoryConfig[M.self] }
    }

    /// The settings of a module for the virtual host, read where they are.
    @inlinable
    public subscript<M: Module>(host module: M.Type) -> M.ServerConfig {
        @inline(__always) _read { yield host[M.self] }
    }

    /// The settings of a module for the virtual host.
    @inlinable
    public func serverConfig<M: Module>(of module: M.Type) -> M.ServerConfig {
        host.config(of: module)
    }

    /// Puts a filter into the response's way.
    ///
    /// Those of one type run in the order they were added.
    public mutating func addOutputFilter(_ filter: any OutputFilter) {
        let index = filters.firstIndex { $0.type > filter.type } ?? filters.endIndex
        filters.insert(filter, at: index)
    }

    /// Names the request in all logs: unique among the requests of a server and its restarts.
    public var id: String { identifier.description }

    /// The same, for who may never need the text.
    public var identifier: RequestIdentifier {
        RequestIdentifier(connection: connection.logID, number: number)
    }

    /// What a module keeps with the request from one phase to a later one.
    public subscript<State: AnyObject>(state type: State.Type) -> State? {
        get { attachments[ObjectIdentifier(type)].map { unsafe unsafeDowncast($0, to: type) } }
        set { attachments[ObjectIdentifier(type)] = newValue }
    }
}
