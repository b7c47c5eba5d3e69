// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Set by the signals that end the process.
///
/// They come on its only thread, and only while that waits in `pselect`, so that nothing reads this
/// at the same time.
private nonisolated(unsafe) var isTold = false

/// Reads standard input to its end, and looks at the clock in between.
///
/// A server that ends sends SIGTERM to its loggers while its last lines may still be in the pipe.
/// The signal is blocked except while waiting, so that it can come at no other moment, and what
/// the pipe holds by then is read before leaving.
struct LogInput {
    private enum Event { case readable, due, interrupted, terminated }

    private let waitingMask: sigset_t

    init() {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in unsafe isTold = true }
        var blocked = sigset_t()
        unsafe sigemptyset(&blocked)
        for signal in [SIGTERM, SIGHUP] {
            unsafe sigaction(signal, &action, nil)
            unsafe sigaddset(&blocked, signal)
        }
        var before = sigset_t()
        unsafe sigprocmask(SIG_BLOCK, &blocked, &before)
        // A server's thread that starts loggers may have had them blocked.
        for signal in [SIGTERM, SIGHUP] { unsafe sigdelset(&before, signal) }
        waitingMask = before
    }

    func feed(_ rotator: inout LogRotator) throws(ToolFailure) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        var isTerminated = false
        while true {
            switch wait(seconds: isTerminated ? 0 : rotator.secondsUntilDue) {
            case .due where isTerminated: return
            case .due: try rotator.rotateIfDue()
            case .interrupted: continue
            case .terminated: isTerminated = true
            case .readable:
                let count = unsafe read(STDIN_FILENO, &buffer, buffer.count)
                if count == 0 { return }
                if count > 0 {
                    try rotator.take(buffer.span.extracting(..<count))
                } else if errno != EINTR && errno != EAGAIN {
                    throw ToolFailure("Could not read standard input: \(SystemError())", 3)
                }
            }
        }
    }

    /// - Parameter seconds: how long to wait at most; nil for as long as it takes.
    private func wait(seconds: Int?) -> Event {
        var descriptors = fd_set()
        descriptors.__fds_bits.0 = 1 << STDIN_FILENO
        var mask = waitingMask
        let count: Int32
        if let seconds {
            var limit = timespec(tv_sec: seconds, tv_nsec: 0)
            count = unsafe pselect(STDIN_FILENO + 1, &descriptors, nil, nil, &limit, &mask)
        } else {
            count = unsafe pselect(STDIN_FILENO + 1, &descriptors, nil, nil, nil, &mask)
        }
        if count > 0 { return .readable }
        if count == 0 { return .due }
        // A debugger, or a stop and continue, interrupts the call, too.
        return unsafe isTold ? .terminated : .interrupted
    }
}
