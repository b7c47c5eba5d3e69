// SPDX-License-Identifier: Apache-2.0

internal import Apus

extension ControlMessage {
    /// What a worker is told first: all that it must honour itself, by the names of mod_wsgi's
    /// options.
    init(_ order: WorkerOrder, _ settings: PythonSettings, server: Server) {
        self.init("start")
        let group = order.group
        let name = order.set.name
        let interpreter = InterpreterSettings(
            of: name, group, settings,
            server.main.config(of: WSGIModule.self).interpreterOptions)
        add("set", order.set.index)
        add("process-group", name.processGroup)
        add("application-group", name.applicationGroup)
        add("process", order.place)
        add("generation", order.generation.index)
        add("processes", group.processes)
        add("processes-written-out", group.processesAreWritten)
        add("multiprocess", group.processes > 1 || group.processesAreWritten)
        add("interface", Self.interface(order, group))
        add("threads", group.threads)
        for path in interpreter.pythonPath { add("python-path", path) }
        add("python-eggs", group.pythonEggs ?? settings.eggs)
        add("lang", group.lang)
        add("locale", group.locale)
        for script in order.scripts {
            // What is imported and is no application (WSGIImportScript) names no callable.
            if script.callable.isEmpty {
                add("import-script", script.path)
            } else {
                add("script", "\(script.path)\t\(script.callable)")
            }
        }
        add("preload", order.origin == .interpreterAsTemplate)
        add("event-loop", group.eventLoop.rawValue)
        add("maximum-requests", order.maximumRequests)
        add("on-failure", "exit")
        for path in order.tolerated { add("tolerated", path) }
        add("server-software", server.banner)
        add("server-admin", server.main.core.serverAdmin)
        add("display-name", Self.title(group))
        add("home", group.home)
        add("switch-interval", interpreter.switchInterval.map { "\($0)" })
        add("stack-size", group.stackSize)
        add("cpu-scheduling", group.cpuScheduling.rawValue)
        add("concurrency", group.concurrency)
        add("request-timeout", group.requestTimeout)
        add("interrupt-timeout", group.interruptTimeout)
        add("deadlock-timeout", group.deadlockTimeout)
        add("graceful-timeout", group.gracefulTimeout)
        add("shutdown-timeout", group.shutdownTimeout)
        add("socket-timeout", group.socketTimeout)
        add("restrict-stdin", interpreter.restrictsStdin)
        add("restrict-stdout", interpreter.restrictsStdout)
        add("restrict-signal", interpreter.restrictsSignal)
        add("destroy-interpreter", settings.destroysInterpreter)
    }

    private static func interface(_ order: WorkerOrder, _ group: ProcessGroup) -> String {
        switch (group.interface, order.interface) {
        case (.auto, .wsgi): "wsgi"
        case (.auto, .asgi): "asgi"
        case (let chosen, _): chosen.rawValue
        }
    }

    /// `%{GROUP}` stands for mod_wsgi's usual name.
    private static func title(_ group: ProcessGroup) -> String? {
        guard let name = group.displayName else { return nil }
        return name == "%{GROUP}" ? "(wsgi:\(group.name))" : name
    }
}
