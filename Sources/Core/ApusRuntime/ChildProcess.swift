// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// How a child process ended.
public enum ChildExit: Sendable, Hashable {
    case exited(status: CInt)
    case signaled(CInt, dumpedCore: Bool)

    /// Reads what `waitpid` says.
    public init(waitStatus: CInt) {
        let signal = cplatform_wait_signal(waitStatus)
        self =
            signal == 0
            ? .exited(status: cplatform_wait_exited(waitStatus))
            : .signaled(signal, dumpedCore: cplatform_wait_dumped_core(waitStatus) != 0)
    }

    /// The name of a signal, such as `Segmentation fault`.
    public static func signalDescription(_ signal: CInt) -> String {
        unsafe String(cString: strsignal(signal))
    }
}

/// A child that ended, with the processor time it used.
public struct EndedChild: Sendable, Hashable {
    public let pid: Int32
    public let exit: ChildExit
    /// In microseconds.
    public let userTime: Int64
    public let systemTime: Int64

    /// Takes note of a child that ended; nil when none has, for the time being.
    ///
    /// The corresponding C function is `wait4`, which does not wait here.
    public static func next() -> EndedChild? {
        var status: CInt = 0
        var usage = rusage()
        let pid = unsafe wait4(-1, &status, WNOHANG, &usage)
        guard pid > 0 else { return nil }
        return EndedChild(
            pid: pid, exit: ChildExit(waitStatus: status),
            userTime: usage.ru_utime.microseconds, systemTime: usage.ru_stime.microseconds)
    }
}

extension timeval {
    fileprivate var microseconds: Int64 { Int64(tv_sec) * 1_000_000 + Int64(tv_usec) }
}
