// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mpm_prefork: each connection has a process to itself.
public struct PreforkModule: ProcessingModule {
    public static let name = "mpm_prefork_module"
    public static let mpmName = "prefork"

    public static func processing(
        _ settings: ProcessSettings, _ bounds: inout BoundsCheck
    ) -> Processing {
        var limits = settings.preforkLimits
        bounds.correct(&limits)
        let plan = ProcessingPlan(
            name: mpmName, loops: 1, connectionsPerLoop: .one, blockingWork: .inline,
            startServers: limits.startServers, serverLimit: limits.serverLimit, threadLimit: 1,
            workersPerChild: 1, maxRequestWorkers: limits.maxRequestWorkers,
            maxConnectionsPerChild: settings.maxConnectionsPerChild)
        return Processing(
            plan: plan,
            spareWorkers: SpareWorkers(
                minimum: limits.minSpareServers, maximum: limits.maxSpareServers, plan: plan,
                wording: spareWording),
            wording: ProcessWording(
                configured: 163, stopping: 169, gracefully: 170, graceful: 171, hard: 173,
                fork: 159,
                sick: nil,
                gracefulText: "Graceful restart requested, doing restart"))
    }

    private static let spareWording = SpareWorkers.Wording(
        limitReached: "AH00161: server reached MaxRequestWorkers setting, consider raising the "
            + "MaxRequestWorkers setting",
        limitNear: nil, scoreboardFull: nil,
        busy: "AH00162: server seems busy, (you may need to increase StartServers, or "
            + "Min/MaxSpareServers), spawning %spawning children, there are %idle idle, and "
            + "%total total children")
}

/// What `LoadModule mpm_prefork_module` calls.
@c(mpm_prefork_module)
public func preforkModule() -> UnsafeRawPointer { unsafe ModuleEntry(PreforkModule.self).retained }
