// SPDX-License-Identifier: Apache-2.0

/// What an MPM makes of its directives: how many children, loops and connections there are.
///
/// httpd's numbered queries (`AP_MPMQ_...`) are answered by it.
public struct ProcessingPlan: Sendable, Hashable {
    public enum ConnectionsPerLoop: Sendable, Hashable {
        /// A loop serves its connection to the end before it accepts another.
        case one
        case many
    }

    /// Where code runs that would block.
    public enum BlockingWork: Sendable, Hashable {
        /// On the loop itself, which has but the one connection.
        case inline
        case workerThreads(Int)
    }

    /// As `httpd -V` says after `Server MPM:`.
    public var name: String
    public var loops: Int
    public var connectionsPerLoop: ConnectionsPerLoop
    public var blockingWork: BlockingWork

    public var startServers: Int
    /// The most children that may serve at once, those of older generations included:
    /// the rows of the scoreboard.
    public var serverLimit: Int
    /// The columns of the scoreboard.
    public var threadLimit: Int
    /// Requests that one child serves at once: `ThreadsPerChild`, and 1 without threads.
    public var workersPerChild: Int
    /// Requests that all children together serve at once.
    public var maxRequestWorkers: Int
    /// Connections after which a child is replaced, 0 for never.
    public var maxConnectionsPerChild: Int
    /// `AsyncRequestWorkerFactor`: connections beyond the workers that an idle worker allows.
    public var connectionsPerIdleWorker: Double

    public init(
        name: String, loops: Int, connectionsPerLoop: ConnectionsPerLoop,
        blockingWork: BlockingWork, startServers: Int, serverLimit: Int, threadLimit: Int,
        workersPerChild: Int, maxRequestWorkers: Int, maxConnectionsPerChild: Int,
        connectionsPerIdleWorker: Double = 0
    ) {
        self.name = name
        self.loops = loops
        self.connectionsPerLoop = connectionsPerLoop
        self.blockingWork = blockingWork
        self.startServers = startServers
        self.serverLimit = serverLimit
        self.threadLimit = threadLimit
        self.workersPerChild = workersPerChild
        self.maxRequestWorkers = maxRequestWorkers
        self.maxConnectionsPerChild = maxConnectionsPerChild
        self.connectionsPerIdleWorker = connectionsPerIdleWorker
    }

    /// The most children of the running generation: what `MaxRequestWorkers` amounts to.
    public var activeChildrenLimit: Int {
        min(serverLimit, max(1, maxRequestWorkers / workersPerChild))
    }

    /// The rows of the scoreboard that may be in use: without threads, no more than there may be
    /// requests, those of an older generation included.
    public var slotLimit: Int { isThreaded ? serverLimit : activeChildrenLimit }

    public var isThreaded: Bool { threadLimit > 1 || workersPerChild > 1 }

    /// Whether a connection that waits takes up no worker.
    public var isAsynchronous: Bool { connectionsPerLoop == .many }

    /// Whether a child may accept one connection more (manual: mod/event, AsyncRequestWorkerFactor).
    ///
    /// - Parameters:
    ///   - connections: those the child has, idle ones included.
    ///   - idleWorkers: workers of the child that serve no request.
    public func accepts(connections: Int, idleWorkers: Int) -> Bool {
        guard isAsynchronous else { return connections < workersPerChild }
        return Double(connections)
            < Double(workersPerChild) + Double(idleWorkers) * connectionsPerIdleWorker
    }
}
