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
    /// Without a group nobody is asked: the module may be loaded for nothing.
    static func check(_ builder: ServerBuilder) throws(ConfigError) {
        let interpreters = Interpreters()
        let settings = builder.config(of: WSGIModule.self, host: builder.hosts[0]).python
        for host in builder.hosts {
            for group in builder.config(of: WSGIModule.self, host: host).daemonProcesses {
                let choice = InterpreterChoice(
                    home: group.pythonHome ?? settings.home, program: settings.interpreter)
                // What is in another root directory can only be seen from there.
                if group.chroot != nil { continue }
                do throws(InterpreterError) {
                    _ = try interpreters.interpreter(choice)
                } catch {
                    throw ConfigError(
                        .apply, at: group.location, directive: "WSGIDaemonProcess",
                        problem: "The Python interpreter \(error.path) cannot be used",
                        remedy: error.reason)
                }
            }
        }
    }
}
