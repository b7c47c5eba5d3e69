// SPDX-License-Identifier: Apache-2.0

internal import Apus

extension PythonService {
    /// Starts the service, where the configuration speaks of applications.
    static func start(_ server: Server, _ services: ParentServices) throws(ConfigError) {
        let plan = ConfiguredSets(server)
        guard isNeeded(server, plan) else { return }
        try services.start(
            PythonService(
                server, plan, interpreters: Interpreters(), controlPath: controlPath(of: server)))
    }

    /// A handler of scripts can be set in any section, and in files that are read with requests,
    /// so that all that is known is that the module was loaded.
    private static func isNeeded(_ server: Server, _ plan: ConfiguredSets) -> Bool {
        !plan.specifications.isEmpty || plan.groups.count > 1
            || server.main.config(of: WSGIModule.self).spareApplications > 0
    }

    private static func controlPath(of server: Server) -> String {
        if let path = server.main.config(of: WSGIModule.self).controlSocket {
            return server.path(path)
        }
        let file = server.path(server.main.core.processes.pidFile)
        return (file.hasSuffix(".pid") ? String(file.dropLast(4)) : file) + "-control.sock"
    }
}

extension Interpreters {
    /// Finds out whether there is what the configuration names, so that `httpd -t` tells.
    ///
    /// Without a group or a script nobody is asked: the module may be loaded for nothing.
    static func check(_ builder: ServerBuilder) throws(ConfigError) {
        let configs = builder.hosts.map { builder.config(of: WSGIModule.self, host: $0) }
        let check = InterpreterCheck(
            settings: configs[0].python,
            privileges: builder.config(of: UnixdModule.self, host: builder.hosts[0])
                .privileges(coreDumpDirectory: nil))
        let groups = configs.flatMap(\.daemonProcesses)
        for group in groups { try check.run(group, at: group.location, "WSGIDaemonProcess") }
        // Where there are groups, any section may say that a script runs in one of them.
        if groups.isEmpty, let alias = configs.lazy.flatMap(\.scriptAliases).first {
            try check.run(.embedded(configs[0]), at: alias.location, "WSGIScriptAlias")
        }
    }
}

/// Asks the interpreters of process groups whether they can be used.
private struct InterpreterCheck {
    let settings: PythonSettings
    let privileges: Privileges
    let interpreters = Interpreters()

    func run(
        _ group: ProcessGroup, at location: SourceLocation?, _ directive: String
    ) throws(ConfigError) {
        // What is in another root directory can only be seen from there.
        if group.chroot != nil { return }
        do throws(InterpreterError) {
            _ = try interpreters.interpreter(of: group, settings, privileges)
        } catch {
            throw ConfigError(
                .apply, at: location, directive: directive,
                problem: "The Python interpreter \(error.path) cannot be used",
                remedy: error.reason)
        }
    }
}
