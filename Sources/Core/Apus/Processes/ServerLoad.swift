// SPDX-License-Identifier: Apache-2.0

/// How busy the server's workers are, in all its children: httpd's `ap_sload_t`.
public struct ServerLoad: Sendable, Hashable {
    /// 0 to 100; -1 where there is no scoreboard to read it from.
    public var idlePercentage = -1
    public var busyPercentage = -1

    public init() {}

    init(_ scoreboard: Scoreboard) {
        var ready = 0
        var busy = 0
        for slot in 0..<scoreboard.serverLimit {
            let child = scoreboard.child(slot)
            if child.pid == 0 || child.isQuiescing { continue }
            let isCurrent = child.generation == scoreboard.generation
            for index in 0..<scoreboard.threadLimit {
                switch scoreboard.worker(index, ofChild: slot).status {
                case .ready where isCurrent: ready += 1
                case .dead, .starting, .idleCleanup: break
                default: busy += 1
                }
            }
        }
        guard ready + busy > 0 else { return }
        idlePercentage = ready * 100 / (ready + busy)
        busyPercentage = busy * 100 / (ready + busy)
    }
}

extension LoopContext {
    /// How busy the server is now.
    ///
    /// Reads the whole scoreboard.
    public var serverLoad: ServerLoad { scoreboard.map(ServerLoad.init) ?? ServerLoad() }
}
