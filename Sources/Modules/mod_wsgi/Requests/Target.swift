// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What answers a kind of requests: a script, the workers that run it, and what all its requests
/// have in common.
///
/// Kept by a loop for as long as the configuration lives.
final class Target {
    let set: SetName
    let script: ScriptName
    let group: ProcessGroup
    /// What bounds its exchanges.
    let limits: ExchangeLimits
    /// How many requests may wait for its workers.
    let backlog: Int
    let settings: DirectorySettings
    let passesAuthorization: Bool
    /// For `WSGIHandlerScript`: the script, which is not what was asked for.
    let handlerScript: String?
    /// The variables that are the same in each request, as they stand in packets.
    let constants: EncodedVariables
    /// The few of them that ASGI wants.
    let scriptVariables: EncodedVariables
    /// Nil until the parent has given workers to the name.
    var workers: WorkerSet?

    init(
        set: SetName, script: ScriptName, group: ProcessGroup, host: VirtualHost,
        settings: DirectorySettings, passesAuthorization: Bool, handlerScript: String?,
        constants: EncodedVariables
    ) {
        self.set = set
        self.script = script
        self.group = group
        limits = ExchangeLimits(group, timeout: host.core.timeout)
        backlog = max(1, group.listenBacklog)
        self.settings = settings
        self.passesAuthorization = passesAuthorization
        self.handlerScript = handlerScript
        self.constants = constants
        scriptVariables = EncodedVariables(script, handlerScript: handlerScript)
    }
}

/// What a target depends on.
struct TargetKey {
    let settings: DirectorySettings
    let alias: ScriptAlias?
    let host: VirtualHost
    let port: UInt16
    let filename: String
    let scriptName: String
    let handler: String

    static func == (a: Self, b: Self) -> Bool {
        a.settings === b.settings && a.alias === b.alias && a.host === b.host && a.port == b.port
            && a.filename == b.filename && a.scriptName == b.scriptName && a.handler == b.handler
    }
}

/// The targets that a loop has met.
struct TargetCache {
    private var targets: [(key: TargetKey, target: Target)] = []
    /// Beyond it all are forgotten.
    private static let limit = 64
    /// Where the one before was found: requests for one application come in a row.
    private var last = 0

    mutating func find(_ key: TargetKey) -> Target? {
        if last < targets.count, targets[last].key == key { return targets[last].target }
        guard let index = targets.firstIndex(where: { $0.key == key }) else { return nil }
        last = index
        return targets[index].target
    }

    mutating func add(_ target: Target, for key: TargetKey) {
        if targets.count >= Self.limit { targets.removeAll() }
        targets.append((key, target))
    }
}
