// SPDX-License-Identifier: Apache-2.0

/// What the scoreboard tells once a second of all children together.
public struct Census: Sendable, Hashable {
    /// Workers that wait for a request or are just starting, in children that accept connections.
    public var idleWorkers = 0
    /// Workers that serve a request.
    public var busyWorkers = 0
    /// Rows of the scoreboard where a child could be started.
    public var freeSlots = 0
    /// Children there are, those that finish included.
    public var children = 0
    /// Children of the running generation that accept connections.
    public var activeChildren = 0

    public init() {}

    /// Counts the workers and children of a scoreboard.
    public init(_ scoreboard: Scoreboard, _ plan: ProcessingPlan, generation: Int) {
        for slot in 0..<scoreboard.serverLimit {
            let child = scoreboard.child(slot)
            guard child.pid != 0 else {
                if slot < plan.slotLimit { freeSlots += 1 }
                continue
            }
            children += 1
            let isActive = child.generation == generation && !child.isQuiescing
            if isActive { activeChildren += 1 }
            let countsIdle = isActive && !child.isNotAccepting
            for index in 0..<min(plan.workersPerChild, scoreboard.threadLimit) {
                let status = scoreboard.worker(index, ofChild: slot).status
                if status.isBusy { busyWorkers += 1 }
                // One that is starting was started at least a second ago, and starting more would
                // not make it faster.
                if status.isIdle && countsIdle { idleWorkers += 1 }
            }
        }
    }
}

/// What an MPM wants done about the number of children.
public enum SpareDecision: Sendable, Hashable {
    case nothing
    /// That many children more.
    case start(Int)
    /// One child less: it finishes what it has and leaves.
    case retireOne
}

/// What is remembered from one second to the next.
public struct SpareMemory: Sendable, Hashable {
    /// Children to start at once when there are too few; doubles each second, up to 32.
    public var spawnRate = 1
    /// Seconds during which the rate does not grow: a restart leaves fewer idle children than
    /// there will be in a moment.
    public var holdOff = 0
    public var hasReportedLimit = false
    public var hasReportedNearLimit = false

    public static let largestSpawnRate = 32

    public init() {}
}
