// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// What the kernel tells of processes and of its control groups, as texts.
enum SystemFigures {
    /// Bytes that a process holds, each shared one counted in parts: `/proc/PID/smaps_rollup`.
    static func proportionalMemory(of pid: Int32) -> UInt64? {
        text(of: "/proc/\(pid)/smaps_rollup").flatMap(proportionalMemory)
    }

    static func proportionalMemory(rollup: String) -> UInt64? {
        for line in rollup.split(separator: "\n") where line.hasPrefix("Pss:") {
            let words = line.split { $0 == " " || $0 == "\t" }
            return words.count > 1 ? UInt64(words[1]).map { $0 * 1024 } : nil
        }
        return nil
    }

    /// How many processes of the server's control group the kernel has killed for want of memory.
    static func outOfMemoryKills() -> UInt64? {
        guard let groups = text(of: "/proc/self/cgroup") else { return nil }
        return memoryEvents(groups).compactMap(text).first.flatMap(outOfMemoryKills)
    }

    /// The files that may count them: of the unified hierarchy, and of that of memory alone.
    static func memoryEvents(_ groups: String) -> [String] {
        var files: [String] = []
        if let path = unifiedGroup(groups) {
            files.append("/sys/fs/cgroup\(path == "/" ? "" : path)/memory.events")
        }
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1].split(separator: ",").contains("memory") else {
                continue
            }
            let path = parts[2] == "/" ? "" : parts[2]
            files.append("/sys/fs/cgroup/memory\(path)/memory.oom_control")
        }
        return files
    }

    static func outOfMemoryKills(events: String) -> UInt64? {
        for line in events.split(separator: "\n") where line.hasPrefix("oom_kill ") {
            return UInt64(line.dropFirst("oom_kill ".count))
        }
        return nil
    }

    /// The group in the unified hierarchy, whose line begins with `0::`.
    static func unifiedGroup(_ groups: String) -> String? {
        groups.split(separator: "\n").first { $0.hasPrefix("0::/") }.map { String($0.dropFirst(3)) }
    }

    private static func text(of path: String) -> String? {
        guard let file = try? FileDescriptor(opening: path, O_RDONLY),
            let bytes = try? file.readAll(upTo: 65536)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
