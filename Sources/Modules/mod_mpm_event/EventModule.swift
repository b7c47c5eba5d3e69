// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mpm_event: a few loops serve many connections each, and code that blocks runs on threads.
public struct EventModule: ProcessingModule {
    public static let name = "mpm_event_module"
    public static let mpmName = "event"

    public static func processing(
        _ settings: ProcessSettings, _ bounds: inout BoundsCheck
    ) -> Processing {
        Processing.threaded(
            name: mpmName, settings, &bounds, firstNumber: 497, largestThreadLimit: 100_000,
            wording: ProcessWording(
                configured: 489, stopping: 491, gracefully: 492, graceful: 493, hard: 494,
                fork: 481, sick: 2324),
            spareWording: spareWording
        ) { plan in
            plan.loops = min(
                settings.loopsPerChild ?? loops(ofEach: plan.startServers), plan.workersPerChild)
            plan.connectionsPerLoop = .many
            plan.blockingWork = .workerThreads(plan.workersPerChild)
            plan.connectionsPerIdleWorker = settings.asyncRequestWorkerFactor
        }
    }

    /// A loop for each processor in all: more of them take turns on it, and each finds less to do
    /// when its turn comes.
    private static func loops(ofEach children: Int) -> Int {
        (Processors.count + children - 1) / max(1, children)
    }

    private static let spareWording = SpareWorkers.Wording(
        limitReached: "AH00484: server reached MaxRequestWorkers setting, consider raising the "
            + "MaxRequestWorkers setting",
        limitNear: "AH10159: server is within MinSpareThreads of MaxRequestWorkers, consider "
            + "raising the MaxRequestWorkers setting",
        scoreboardFull: "AH03490: scoreboard is full, not at MaxRequestWorkers."
            + "Increase ServerLimit.",
        busy: "AH00486: server seems busy, (you may need to increase StartServers, "
            + "ThreadsPerChild or Min/MaxSpareThreads), spawning %spawning children, there are "
            + "around %idle idle threads, %active active children, and %stopping children that "
            + "are shutting down")
}

/// What `LoadModule mpm_event_module` calls.
@c(mpm_event_module)
public func eventModule() -> UnsafeRawPointer { unsafe ModuleEntry(EventModule.self).retained }
