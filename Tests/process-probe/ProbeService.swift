// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import ApusConfiguration
internal import ApusRuntime
internal import Glibc

/// Keeps a program and a pipe through restarts, and logs what it is told.
///
///   service=COMMAND         the program, for the shell; without it there is no service
///   service-file=PATH       the program itself, without arguments
///   service-unless=FILE     while the file exists, there is no service
///   service-forgets=1       hands nothing on
///   service-refuses=1       adopts nothing
///   service-timeout=N       seconds that its program may take to end
final class ProbeService: ParentService {
    let name = "probe"
    private let settings: ProbeSettings
    private var pipe: (readEnd: CInt, writeEnd: CInt) = (-1, -1)
    private var program: Int32?
    private var parent: ParentContext?

    static func make(_ settings: ProbeSettings) -> ProbeService? {
        guard settings["service"] != nil || settings["service-file"] != nil else { return nil }
        if let file = settings["service-unless"], unsafe access(file, F_OK) == 0 { return nil }
        return ProbeService(settings)
    }

    private init(_ settings: ProbeSettings) { self.settings = settings }

    var stopTimeout: Duration { .seconds(settings.number("service-timeout", 10)) }

    /// Where a child writes what the service is to read.
    var writeEnd: CInt { pipe.writeEnd }

    func start(in parent: ParentContext, inherited: ServiceState?) throws(ConfigError) {
        self.parent = parent
        if let inherited {
            takeOver(inherited, in: parent)
        } else {
            do throws(SystemError) {
                let made = try Pipe()
                pipe.readEnd = try made.readEnd.duplicate().release()
                pipe.writeEnd = try made.writeEnd.duplicate().release()
            } catch {
                throw ConfigError(.apply, at: nil, problem: "\(error)")
            }
        }
        if program == nil { startProgram(in: parent) }
        parent.watch(pipe.readEnd, for: .readable) { [unowned self] _ in read() }
        // So much later that what is scheduled next comes first, however late it is scheduled.
        parent.schedule(after: .milliseconds(1500)) { [unowned self] in say("a timer has fired") }
        parent.schedule(after: .milliseconds(20)) { [unowned self] in say("a nearer one too") }
        parent.schedule(after: .milliseconds(10)) { [unowned self] in say("cancelled") }.cancel()
    }

    private func takeOver(_ state: ServiceState, in parent: ParentContext) {
        say("inherited '\(String(decoding: state.bytes, as: UTF8.self))'")
        pipe = (state.descriptors[0], state.descriptors[1])
        if settings["service-refuses"] != nil { return }
        for pid in state.processes where parent.adopt(pid, ended: { [unowned self] in note($0) }) {
            program = pid
        }
    }

    private func startProgram(in parent: ParentContext) {
        var program = Program(
            settings["service-file"] ?? "/bin/sh",
            arguments: CStringList(["sh", "-c", settings["service"] ?? ""]),
            environment: CStringList())
        program.leadership = .session
        program.descriptors = [1: pipe.writeEnd]
        do throws(SystemError) {
            let pid = try parent.start(program) { [unowned self] in note($0) }
            self.program = pid
            say("started \(pid)")
        } catch {
            say("cannot start: \(error)")
        }
    }

    private func note(_ ended: EndedChild) {
        program = nil
        say("\(ended.pid) ended: \(ended.exit)")
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = unsafe Glibc.read(pipe.readEnd, &buffer, buffer.count)
        say("read '\(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))'")
    }

    func closeInChild() { _ = close(pipe.readEnd) }

    func handOn(isGraceful: Bool) -> ServiceState? {
        if settings["service-forgets"] != nil { return nil }
        return ServiceState(
            bytes: Array("\(isGraceful ? "gracefully" : "hard") from \(getpid())".utf8),
            descriptors: [pipe.readEnd, pipe.writeEnd], processes: program.map { [$0] } ?? [])
    }

    func stop(in parent: ParentContext) {
        say("told to stop")
        parent.signalAll(.terminate)
    }

    private func say(_ text: String) { parent?.log(ProcessMessage(.notice, "service: \(text)")) }
}
