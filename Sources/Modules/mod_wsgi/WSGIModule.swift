// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_wsgi: runs Python applications, by WSGI (PEP 3333) or ASGI, in processes of their own.
public struct WSGIModule: Module {
    public static let name = "wsgi_module"

    public static func register(in hooks: inout Hooks) {
        hooks.checkConfig.add(Self.self) { builder throws(ConfigError) in
            try ProcessGroups.check(builder)
            try Interpreters.check(builder)
        }
        hooks.startServices.add(Self.self) { server, services throws(ConfigError) in
            try PythonService.start(server, services)
        }
        hooks.providers.register("wsgi", StatusPart(WorkerStatus.text))
        // After mod_alias, so that an Alias may take a part of an application's paths.
        hooks.translateName.add(Self.self, .late) { request in ScriptMapping.translate(&request) }
        hooks.accessChecker.addAsync(Self.self, when: AccessScript.isFor, AccessScript.run)
        hooks.providers.register("wsgi", UserScript.provider)
        hooks.providers.register("wsgi-group", GroupScript.provider)
        hooks.handler.add(Self.self, .middle, ScriptHandler.runNow)
        hooks.handler.addAsync(Self.self, when: ScriptHandler.isFor, ScriptHandler.run)
        hooks.logTransaction.add(Self.self, .first) { request in
            if request.mapping is Exchange { request.connection.whenClientLeaves = nil }
            return .declined
        }
    }
}

/// The entry of the loadable module.
@c(wsgi_module)
public func wsgiModule() -> UnsafeRawPointer { unsafe ModuleEntry(WSGIModule.self).retained }
