// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mpm_worker: each connection has a thread to itself, with a loop of its own.
public struct WorkerModule: ProcessingModule {
    public static let name = "mpm_worker_module"
    public static let mpmName = "worker"

    public static func processing(
        _ settings: ProcessSettings, _ bounds: inout BoundsCheck
    ) -> Processing {
        Processing.threaded(
            name: mpmName, settings, &bounds, firstNumber: 300, largestThreadLimit: 20_000,
            wording: ProcessWording(
                configured: 292, stopping: 295, gracefully: 296, graceful: 297, hard: 298,
                fork: 283, sick: 2325),
            spareWording: spareWording)
    }

    private static let spareWording = SpareWorkers.Wording(
        limitReached: "AH00286: server reached MaxRequestWorkers setting, consider raising the "
            + "MaxRequestWorkers setting",
        limitNear: "AH00287: server is within MinSpareThreads of MaxRequestWorkers, consider "
            + "raising the MaxRequestWorkers setting",
        scoreboardFull: "AH00288: scoreboard is full, not at MaxRequestWorkers",
        busy: "AH00289: server seems busy, (you may need to increase StartServers, "
            + "ThreadsPerChild or Min/MaxSpareThreads), spawning %spawning children, there are "
            + "around %idle idle threads, and %total total children")
}

/// What `LoadModule mpm_worker_module` calls.
@c(mpm_worker_module)
public func workerModule() -> UnsafeRawPointer { unsafe ModuleEntry(WorkerModule.self).retained }
