// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration

/// A multi-processing module: how many children, loops and connections there are.
///
/// Forking, supervising, listening and the loops are the core's. An MPM makes of the directives
/// of `ProcessSettings` a plan, and says which texts of httpd's log are its own.
public protocol ProcessingModule: Module {
    /// As `httpd -V` says after `Server MPM:`.
    static var mpmName: String { get }

    /// What holds for the children, with values out of bounds corrected.
    ///
    /// - Parameter bounds: takes the warnings about corrected values.
    static func processing(_ settings: ProcessSettings, _ bounds: inout BoundsCheck) -> Processing
}

/// What an MPM decides.
public struct Processing: Sendable {
    public var plan: ProcessingPlan
    public var spareWorkers: SpareWorkers
    public var wording: ProcessWording

    public init(plan: ProcessingPlan, spareWorkers: SpareWorkers, wording: ProcessWording) {
        self.plan = plan
        self.spareWorkers = spareWorkers
        self.wording = wording
    }
}

extension ProcessWording {
    /// httpd numbers the messages of each MPM on their own, in the same order.
    ///
    /// - Parameter sick: nil for an MPM that goes on trying.
    public init(
        configured: Int, stopping: Int, gracefully: Int, graceful: Int, hard: Int, fork: Int,
        sick: Int?, gracefulText: String = "SIGUSR1 received.  Doing graceful restart"
    ) {
        self.init(
            configured: ahNumber(configured), stopping: ahNumber(stopping),
            stoppingGracefully: ahNumber(gracefully),
            restarting: "\(ahNumber(hard)): SIGHUP received.  Attempting to restart",
            restartingGracefully: "\(ahNumber(graceful)): \(gracefulText)",
            cannotFork: ahNumber(fork), sick: sick.map(ahNumber))
    }
}
