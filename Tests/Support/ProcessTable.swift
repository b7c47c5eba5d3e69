// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// What the kernel knows of the running processes.
public enum ProcessTable {
    /// The living children of a process; those that ended and wait to be reaped are left out.
    public static func children(of parent: pid_t) -> [pid_t] {
        entries("/proc").compactMap(pid_t.init).filter { pid in
            guard let fields = status(of: pid) else { return false }
            return fields.parent == parent && fields.state != "Z"
        }.sorted()
    }

    /// How many threads a process has.
    public static func threads(of pid: pid_t) -> Int { entries("/proc/\(pid)/task").count }

    public static func isRunning(_ pid: pid_t) -> Bool {
        guard let fields = status(of: pid) else { return false }
        return fields.state != "Z"
    }

    /// The memory of a process in bytes, what it shares with others counted in parts (PSS).
    public static func memory(of pid: pid_t) -> Int {
        let text = String(decoding: readFile("/proc/\(pid)/smaps_rollup"), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
        let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (kilobytes ?? 0) << 10
    }

    /// The path that a process runs, or its name where that may not be read.
    public static func program(of pid: pid_t) -> String {
        let line = readFile("/proc/\(pid)/cmdline")
        return String(decoding: line.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func status(of pid: pid_t) -> (state: Substring, parent: pid_t)? {
        let line = String(decoding: readFile("/proc/\(pid)/stat"), as: UTF8.self)
        // The name stands in parentheses and may hold anything.
        guard let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
        return (fields[0], parent)
    }
}

/// The names in a folder, without the two that every folder has.
func entries(_ path: String) -> [String] {
    guard let folder = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
            unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                unsafe String(cString: $0)
            }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}
