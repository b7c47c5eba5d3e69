// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A running server, from its start to its end.
struct ServingSession {
    private let server: Subprocess
    private let options: ServingOptions
    private let application: ApplicationName
    private let findings: ApplicationFindings
    private let root: String
    private let signals: SignalWait
    private let console: Console

    init(
        _ server: Subprocess, _ options: ServingOptions, _ application: ApplicationName,
        _ findings: ApplicationFindings, root: String, _ signals: SignalWait, _ console: Console
    ) {
        self.server = server
        self.options = options
        self.application = application
        self.findings = findings
        self.root = root
        self.signals = signals
        self.console = console
    }

    /// - Parameter folders: those whose sources are watched.
    /// - Returns: the exit status.
    func run(watching folders: [String]) throws(ToolFailure) -> Int32 {
        let watch = folders.isEmpty ? nil : try SourceWatch(folders)
        let pid: pid_t
        do {
            pid = try server.start(inOwnGroup: true)
        } catch {
            throw ToolFailure("\(server.arguments[0]): \(error)", 127)
        }
        var isReady = false
        while true {
            if let status = Self.end(of: pid) {
                console.complain("apus-serve: the server has ended\n")
                return status == 0 ? 0 : 1
            }
            if !isReady, Files.exists("\(root)/logs/httpd.pid") {
                isReady = Port.isOpen(host: options.host, port: options.port)
                if isReady { welcome() }
            }
            switch signals.next(within: isReady ? 200 : 20) {
            case SIGINT, SIGTERM: return stop(pid)
            case SIGHUP: reload([])
            default: break
            }
            if isReady, let watch { reloadIfChanged(watch) }
        }
    }

    private func welcome() {
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        let mount = options.mount.hasSuffix("/") ? options.mount : options.mount + "/"
        console.complain(
            """
            apus-serve: \(application.text) at http://\(host):\(options.port)\(mount) \
            (Python \(findings.version), Ctrl-C stops)

            """)
    }

    // MARK: The end

    private static func end(of pid: pid_t) -> Int32? {
        var status: Int32 = 0
        guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    /// Ends the server; a second signal ends it at once.
    private func stop(_ pid: pid_t) -> Int32 {
        kill(pid, SIGTERM)
        while Self.end(of: pid) == nil {
            let signal = signals.next(within: 100)
            if signal == SIGINT || signal == SIGTERM { kill(-pid, SIGKILL) }
        }
        return 0
    }

    // MARK: Changes

    private func reloadIfChanged(_ watch: SourceWatch) {
        var changed = watch.takeChanges()
        if changed.isEmpty { return }
        // An editor, or git, changes several files at once.
        while case let more = watch.takeChanges(within: 100), !more.isEmpty {
            changed += more.filter { !changed.contains($0) }
        }
        reload(changed)
    }

    private func reload(_ changed: [String]) {
        let names = changed.prefix(3).map(lastPart).joined(separator: ", ")
        let reason =
            changed.isEmpty ? "" : names + (changed.count > 3 ? "... changed, " : " changed, ")
        console.complain("apus-serve: \(reason)reloading\n")
        do {
            let connection = try ReloadConnection("\(root)/control", timeout: 600)
            report(try connection.ask([]))
        } catch {
            console.complain("apus-serve: cannot reload: \(error.message ?? "")\n")
        }
    }

    private func report(_ answer: ReloadAnswer) {
        guard answer.status != 0 else { return console.complain("apus-serve: reloaded\n") }
        // The error log has said it already, where that is the terminal.
        if options.errorLog != "-" {
            for line in answer.sets.flatMap(\.text) { console.complain("\(line)\n") }
        }
        console.complain("apus-serve: the version before goes on\n")
    }
}

/// Signals that are waited for, and do nothing else.
struct SignalWait {
    private var signals = sigset_t()

    init(_ numbers: [Int32]) {
        unsafe sigemptyset(&signals)
        for number in numbers { unsafe sigaddset(&signals, number) }
        unsafe sigprocmask(SIG_BLOCK, &signals, nil)
    }

    /// The next one; nil when none came in that many milliseconds.
    func next(within milliseconds: Int) -> Int32? {
        var time = timespec(
            tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        var signals = self.signals
        let signal = unsafe sigtimedwait(&signals, nil, &time)
        return signal > 0 ? signal : nil
    }
}
