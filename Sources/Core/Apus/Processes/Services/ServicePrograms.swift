// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

/// The processes that services have started, and those of an earlier image that nobody took.
final class ServicePrograms {
    private struct Entry {
        /// nil for one that is being ended because nobody took it.
        let owner: ParentContext?
        let ended: (EndedChild) -> Void
    }

    private var entries: [Int32: Entry] = [:]

    var pids: [Int32] { entries.keys.sorted() }
    var isEmpty: Bool { entries.isEmpty }

    func add(_ pid: Int32, owner: ParentContext?, _ ended: @escaping (EndedChild) -> Void) {
        entries[pid] = Entry(owner: owner, ended: ended)
    }

    func isRunning(_ pid: Int32, of owner: ParentContext) -> Bool {
        entries[pid]?.owner === owner
    }

    func processes(of owner: ParentContext?) -> [Int32] {
        entries.filter { $0.value.owner === owner }.keys.sorted()
    }

    /// Takes note of a process that ended.
    ///
    /// - Returns: whether it was one of these.
    func noteEnd(_ ended: EndedChild) -> Bool {
        guard let entry = entries.removeValue(forKey: ended.pid) else { return false }
        entry.ended(ended)
        return true
    }

    /// Sends a signal to a process, and to the group that it leads.
    ///
    /// Its number is nobody else's, for it has not been waited for.
    func signal(_ pid: Int32, _ number: CInt) {
        guard entries[pid] != nil else { return }
        _ = kill(getpgid(pid) == pid ? -pid : pid, number)
    }
}
