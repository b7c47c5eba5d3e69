// SPDX-License-Identifier: Apache-2.0

public import Apus

/// What a line `WSGIDaemonProcess` says: how many processes run an application, as whom, and
/// within which bounds.
///
/// The names, defaults and bounds of the options are mod_wsgi's; the ones that it does not have
/// stand last. A time that is nil is not bounded.
public struct ProcessGroup: Sendable, Hashable {
    /// Empty for the group of applications that name none (mod_wsgi's embedded mode).
    public var name: String
    /// Where it stands in the configuration; nil for the group without a name.
    public var location: SourceLocation?
    /// The name of the virtual host it stands in; nil for one that every host may use.
    public var hostName: String?

    // MARK: Processes and threads

    public var processes = 1
    /// `processes=` stands there: `wsgi.multiprocess` is true then, even of one process.
    public var processesAreWritten = false
    /// 0: the processes only run what `WSGIImportScript` loads.
    public var threads = 15
    public var displayName: String?
    /// How many further requests may wait while all threads are busy; beyond, 503.
    public var listenBacklog = 100

    // MARK: Identity and surroundings

    /// Nil: that of `User`.
    public var user: UserAccount?
    public var userName: String?
    /// Nil: that of `user`, or of `Group`.
    public var group: UInt32?
    public var supplementaryGroups: [UInt32]?
    public var umask: UInt32?
    /// The working directory; nil: the user's home.
    public var home: String?
    public var chroot: String?
    public var lang: String?
    public var locale: String?
    /// Who must own the script and its directory.
    public var scriptUser: UInt32?
    public var scriptGroup: UInt32?

    // MARK: Python

    public var pythonHome: String?
    public var pythonPath: [String] = []
    public var pythonEggs: String?
    /// Seconds, for `sys.setswitchinterval`.
    public var switchInterval: Double?
    /// Bytes of each thread's stack; nil: the system's.
    public var stackSize: Int?

    // MARK: The end of a process

    public var maximumRequests = 0
    public var restartInterval: Duration?
    public var startupTimeout: Duration?
    public var shutdownTimeout: Duration? = .seconds(5)
    public var gracefulTimeout: Duration? = .seconds(15)
    public var evictionTimeout: Duration?
    public var deadlockTimeout: Duration? = .seconds(300)
    public var inactivityTimeout: Duration?

    // MARK: The time of a request

    public var requestTimeout: Duration?
    /// How long after a request's time is over the process is given to interrupt it.
    public var interruptTimeout: Duration?
    public var queueTimeout: Duration?
    /// How long a request waits for room in the queue; nil: it is refused at once.
    public var connectTimeout: Duration?
    /// How long a worker may be silent; nil: `Timeout`.
    public var socketTimeout: Duration?
    public var responseSocketTimeout: Duration?
    /// How long content of a response may wait for more before it is sent on.
    public var responseFlushDelay: Duration = .milliseconds(5)

    // MARK: Sizes

    public var sendBufferSize: Int?
    public var receiveBufferSize: Int?
    public var headerBufferSize = 32768
    public var responseBufferSize = 8 << 20

    // MARK: Limits of the system

    /// Seconds of the processor.
    public var cpuTimeLimit: Duration?
    /// The process's niceness.
    public var cpuPriority: Int?
    /// Bytes, of the process's data.
    public var memoryLimit: Int64?
    /// Bytes, of its address space.
    public var virtualMemoryLimit: Int64?
    public var serverMetrics = false
    /// Of the socket that mod_wsgi listens on; here none has a name.
    public var socketUser: UInt32?

    /// Options that were given and change nothing here.
    var idleOptions: [String] = []

    // MARK: Not of mod_wsgi

    /// Which of the two the application speaks.
    public var interface = Interface.auto
    public var eventLoop = PythonLoop.auto
    /// The application is imported once, and the processes are forked from there.
    public var preload = false
    /// Each process ends after up to this many requests more than `maximum-requests`, so that not
    /// all of them end at once.
    public var maximumRequestsJitter = 0
    /// What a new version must answer with a status below 400 before it takes over.
    public var readinessPath: String?
    public var cpuScheduling = CPUScheduling.auto
    /// ASGI: how many requests a process may have at the same time; nil: any number.
    public var concurrency: Int?
    /// Bytes: a process that takes more (its share of shared memory counted) is replaced.
    public var pssLimit: Int64?

    public init(name: String) { self.name = name }

    /// Which protocol an application speaks.
    public enum Interface: String, Sendable, CaseIterable {
        case auto, wsgi, asgi
    }

    /// By which policy the kernel gives processors to the processes, sched(7).
    public enum CPUScheduling: String, Sendable, CaseIterable {
        /// `batch` for threads that answer ten thousand short requests a second, else `other`.
        case auto
        /// A process that has something to do waits for its turn.
        case batch
        /// It may interrupt what runs: the server, as it has just handed it a request.
        case other
    }

    /// The event loop of ASGI.
    public enum PythonLoop: String, Sendable, CaseIterable {
        case auto, asyncio, uvloop
    }

    /// Whether it has no name: requests without `WSGIProcessGroup` go there.
    public var isEmbedded: Bool { name.isEmpty }
}
