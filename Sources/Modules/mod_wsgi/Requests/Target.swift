// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What answers a kind of requests: a script, the workers that run it, and what all its requests
/// have in common.
///
/// Kept by a loop for as long as the configuration lives.
final class Target {
    let key: TargetKey
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
    /// The same, with what nearly every scope has besides.
    let usualScope: EncodedVariables
    /// Nil until the parent has given workers to the name.
    var workers: WorkerSet?

    init(
        key: TargetKey, set: SetName, script: ScriptName, group: ProcessGroup,
        passesAuthorization: Bool, handlerScript: String?, constants: EncodedVariables
    ) {
        self.key = key
        self.set = set
        self.script = script
        self.group = group
        limits = ExchangeLimits(group, timeout: key.host.core.timeout)
        backlog = max(1, group.listenBacklog)
        settings = key.settings
        self.passesAuthorization = passesAuthorization
        self.handlerScript = handlerScript
        self.constants = constants
        scriptVariables = EncodedVariables(script, handlerScript: handlerScript)
        usualScope = EncodedVariables(script, handlerScript: handlerScript, isUsual: true)
    }
}

/// What a target depends on.
final class TargetKey {
    let settings: DirectorySettings
    let alias: ScriptAlias?
    let host: VirtualHost
    let port: UInt16
    let filename: String
    let scriptName: String
    let handler: String

    /// - Parameter handler: where it is not the request's.
    init(_ request: borrowing Request, handler: String? = nil) {
        settings = request[directory: WSGIModule.self].shared
        alias = handler == nil ? request.mapping as? ScriptAlias : nil
        host = request.host
        port = request.serverPort
        filename = request.filename ?? request.path
        scriptName = ScriptPath.name(of: request)
        self.handler = handler ?? request.handlerName ?? ""
    }

    static func == (a: TargetKey, b: TargetKey) -> Bool {
        a.settings === b.settings && a.alias === b.alias && a.host === b.host && a.port == b.port
            && a.filename == b.filename && a.scriptName == b.scriptName && a.handler == b.handler
    }

    private func isFilename(of request: borrowing Request) -> Bool {
        request.filename == filename || request.filename == nil && request.path == filename
    }

    /// Whether it is that of a request, found out without making that one.
    ///
    /// - Parameters:
    ///   - division: that of the path (`ScriptPath`).
    ///   - hasSettings: whether it is known that the settings are the same.
    func matches(
        _ request: borrowing Request, dividedAt division: Int?, hasSettings: Bool = false
    ) -> Bool {
        guard request.host === host,
            hasSettings || request[directory: WSGIModule.self].shared === settings,
            alias == nil ? !(request.mapping is ScriptAlias) : request.mapping === alias
        else { return false }
        return request.serverPort == port && isFilename(of: request)
            && (request.handlerName == handler || request.handlerName == nil && handler.isEmpty)
            && ScriptPath.isName(scriptName, of: request, dividedAt: division)
    }
}

/// The targets that a loop has met.
final class TargetCache {
    private var targets: [Target] = []
    /// Beyond it all are forgotten.
    private static let limit = 64
    /// The one before: requests for one application come in a row.
    private var last: Target?
    /// The settings by which that was found.
    private var lastSettings: AnyObject?

    func find(_ request: borrowing Request, dividedAt division: Int?) -> Target? {
        if let last,
            last.key.matches(
                request, dividedAt: division, hasSettings: lastSettings === request.settings)
        {
            return last
        }
        for target in targets where target.key.matches(request, dividedAt: division) {
            last = target
            lastSettings = request.settings
            return target
        }
        return nil
    }

    func find(_ key: TargetKey) -> Target? { targets.first { $0.key == key } }

    func add(_ target: Target) {
        if targets.count >= Self.limit { targets.removeAll() }
        targets.append(target)
    }
}
