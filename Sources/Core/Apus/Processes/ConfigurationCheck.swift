// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import CPlatform
internal import Glibc

/// A child that reads the new configuration, so that a broken one cannot harm the server.
struct ConfigurationCheck: ~Copyable {
    let pid: Int32
    /// Where the child writes what is wrong.
    ///
    /// A file and not a pipe: nobody has to read while it writes, however much it has to say.
    private let report: FileDescriptor

    init(_ check: () -> String?) throws(SystemError) {
        let raw = unsafe cplatform_memory_file("configuration check")
        guard raw >= 0 else { throw .last("memfd_create") }
        Signals.block()
        let pid = cplatform_fork()
        if pid == 0 { Self.answer(check, raw) }
        let error = SystemError.last("fork")
        Signals.unblock()
        let file = FileDescriptor(owning: raw)
        if pid < 0 { throw error }
        self.pid = pid
        report = file
    }

    private static func answer(_ check: () -> String?, _ report: CInt) -> Never {
        Signals.reset()
        Signals.unblock()
        guard let problem = check() else { _exit(0) }
        write(problem, report)
        _exit(1)
    }

    private static func write(_ problem: String, _ report: CInt) {
        try? FileDescriptor(owning: report).write(problem.bytes.span)
    }

    /// What is wrong with the configuration; nil when nothing is.
    func problem(_ exit: ChildExit) -> String? {
        if exit == .exited(status: 0) { return nil }
        _ = lseek(report.rawValue, 0, SEEK_SET)
        let text = (try? report.readAll(upTo: 1 << 20)).map { String(bytes: $0.span) } ?? ""
        return text.isEmpty ? "the configuration check ended without saying why" : text
    }
}
