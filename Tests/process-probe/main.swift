// SPDX-License-Identifier: Apache-2.0

// A server as small as can be over the process manager, for the tests to drive: a process of
// tests has threads and must not fork. Each child serves one connection after another.
//
//   process-probe NAME=VALUE ...
//
//   listen=127.0.0.1:8080   pid=FILE   log=FILE   piped=COMMAND
//   start=N  min=N  max=N  limit=N  maxperchild=N  graceful-timeout=SECONDS
//   detach=1               runs without a terminal
//   pause=FILE             waits until the file exists, before it handles signals
//   alone=1                one process that serves by itself
//   service...              see ProbeService
//   broken=FILE             while the file exists, the configuration is broken

internal import Apus
internal import ApusRuntime
internal import Glibc

let settings = ProbeSettings(CommandLine.arguments.dropFirst())
let log = ProbeLog(path: settings["log"] ?? "/dev/stderr")
let inherited = RestartState.take()

func end(_ message: String) -> Never {
    log.write(ProcessMessage(.error, message))
    exit(1)
}

let otherChildren = OtherChildren()
var piped: CInt?
if let command = settings["piped"] {
    do {
        piped = try otherChildren.start(command)
    } catch {
        end("\(error)")
    }
}
let listeners: Listeners
do {
    ProcessManager.holdSignals()
    listeners = try Listeners.open(
        [ListenSpecification(arguments: [settings["listen"] ?? "127.0.0.1:0"])],
        inherited: inherited?.takeListeners() ?? [], log: log.write)
} catch {
    end("\(error)")
}

let service = ProbeService.make(settings)
let services = ParentServices()
services.log = log.write
services.inherit(inherited)

var setup = ProcessManagerSetup(
    plan: settings.plan, wording: .probe, banner: "probe", listeners: listeners,
    image: .current(arguments: CommandLine.arguments),
    maintain: settings.spareWorkers.decide,
    log: log.write,
    checkConfiguration: {
        guard let path = settings["broken"], unsafe access(path, F_OK) == 0 else { return nil }
        return "AH00526: Syntax error on line 1 of \(path):\nInvalid command 'Broken'"
    },
    serve: { context in
        ProbeChild(context: context, log: piped, service: service?.writeEnd).serve()
    })
setup.pidFile = settings["pid"].map { PIDFile(path: $0) }
setup.gracefulShutdownTimeout = .seconds(settings.number("graceful-timeout", 0))
setup.inherited = inherited
setup.otherChildren = otherChildren
if let path = settings["pause"] {
    while unsafe access(path, F_OK) != 0 { _ = poll(nil, 0, 5) }
}
do {
    if settings["detach"] != nil && inherited == nil { Daemon.detach()?.confirm() }
    if let service { try services.start(service) }
    setup.services = services
    let manager = try ProcessManager(setup)
    if settings["alone"] != nil { manager.serveAlone() }
    exit(manager.run())
} catch {
    end("\(error)")
}
