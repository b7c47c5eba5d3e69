// SPDX-License-Identifier: Apache-2.0

// httpd's idle server maintenance, which all its MPMs share but for the wording: as many workers
// are kept idle as the configuration says, and no more children are started than it allows.

/// How many workers are kept idle, and within which limits.
public struct SpareWorkers: Sendable, Hashable {
    /// What an MPM says in the log; each has its numbers.
    public struct Wording: Sendable, Hashable {
        /// There is no idle worker and no room for more.
        public var limitReached: String
        /// There are idle workers, fewer than wanted, and no room for more.
        public var limitNear: String?
        /// There is room for workers, but no row of the scoreboard; nil says `limitReached`.
        public var scoreboardFull: String?
        /// Many children are started at once: `%spawning`, `%idle`, `%active`, `%total` and
        /// `%stopping` are filled in.
        public var busy: String

        public init(
            limitReached: String, limitNear: String?, scoreboardFull: String?, busy: String
        ) {
            self.limitReached = limitReached
            self.limitNear = limitNear
            self.scoreboardFull = scoreboardFull
            self.busy = busy
        }
    }

    public var minimum: Int
    public var maximum: Int
    public var plan: ProcessingPlan
    public var wording: Wording

    public init(minimum: Int, maximum: Int, plan: ProcessingPlan, wording: Wording) {
        self.minimum = minimum
        self.maximum = maximum
        self.plan = plan
        self.wording = wording
    }

    /// What is to be done now.
    public func decide(
        _ census: Census, _ memory: inout SpareMemory
    ) -> (decision: SpareDecision, messages: [ProcessMessage]) {
        if census.idleWorkers > maximum {
            memory.spawnRate = 1
            return (mayRetire(census) ? .retireOne : .nothing, [])
        }
        if census.idleWorkers >= minimum {
            memory.spawnRate = 1
            return (.nothing, [])
        }
        let room = plan.activeChildrenLimit - census.activeChildren
        if room <= 0 { return (.nothing, reportLimit(census, &memory)) }
        if census.freeSlots == 0 { return (.nothing, reportFullScoreboard(census, &memory)) }
        return start(min(memory.spawnRate, room, census.freeSlots), census, &memory)
    }

    /// Children that finish may take long, and each keeps its row.
    ///
    /// No further one is told to while some do, unless there is room enough left for a whole new
    /// generation.
    private func mayRetire(_ census: Census) -> Bool {
        census.activeChildren == census.children
            || plan.serverLimit - census.children > plan.activeChildrenLimit
    }

    private func start(
        _ count: Int, _ census: Census, _ memory: inout SpareMemory
    ) -> (SpareDecision, [ProcessMessage]) {
        let messages = memory.spawnRate >= 8 ? [ProcessMessage(.info, busyText(count, census))] : []
        if memory.holdOff > 0 {
            memory.holdOff -= 1
        } else if memory.spawnRate < SpareMemory.largestSpawnRate {
            memory.spawnRate *= 2
        }
        return (.start(count), messages)
    }

    private func reportLimit(_ census: Census, _ memory: inout SpareMemory) -> [ProcessMessage] {
        memory.spawnRate = 1
        if census.idleWorkers > 0, let text = wording.limitNear {
            if memory.hasReportedNearLimit { return [] }
            memory.hasReportedNearLimit = true
            return [ProcessMessage(.error, text)]
        }
        if census.idleWorkers > 0 || memory.hasReportedLimit { return [] }
        memory.hasReportedLimit = true
        return [ProcessMessage(.error, wording.limitReached)]
    }

    private func reportFullScoreboard(
        _ census: Census, _ memory: inout SpareMemory
    ) -> [ProcessMessage] {
        guard let text = wording.scoreboardFull else { return reportLimit(census, &memory) }
        memory.spawnRate = 1
        return [ProcessMessage(.error, text)]
    }

    private func busyText(_ count: Int, _ census: Census) -> String {
        let values = [
            "%spawning": count, "%idle": census.idleWorkers, "%active": census.activeChildren,
            "%total": census.children, "%stopping": census.children - census.activeChildren,
        ]
        return wording.busy.split(separator: " ", omittingEmptySubsequences: false).map { word in
            let name = word.prefix { $0 == "%" || $0.isLetter }
            guard let value = values[String(name)] else { return String(word) }
            return "\(value)\(word.dropFirst(name.count))"
        }.joined(separator: " ")
    }
}
