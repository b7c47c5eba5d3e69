// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
public import ApusHTTP
public import ApusRuntime

// A request is a value that one task owns and hands to each phase in turn (`inout`). Nothing else
// can hold it, so it needs no locks; what outlives a phase (a stream of content) captures what it
// needs of it. The corresponding structure of httpd is `request_rec`.

/// A request on its way through the phases, with the response that is being made for it.
@safe
public struct Request: ~Copyable {
    /// All of it.
    ///
    /// Handed on as a value of its size, it would be copied for each function that reads it.
    @usableFromInline let storage: UnsafeMutablePointer<Storage>

    init(
        head: consuming RequestHead, connection: Connection, host: VirtualHost,
        received: WallTime, started: Int64, number: Int, body: RequestBody
    ) {
        unsafe storage = connection.context.spareRequests.take()
        unsafe storage.initialize(
            to: Storage(
                connection: connection, host: host, received: received, started: started,
                number: number, head: head, body: body,
                clientAddress: connection.remoteAddress,
                directoryConfig: connection.context.root(for: host)))
    }

    deinit {
        unsafe storage.pointee.connection.context.takeBack(storage)
    }
}

// MARK: Where it came from

extension Request {
    public var connection: Connection {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.connection }
    }
    /// The virtual host that was chosen for it.
    public internal(set) var host: VirtualHost {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.host }
        @inline(__always) _modify { yield unsafe &storage.pointee.host }
    }
    public var received: WallTime {
        @inlinable get { unsafe storage.pointee.received }
    }
    /// The same moment on the clock that never goes back, in nanoseconds.
    public var started: Int64 {
        @inlinable get { unsafe storage.pointee.started }
    }
    /// What this connection had asked before, this one included.
    public var number: Int {
        @inlinable get { unsafe storage.pointee.number }
    }
}

// MARK: What was asked

extension Request {
    public internal(set) var head: RequestHead {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.head }
        @inline(__always) _modify { yield unsafe &storage.pointee.head }
    }
    /// The name of the host that was asked for, without port, in lower case (`r->hostname`).
    public var hostname: String? {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.hostname }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.hostname }
    }
    var hostPort: UInt16? {
        get { unsafe storage.pointee.hostPort }
        @inline(__always) _modify { yield unsafe &storage.pointee.hostPort }
    }
    /// The path, decoded and with its dots resolved (`r->uri`).
    public var path: String {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.path }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.path }
    }
    /// What follows the `?`, as it was sent (`r->args`).
    public var query: String? {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.query }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.query }
    }
    public var body: RequestBody {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.body }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.body }
    }
    /// The client's address, as a module may have learned it from a proxy (`useragent_ip`).
    public var clientAddress: SocketAddress {
        @inlinable get { unsafe storage.pointee.clientAddress }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.clientAddress }
    }
}

// MARK: What it was mapped to

extension Request {
    public var filename: String? {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.filename }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.filename }
    }
    /// Whether a function that maps to scripts has taken apart what it made of the path: `filename`
    /// is the script, if there is a file of that name, and `pathInfo` the rest.
    ///
    /// If there is none, the two are joined again before the directories are walked.
    public var isDivided: Bool {
        @inlinable get { unsafe storage.pointee.isDivided }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.isDivided }
    }
    /// The part of the path beyond the file (`PATH_INFO`).
    public var pathInfo: String? {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.pathInfo }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.pathInfo }
    }
    /// What the file system says about `filename`, nil when there is no such file.
    public var fileStatus: FileStatus? {
        @inlinable get { unsafe storage.pointee.fileStatus }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.fileStatus }
    }
    public var handlerName: String? {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.handlerName }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.handlerName }
    }
    /// What a function that mapped the request keeps for its handler.
    public var mapping: AnyObject? {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.mapping }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.mapping }
    }
    public var environment: Table {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.environment }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.environment }
    }
    public var notes: Table {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.notes }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.notes }
    }
    public var noteSource: (any NoteSource)? {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.noteSource }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.noteSource }
    }
}

// MARK: What is answered

extension Request {
    public var response: Response {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.response }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.response }
    }
    var filters: [any OutputFilter] {
        @inline(__always) _read { yield unsafe storage.pointee.filters }
        @inline(__always) _modify { yield unsafe &storage.pointee.filters }
    }
}

// MARK: Its history

extension Request {
    public internal(set) var redirects: Int {
        @inlinable get { unsafe storage.pointee.redirects }
        @inline(__always) _modify { yield unsafe &storage.pointee.redirects }
    }
    /// The settings by which a user was last asked for, and let in or not.
    fileprivate var checkedConfig: MergedConfig? {
        @inline(__always) _read { yield unsafe storage.pointee.checkedConfig }
        @inline(__always) _modify { yield unsafe &storage.pointee.checkedConfig }
    }
    /// The status line says HTTP/1.0 (`force-response-1.0`).
    var isAnsweredAsHTTP10: Bool {
        get { unsafe storage.pointee.isAnsweredAsHTTP10 }
        @inline(__always) _modify { yield unsafe &storage.pointee.isAnsweredAsHTTP10 }
    }
    @usableFromInline var directoryConfig: MergedConfig {
        @inlinable @inline(__always) _read { yield unsafe storage.pointee.directoryConfig }
        @inline(__always) _modify { yield unsafe &storage.pointee.directoryConfig }
    }
    /// Nil for a sub-request.
    var owner: (any RequestOwner)? {
        @inline(__always) _read { yield unsafe storage.pointee.owner }
        @inline(__always) _modify { yield unsafe &storage.pointee.owner }
    }
    /// Whether a handler may suspend it: nobody waits for the handler but the connection.
    public internal(set) var maySuspend: Bool {
        @inlinable get { unsafe storage.pointee.maySuspend }
        @inline(__always) _modify { yield unsafe &storage.pointee.maySuspend }
    }
    /// What goes on with it once it is resumed.
    var suspendedHandler: (any SuspendedHandler)? {
        @inline(__always) _read { yield unsafe storage.pointee.suspendedHandler }
        @inline(__always) _modify { yield unsafe &storage.pointee.suspendedHandler }
    }
    /// Bytes that came for it, from its request line to the end of its content.
    public internal(set) var bytesReceived: Int64 {
        @inlinable get { unsafe storage.pointee.bytesReceived }
        @inline(__always) _modify { yield unsafe &storage.pointee.bytesReceived }
    }
    /// Bytes of the response, head included, as mod_logio counts them.
    public internal(set) var bytesSent: Int64 {
        @inlinable get { unsafe storage.pointee.bytesSent }
        @inline(__always) _modify { yield unsafe &storage.pointee.bytesSent }
    }
    /// Bytes of the response's content, before it was cut into chunks.
    public internal(set) var contentBytesSent: Int64 {
        @inlinable get { unsafe storage.pointee.contentBytesSent }
        @inline(__always) _modify { yield unsafe &storage.pointee.contentBytesSent }
    }
    /// Whether the time of the response's first byte is to be noted, which costs a look at the clock.
    public var tracksFirstByte: Bool {
        @inlinable get { unsafe storage.pointee.tracksFirstByte }
        @inlinable @inline(__always) _modify { yield unsafe &storage.pointee.tracksFirstByte }
    }
    public internal(set) var firstByteTime: WallTime? {
        @inlinable get { unsafe storage.pointee.firstByteTime }
        @inline(__always) _modify { yield unsafe &storage.pointee.firstByteTime }
    }
    /// When the response had been sent.
    public internal(set) var finished: WallTime? {
        @inlinable get { unsafe storage.pointee.finished }
        @inline(__always) _modify { yield unsafe &storage.pointee.finished }
    }
}

extension Request {
    public var method: HTTPMethod { head.method }
    public var fields: Fields {
        get { head.fields }
        set { head.fields = newValue }
    }
    public var isHead: Bool { head.method == .head }
    /// What the connection becomes behind the response, where that still says so.
    var acceptedUpgrade: Upgrade? { unsafe storage.pointee.response.acceptedUpgrade }
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

    /// An object that stands for the settings of all modules: the same one, the same settings.
    ///
    /// Who remembers what followed from them holds it, for another could else come to its place.
    public var settings: AnyObject {
        @inlinable @inline(__always) _read { yield directoryConfig }
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
        get { extras?.states[type] }
        set {
            guard let extras = extras(where: newValue != nil) else { return }
            extras.states = extras.states.replacing(type, by: newValue)
        }
    }
}
