// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// Processor time in seconds, of processes and of the children they waited for.
struct ProcessTimes: Equatable {
    var user = 0.0
    var system = 0.0
    var childrenUser = 0.0
    var childrenSystem = 0.0

    init() {}

    /// What the kernel counts for a process; zero where it does not tell (proc(5)).
    init(of pid: Int32) {
        guard let file = try? FileDescriptor(opening: "/proc/\(pid)/stat", O_RDONLY),
            let bytes = try? file.readAll(upTo: 4096)
        else {
            self.init()
            return
        }
        self.init(
            stat: String(bytes: bytes.span), ticksPerSecond: Double(sysconf(CInt(_SC_CLK_TCK))))
    }

    /// Reads `/proc/PID/stat`: the fields 14 to 17.
    ///
    /// The name before them may hold anything.
    init(stat: String, ticksPerSecond: Double) {
        guard let end = stat.lastIndex(of: ")") else { return }
        let fields = stat[end...].split(separator: " ")
        guard fields.count > 15, ticksPerSecond > 0 else { return }
        user = (Double(fields[12]) ?? 0) / ticksPerSecond
        system = (Double(fields[13]) ?? 0) / ticksPerSecond
        childrenUser = (Double(fields[14]) ?? 0) / ticksPerSecond
        childrenSystem = (Double(fields[15]) ?? 0) / ticksPerSecond
    }

    mutating func add(_ other: ProcessTimes) {
        user += other.user
        system += other.system
        childrenUser += other.childrenUser
        childrenSystem += other.childrenSystem
    }

    var total: Double { user + system + childrenUser + childrenSystem }
}
