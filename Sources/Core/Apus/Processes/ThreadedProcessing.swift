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
