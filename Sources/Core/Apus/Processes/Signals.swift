// SPDX-License-Identifier: Apache-2.0

// A signal handler writes the signal's number, one byte, to a pipe; everything else happens
// where the pipe is read. The parent holds all signals back while it forks and while it replaces
// its image, so that none is lost or met by the wrong handler.

internal import ApusRuntime
internal import CPlatform
internal import Glibc

/// The signals of a process, as bytes of a pipe.
struct SignalPipe: ~Copyable {
    let pipe: Pipe

    /// Makes the pipe that the handlers of this process write to from now on.
    init() throws(SystemError) {
        let made = try Pipe()
        try made.readEnd.setNonBlocking(true)
        try made.writeEnd.setNonBlocking(true)
        cplatform_set_signal_pipe(made.writeEnd.rawValue)
        pipe = made
    }

    var descriptor: CInt { pipe.readEnd.rawValue }

    /// The signals since the last call, in order.
    func take() -> [CInt] {
        ((try? pipe.readEnd.read(upTo: 256)) ?? []).map { CInt($0) }
    }
}

enum Signals {
    /// Handles what the parent is told by signals.
    static func handleInParent() {
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGWINCH, SIGCHLD] {
            _ = cplatform_handle_signal(signal, CPLATFORM_SIGNAL_TELL)
        }
        _ = cplatform_handle_signal(SIGPIPE, CPLATFORM_SIGNAL_IGNORE)
        _ = cplatform_handle_signal(SIGXCPU, CPLATFORM_SIGNAL_DEFAULT)
        // A write beyond the limit fails with EFBIG instead.
        _ = cplatform_handle_signal(SIGXFSZ, CPLATFORM_SIGNAL_IGNORE)
    }

    /// Handles what a child is told: USR1 and WINCH to finish, TERM and HUP to stop.
    static func handleInChild(stopsOnInterrupt: Bool) {
        for signal in [SIGUSR1, SIGWINCH] {
            _ = cplatform_handle_signal(signal, CPLATFORM_SIGNAL_TELL)
        }
        for signal in [SIGTERM, SIGHUP] {
            _ = cplatform_handle_signal(signal, CPLATFORM_SIGNAL_TELL_STOP)
        }
        _ = cplatform_handle_signal(SIGPIPE, CPLATFORM_SIGNAL_IGNORE)
        // The terminal sends it to parent and children alike; the parent then tells the children.
        _ = cplatform_handle_signal(
            SIGINT, stopsOnInterrupt ? CPLATFORM_SIGNAL_TELL_STOP : CPLATFORM_SIGNAL_IGNORE)
        _ = cplatform_handle_signal(SIGCHLD, CPLATFORM_SIGNAL_DEFAULT)
        dieOfFaults()
    }

    /// Swift's runtime would write a backtrace first.
    ///
    /// That takes seconds, during which the child is not replaced and its clients wait, so it is
    /// for those who ask for it.
    private static func dieOfFaults() {
        if ProcessEnvironment.value("SWIFT_BACKTRACE") != nil { return }
        for signal in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
            _ = cplatform_handle_signal(signal, CPLATFORM_SIGNAL_DEFAULT)
        }
    }

    /// Back to how a program expects them when it starts.
    static func reset() {
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGWINCH, SIGCHLD, SIGPIPE, SIGXFSZ] {
            _ = cplatform_handle_signal(signal, CPLATFORM_SIGNAL_DEFAULT)
        }
    }

    static func block() { cplatform_block_signals(1) }
    static func unblock() { cplatform_block_signals(0) }
}
