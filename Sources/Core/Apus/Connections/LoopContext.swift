// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime
internal import ApusHTTP

/// An event loop with what its connections share: buffers, caches, dates, a place in the
/// scoreboard.
///
/// Belongs to the loop's thread, so nothing in it is locked.
public final class LoopContext {
    public let loop: EventLoop
    public let server: Server
    /// Runs what blocks: on threads of their own, or right here, as the MPM says.
    public let blocking: BlockingWork
    /// What all children do; nil outside of a child.
    public let scoreboard: Scoreboard?
    var files: FileCache
    var htaccess: HtaccessCache
    private var roots: [MergedConfig]
    var walks: [DirectoryWalks]
    /// The one that was asked for last, which most often is the next one too.
    var lastWalk: DirectoryWalk.Result?
    var lastLook: LastLook?
    let recentHost = RecentHost()
    var errorPages: [UInt16: [UInt8]] = [:]
    private var spareBuffers: [[UInt8]] = []
    let spareFields = SpareFields()
    let spareRequests = SpareRequests()
    private var dateSecond = Int64.min
    private var dateLine: [UInt8] = []
    private var okLines: [UInt8] = []
    var identifiers: RequestIdentifiers
    let logs: LogBuffers
    private var states = ModuleStates()
    let servingTasks: ServingTasks
    let outbox: Outbox

    init(
        loop: EventLoop, server: Server, blocking: BlockingWork,
        identifiers: RequestIdentifiers, scoreboard: Scoreboard? = nil
    ) {
        self.loop = loop
        self.server = server
        self.blocking = blocking
        self.identifiers = identifiers
        self.scoreboard = scoreboard
        logs = LogBuffers(loop)
        servingTasks = ServingTasks(loop)
        outbox = Outbox(loop)
        files = FileCache()
        htaccess = HtaccessCache()
        roots = server.hosts.map { MergedConfig($0.directoryDefaults, server.directives) }
        walks = server.hosts.map { _ in DirectoryWalks() }
    }

    /// What a module keeps with the loop, such as its connections to other programs.
    public subscript<State: AnyObject>(state type: State.Type) -> State? {
        get { states[type] }
        set { states = states.replacing(type, by: newValue) }
    }

    /// The settings of a host before any section.
    func root(for host: VirtualHost) -> MergedConfig { roots[host.index] }

    // MARK: Buffers

    static let bufferSize = 16384
    /// As many as connections most often have in use at once: a request that is being answered has
    /// two.
    private static let mostSpares = 64

    /// A buffer with `bufferSize` bytes of room, empty.
    func takeBuffer() -> [UInt8] {
        var spares = spareBuffers.take()
        defer { spareBuffers.putBack(&spares) }
        if let spare = spares.popLast() { return spare }
        var buffer: [UInt8] = []
        buffer.reserveCapacity(Self.bufferSize)
        return buffer
    }

    /// Takes a buffer back.
    ///
    /// One that grew beyond measure is let go.
    func giveBack(_ buffer: consuming [UInt8]) {
        guard spareBuffers.count < Self.mostSpares, buffer.capacity <= 4 * Self.bufferSize,
            buffer.capacity >= Self.bufferSize
        else { return }
        if !buffer.isEmpty { buffer.removeAll(keepingCapacity: true) }
        var spares = spareBuffers.take()
        spares.append(buffer)
        spareBuffers.putBack(&spares)
    }

    /// Takes back the memory of a response's fields, for those of the next one.
    func giveBack(_ fields: inout Fields) {
        var returned = Fields()
        swap(&returned, &fields)
        spareFields.giveBack(returned)
    }

    /// Fields with memory where there is some to be had, empty.
    func takeFields() -> Fields { spareFields.take() }

    /// Destroys what a request was kept in, and keeps the memory of that and of its head.
    func takeBack(_ storage: UnsafeMutablePointer<Request.Storage>) {
        // A sub-request has its head from the request that made it.
        if unsafe storage.pointee.extras?.parentPath == nil {
            spareFields.giveBack(unsafe storage.pointee.head.takeMemory())
        }
        unsafe storage.deinitialize(count: 1)
        unsafe spareRequests.giveBack(storage)
    }

    // MARK: Dates

    /// `Date: ...` with its CRLF, made once a second.
    func dateField(at time: WallTime) -> [UInt8] {
        makeLines(at: time)
        return dateLine
    }

    /// What most heads begin with: the line of 200, Date and Server.
    func okLines(at time: WallTime) -> [UInt8] {
        makeLines(at: time)
        return okLines
    }

    private func makeLines(at time: WallTime) {
        if time.seconds == dateSecond { return }
        dateSecond = time.seconds
        var line = Array("Date: ".utf8)
        HTTPDate.append(Int(time.seconds), to: &line)
        line.append(contentsOf: [0x0D, 0x0A])
        dateLine = line
        okLines = Array("HTTP/1.1 200 OK\r\n".utf8) + line + server.serverField
    }
}
