// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Reads standard input to its end, and looks at the clock in between.
///
/// A server that ends sends SIGTERM to its loggers while its last lines may still be in the pipe.
/// The signal is blocked except while waiting, so that it can come at no other moment, and what
/// the pipe holds by then is read before leaving.
struct LogInput {
    private enum Event { case readable, due, terminated }

    private let waitingMask: sigset_t

    init() {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in }
        var blocked = sigset_t()
        unsafe sigemptyset(&blocked)
        for signal in [SIGTERM, SIGHUP] {
            unsafe sigaction(signal, &action, nil)
            unsafe sigaddset(&blocked, signal)
        }
        var before = sigset_t()
        unsafe sigprocmask(SIG_BLOCK, &blocked, &before)
        waitingMask = before
    }

    func feed(_ rotator: inout LogRotator) throws(ToolFailure) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        var isTerminated = false
        while true {
            switch wait(seconds: isTerminated ? 0 : rotator.secondsUntilDue) {
            case .due where isTerminated: return
            case .due: try rotator.rotateIfDue()
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
        // Nothing but our two signals has a handler, so nothing else interrupts.
        return count < 0 && errno == EINTR ? .terminated : .due
    }
}
