// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support

/// A control group of the test's own, whose processes together get so much memory and no more.
///
/// Where the unified hierarchy controls memory it is a group there, else one in the hierarchy of
/// memory alone (version 1).
struct MemoryGroup {
    private let folder: String
    private static let unified = "/sys/fs/cgroup"
    private static let alone = "/sys/fs/cgroup/memory"

    static let canBeMade: Bool = {
        guard geteuid() == 0, let group = try? MemoryGroup(bytes: 1 << 30) else { return false }
        group.remove()
        return true
    }()

    init(bytes: Int) throws {
        let isUnified = Self.read("\(Self.unified)/cgroup.subtree_control").contains("memory")
        folder =
            "\(isUnified ? Self.unified : Self.alone)/apus-test-\(getpid())-"
            + "\(UInt32.random(in: 0 ... .max))"
        guard unsafe mkdir(folder, 0o755) == 0 else {
            throw SupportError("mkdir \(folder): \(errno)")
        }
        do {
            try write(isUnified ? "memory.max" : "memory.limit_in_bytes", "\(bytes)")
            // Without it the kernel would swap before it kills.
            try? write(
                isUnified ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
                isUnified ? "0" : "\(bytes)")
        } catch {
            remove()
            throw error
        }
    }

    func add(_ pid: pid_t) throws { try write("cgroup.procs", "\(pid)") }

    /// Only possible once its processes have ended.
    func remove() {
        try? wait(for: "end of its processes", within: .seconds(30)) {
            unsafe rmdir(folder) == 0 || errno != EBUSY
        }
    }

    private func write(_ name: String, _ text: String) throws {
        let file = unsafe open("\(folder)/\(name)", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw SupportError("open \(name): \(errno)") }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard unsafe Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw SupportError("write \(name): \(errno)")
        }
    }

    private static func read(_ path: String) -> String {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe Glibc.read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
