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
        @usableFromInline var likelyFileLength: Int?
        @usableFromInline var pathInfo: String?
        @usableFromInline var fileStatus: FileStatus?
        @usableFromInline var handlerName: String?
        @usableFromInline var mapping: AnyObject?
        @usableFromInline var contextPrefix: String?
        @usableFromInline var contextDocumentRoot: String?
        @usableFromInline var inputFilterNames: [String] = []
        @usableFromInline var outputFilterNames: [String] = []
        @usableFromInline var user: String?
        @usableFromInline var authType: String?
        @usableFromInline var environment = Table()
        @usableFromInline var notes = Table()
        @usableFromInline var noteSource: (any NoteSource)?
        @usableFromInline var response = Response()
        var filters: [any OutputFilter] = []
        @usableFromInline var original: OriginalRequest?
        @usableFromInline var parentPath: String?
        @usableFromInline var redirects = 0
        var checkedConfig: MergedConfig?
        var isAnsweredAsHTTP10 = false
        @usableFromInline var directoryConfig: MergedConfig
        var errorPageStatus: HTTPStatus?
        var interimSender: (any InterimResponseSender)?
        @usableFromInline var bytesReceived: Int64 = 0
        @usableFromInline var bytesSent: Int64 = 0
        @usableFromInline var contentBytesSent: Int64 = 0
        @usableFromInline var tracksFirstByte = false
        @usableFromInline var firstByteTime: WallTime?
        var allowedMethods: Set<HTTPMethod>?
        @usableFromInline var finished: WallTime?
        var attachments: [ObjectIdentifier: AnyObject] = [:]
    }
}
