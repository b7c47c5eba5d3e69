// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
public import ApusHTTP
public import ApusRuntime

extension Request {
    /// What a request is kept in; what each of it is stands at the property of the same name.
    @usableFromInline struct Storage: ~Copyable {
        @usableFromInline let connection: Connection
        @usableFromInline var host: VirtualHost
        @usableFromInline let received: WallTime
        @usableFromInline let started: Int64
        @usableFromInline let number: Int
        @usableFromInline var head: RequestHead
        @usableFromInline var hostname: String?
        var hostPort: UInt16?
        @usableFromInline var path = ""
        @usableFromInline var query: String?
        @usableFromInline var body: RequestBody
        @usableFromInline var clientAddress: SocketAddress
        @usableFromInline var filename: String?
        @usableFromInline var isDivided = false
        @usableFromInline var pathInfo: String?
        @usableFromInline var fileStatus: FileStatus?
        @usableFromInline var handlerName: String?
        @usableFromInline var mapping: AnyObject?
        @usableFromInline var environment = Table()
        @usableFromInline var notes = Table()
        @usableFromInline var noteSource: (any NoteSource)?
        @usableFromInline var response = Response()
        var filters: [any OutputFilter] = []
        @usableFromInline var redirects = 0
        var checkedConfig: MergedConfig?
        var isAnsweredAsHTTP10 = false
        @usableFromInline var directoryConfig: MergedConfig
        var extras: Extras?
        var owner: (any RequestOwner)?
        @usableFromInline var maySuspend = false
        var suspendedHandler: (any SuspendedHandler)?
        @usableFromInline var bytesReceived: Int64 = 0
        @usableFromInline var bytesSent: Int64 = 0
        @usableFromInline var contentBytesSent: Int64 = 0
        @usableFromInline var tracksFirstByte = false
        @usableFromInline var firstByteTime: WallTime?
        @usableFromInline var finished: WallTime?
    }

    /// What few requests have: the others need neither make nor destroy it.
    final class Extras {
        var contextPrefix: String?
        var contextDocumentRoot: String?
        var inputFilterNames: [String] = []
        var outputFilterNames: [String] = []
        var user: String?
        var authType: String?
        var original: OriginalRequest?
        var parentPath: String?
        var errorPageStatus: HTTPStatus?
        var allowedMethods: Set<HTTPMethod>?
        var states = ModuleStates()
    }

    var extras: Extras? { unsafe storage.pointee.extras }

    /// The same, made where there was none.
    ///
    /// - Parameter isNeeded: false where all that is to be set is what a request has without.
    func extras(where isNeeded: Bool) -> Extras? {
        if isNeeded, extras == nil { unsafe storage.pointee.extras = Extras() }
        return extras
    }
}

// MARK: What few requests have

extension Request {
    public var contextPrefix: String? {
        get { extras?.contextPrefix }
        set { extras(where: newValue != nil)?.contextPrefix = newValue }
    }
    public var contextDocumentRoot: String? {
        get { extras?.contextDocumentRoot }
        set { extras(where: newValue != nil)?.contextDocumentRoot = newValue }
    }
    /// Filters that go by their names into the ways of content and response, before those of
    /// `SetInputFilter` and `SetOutputFilter`.
    public var inputFilterNames: [String] {
        get { extras?.inputFilterNames ?? [] }
        set { extras(where: !newValue.isEmpty)?.inputFilterNames = newValue }
    }
    public var outputFilterNames: [String] {
        get { extras?.outputFilterNames ?? [] }
        set { extras(where: !newValue.isEmpty)?.outputFilterNames = newValue }
    }
    public var user: String? {
        get { extras?.user }
        set { extras(where: newValue != nil)?.user = newValue }
    }
    public var authType: String? {
        get { extras?.authType }
        set { extras(where: newValue != nil)?.authType = newValue }
    }
    /// The request as the client made it, when this one is a redirect inside the server.
    public internal(set) var original: OriginalRequest? {
        get { extras?.original }
        set { extras(where: newValue != nil)?.original = newValue }
    }
    /// Set for a sub-request: the path of the request that made it.
    public internal(set) var parentPath: String? {
        get { extras?.parentPath }
        set { extras(where: newValue != nil)?.parentPath = newValue }
    }
    var errorPageStatus: HTTPStatus? {
        get { extras?.errorPageStatus }
        set { extras(where: newValue != nil)?.errorPageStatus = newValue }
    }
    var allowedMethods: Set<HTTPMethod>? {
        get { extras?.allowedMethods }
        set { extras(where: newValue != nil)?.allowedMethods = newValue }
    }
}
