// SPDX-License-Identifier: Apache-2.0

extension ProcessSettings {
    /// The limits of an MPM with threads, as far as the configuration says them.
    public var threadedLimits: ThreadedLimits {
        var limits = ThreadedLimits()
        limits.startServers = startServers ?? limits.startServers
        limits.serverLimit = serverLimit ?? limits.serverLimit
        limits.threadLimit = threadLimit ?? limits.threadLimit
        limits.threadsPerChild = threadsPerChild ?? limits.threadsPerChild
        limits.maxRequestWorkers = maxRequestWorkers
        limits.minSpareThreads = minSpareThreads ?? limits.minSpareThreads
        limits.maxSpareThreads = maxSpareThreads ?? limits.maxSpareThreads
        return limits
    }

    /// The limits of an MPM with one request per child.
    public var preforkLimits: PreforkLimits {
        var limits = PreforkLimits()
        limits.startServers = startServers ?? limits.startServers
        limits.serverLimit = serverLimit ?? limits.serverLimit
        limits.maxRequestWorkers = maxRequestWorkers ?? limits.maxRequestWorkers
        limits.minSpareServers = minSpareServers ?? limits.minSpareServers
        limits.maxSpareServers = maxSpareServers ?? limits.maxSpareServers
        return limits
    }
}

extension Processing {
    /// What an MPM with threads decides: a thread for each connection, with a loop of its own.
    ///
    /// - Parameters:
    ///   - firstNumber: of the messages about values out of bounds, which each MPM numbers.
    ///   - adapt: makes something else of that, where an MPM does.
    public static func threaded(
        name: String, _ settings: ProcessSettings, _ bounds: inout BoundsCheck, firstNumber: Int,
        largestThreadLimit: Int, wording: ProcessWording, spareWording: SpareWorkers.Wording,
        adapt: (inout ProcessingPlan) -> Void = { _ in }
    ) -> Processing {
        var limits = settings.threadedLimits
        bounds.correct(
            &limits, firstNumber: firstNumber, largestThreadLimit: largestThreadLimit)
        var plan = ProcessingPlan(
            name: name, loops: limits.threadsPerChild, connectionsPerLoop: .one,
            blockingWork: .inline, startServers: limits.startServers,
            serverLimit: limits.serverLimit, threadLimit: limits.threadLimit,
            workersPerChild: limits.threadsPerChild, maxRequestWorkers: limits.maxRequestWorkers!,
            maxConnectionsPerChild: settings.maxConnectionsPerChild)
        adapt(&plan)
        return Processing(
            plan: plan,
            spareWorkers: SpareWorkers(
                minimum: limits.minSpareThreads, maximum: limits.maxSpareThreads, plan: plan,
                wording: spareWording),
            wording: wording)
    }
}
