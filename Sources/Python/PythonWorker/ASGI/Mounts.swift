// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// An application of this process, and how far its start has come.
@safe
final class Mount {
    enum Condition { case loading, ready, failed }

    let script: Slice
    let callable: Slice
    private(set) var condition = Condition.loading
    private(set) var application: Object?
    private(set) var state: Object?

    init(_ script: Slice, _ callable: Slice) {
        self.script = script.copied
        self.callable = callable.copied
    }

    func isReady(_ application: Object, state: Object) {
        unsafe self.application = retained(application)
        unsafe self.state = retained(state)
        condition = .ready
    }

    func hasFailed() { condition = .failed }
}

/// The applications by script and name of the callable; there are few, and they stay.
struct Mounts {
    private var mounts: [Mount] = []

    /// - Parameter hooks: begins to load one that is not known.
    mutating func find(_ script: Slice, _ callable: Slice, load hooks: LoopHooks) -> Mount {
        for mount in mounts where mount.script == script && mount.callable == callable {
            return mount
        }
        let mount = Mount(script, callable)
        mounts.append(mount)
        if !hooks.load(mount) {
            PyErr_WriteUnraisable(nil)
            mount.hasFailed()
        }
        return mount
    }

    /// - Returns: the one that is known, or a new one, which nobody loads.
    mutating func add(_ script: Slice, _ callable: Slice) -> Mount {
        for mount in mounts where mount.script == script && mount.callable == callable {
            return mount
        }
        let mount = Mount(script, callable)
        mounts.append(mount)
        return mount
    }

    /// The next request tries to load it again.
    mutating func forget(_ mount: Mount) { mounts.removeAll { $0 === mount } }
}

extension Slice {
    /// The same bytes in memory that stays.
    var copied: Slice {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, count), alignment: 1)
        unsafe memory.copyMemory(from: start, byteCount: count)
        return unsafe Slice(start: UnsafeRawPointer(memory), count: count)
    }
}
