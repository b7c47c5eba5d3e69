// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

// The programs that read logs are children of the process that starts them, and it is the server
// that has to hear of their end; so it leaves the terminal before it opens the logs. Whoever
// started the server still wants to know whether it starts: the process that was started waits
// for that, and the terminal is kept at hand for what may go wrong.

/// Leaving the terminal.
public struct Daemon {
    /// Descriptors: the standard error of whoever started the server, and the end of a pipe.
    private let terminal: CInt
    private let readiness: CInt

    /// Goes on in a new session, in the background.
    ///
    /// Nil where that cannot be; the server then stays where it is.
    public static func detach() -> Daemon? {
        var readEnd: CInt = -1
        var writeEnd: CInt = -1
        guard unsafe cplatform_pipe(&readEnd, &writeEnd) == 0 else { return nil }
        let pid = cplatform_fork()
        if pid < 0 { return nil }
        _ = close(pid > 0 ? writeEnd : readEnd)
        if pid > 0 { waitUntilReady(pid, readEnd) }
        _ = setsid()
        return Daemon(readiness: writeEnd)
    }

    private init(readiness: CInt) {
        self.readiness = readiness
        terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return }
        _ = dup2(null, STDIN_FILENO)
        _ = dup2(null, STDOUT_FILENO)
        _ = dup2(null, STDERR_FILENO)
        if null > STDERR_FILENO { _ = close(null) }
    }

    /// The server is about to serve: the process that was started ends well.
    public func confirm() {
        var byte: UInt8 = 0
        _ = unsafe write(readiness, &byte, 1)
        _ = close(readiness)
        _ = close(terminal)
    }

    /// The server cannot start: what is said of it goes to the terminal.
    public func giveUp() { _ = dup2(terminal, STDERR_FILENO) }

    /// Ends as the process in the background ends, or well as soon as it is ready.
    private static func waitUntilReady(_ pid: pid_t, _ readiness: CInt) -> Never {
        // Held for the server; the terminal may still end the waiting.
        Signals.unblock()
        var byte: UInt8 = 0
        if unsafe read(readiness, &byte, 1) == 1 { _exit(0) }
        var status: CInt = 0
        _ = unsafe waitpid(pid, &status, 0)
        _exit(max(1, cplatform_wait_exited(status)))
    }
}
