// SPDX-License-Identifier: Apache-2.0

internal import Apus

extension Target {
    /// What answers a request, by the settings that hold for it.
    ///
    /// - Parameter division: that of the path (`ScriptPath`).
    /// - Throws: 500 where a group is named that there is not, or that this host may not use.
    static func find(
        for request: inout Request, dividedAt division: Int?, _ dispatcher: Dispatcher,
        handler: HandlerScript?, dispatch: DispatchAnswer? = nil
    ) throws(RequestError) -> Target {
        if dispatch == nil, let known = dispatcher.targets.find(request, dividedAt: division) {
            return known
        }
        let (target, isConstant) = try make(TargetKey(request), request, handler, dispatch)
        if isConstant, dispatch == nil { dispatcher.targets.add(target) }
        return target
    }

    /// What answers a question of the server's: the group without a name, as for mod_wsgi.
    static func find(
        for request: inout Request, _ dispatcher: Dispatcher, asking script: AuxiliaryScript,
        _ function: String
    ) throws(RequestError) -> Target {
        let key = TargetKey(request, handler: "\(script.path)|\(function)")
        if let known = dispatcher.targets.find(key) { return known }
        var names = GroupNames(scriptName: key.scriptName)
        let set = SetName(
            processGroup: "",
            applicationGroup: names.applicationGroup(script.applicationGroup ?? "", request))
        let values = key.settings.values
        let group = WorkerSets.current?.groups[""] ?? ProcessGroup(name: "")
        let name = ScriptName.moduleAlone(script.path)
        let target = Target(
            key: key, set: set, script: name, group: group, passesAuthorization: true,
            handlerScript: script.path,
            constants: EncodedVariables(
                key, set, name, group: group, values, handlerScript: script.path, request))
        if names.areConstant { dispatcher.targets.add(target) }
        return target
    }

    private static func make(
        _ key: TargetKey, _ request: borrowing Request, _ handler: HandlerScript?,
        _ dispatch: DispatchAnswer?
    ) throws(RequestError) -> (Target, isConstant: Bool) {
        let values = key.settings.values
        var names = GroupNames(scriptName: key.scriptName)
        let process =
            dispatch?.processGroup ?? handler?.processGroup ?? key.alias?.processGroup
            ?? values.processGroup
        let application =
            dispatch?.applicationGroup ?? handler?.applicationGroup ?? key.alias?.applicationGroup
            ?? values.applicationGroup
        let set = SetName(
            processGroup: names.processGroup(process, request),
            applicationGroup: names.applicationGroup(application, request))
        let callable =
            handler == nil
            ? names.callableObject(
                dispatch?.callableObject ?? key.alias?.callableObject ?? values.callableObject,
                request)
            : "handle_request"
        let group = try group(set.processGroup, values, request)
        let script = ScriptName(path: handler?.path ?? key.filename, callable: callable)
        let constants = EncodedVariables(
            key, set, script, group: group, values, handlerScript: handler?.path, request)
        let target = Target(
            key: key, set: set, script: script, group: group,
            passesAuthorization: handler?.passesAuthorization ?? key.alias?.passesAuthorization
                ?? values.passesAuthorization,
            handlerScript: handler?.path, constants: constants)
        return (target, names.areConstant)
    }

    private static func group(
        _ name: String, _ values: DirectorySettings.Values, _ request: borrowing Request
    ) throws(RequestError) -> ProcessGroup {
        if let allowed = values.restrictProcess, !name.isEmpty, !allowed.contains(name) {
            throw RequestError(
                .internalServerError,
                "Daemon process called '\(name)' cannot be accessed by this WSGI application as "
                    + "not a member of allowed groups: \(request.filename ?? "")")
        }
        if name.isEmpty,
            request.connection.server.main.config(of: WSGIModule.self)
                .restrictsEmbedded
        {
            throw RequestError(
                .internalServerError,
                "Embedded mode of mod_wsgi disabled by runtime configuration: "
                    + (request.filename ?? ""))
        }
        guard let group = WorkerSets.current?.groups[name] else {
            throw RequestError(
                .internalServerError,
                "No WSGI daemon process called '\(name)' has been configured: "
                    + (request.filename ?? ""))
        }
        if let owner = group.hostName, owner != request.host.name {
            throw RequestError(
                .internalServerError,
                "Daemon process called '\(name)' cannot be accessed by this WSGI application: "
                    + (request.filename ?? ""))
        }
        return group
    }
}
