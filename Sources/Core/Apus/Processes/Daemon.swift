// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// Leaving the terminal.
public enum Daemon {
    /// Goes on in a new session, in the background; the process that was started ends.
    public static func detach() {
        let pid = cplatform_fork()
        if pid > 0 { _exit(0) }
        if pid < 0 { return }
        _ = setsid()
        let null = unsafe open("/dev/null", O_RDWR)
        guard null >= 0 else { return }
        _ = dup2(null, STDIN_FILENO)
        _ = dup2(null, STDOUT_FILENO)
        _ = dup2(null, STDERR_FILENO)
        if null > STDERR_FILENO { _ = close(null) }
    }
}
