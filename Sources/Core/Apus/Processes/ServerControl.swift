// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

/// `httpd -k`: what a second invocation does about the server that runs.
public enum ServerControl: String, Sendable, CaseIterable {
    case start, restart, graceful, stop
    case gracefulStop = "graceful-stop"

    /// What the invocation does next.
    public enum Outcome: Sendable, Hashable {
        /// Go on and become the server; the text, if any, is for standard output.
        case startServer(String?)
        /// End with that status; the text, if any, is for standard output.
        case exit(CInt, String?)
        /// End with status 1; the messages are for standard error.
        case fail([ProcessMessage])
    }

    /// Signals the server that the file names, or says that there is none.
    public func perform(_ file: PIDFile) -> Outcome {
        switch file.read() {
        case .unreadable(let error):
            return .fail([
                ProcessMessage(
                    .emergency, "AH00058: Error retrieving pid file \(file.path)", error),
                ProcessMessage(
                    .emergency, "AH00059: Remove it before continuing if it is corrupted."),
            ])
        case .missing:
            return absent("httpd (no pid file) not running")
        case .pid(let pid):
            // In a container a new server may well get the number that its file has from before.
            guard pid != getpid(), kill(pid, 0) == 0 else {
                return absent("httpd (pid \(pid)?) not running")
            }
            return running(pid)
        }
    }

    private func absent(_ status: String) -> Outcome {
        switch self {
        case .start: .startServer(nil)
        case .restart, .graceful: .startServer("httpd not running, trying to start")
        case .stop, .gracefulStop: .exit(0, status)
        }
    }

    private func running(_ pid: Int32) -> Outcome {
        let signal: CInt
        switch self {
        case .start: return .exit(0, "httpd (pid \(pid)) already running")
        case .restart: signal = SIGHUP
        case .graceful: signal = SIGUSR1
        case .stop: signal = SIGTERM
        case .gracefulStop: signal = SIGWINCH
        }
        if kill(pid, signal) == 0 { return .exit(0, nil) }
        return .fail([
            ProcessMessage(.emergency, "AH00057: sending signal to server", .last("kill"))
        ])
    }
}
