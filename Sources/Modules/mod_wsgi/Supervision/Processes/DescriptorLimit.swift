// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// How many descriptors the server may have open (`ulimit -n`).
enum DescriptorLimit {
    // Written by the parent alone, before it starts anything.
    private nonisolated(unsafe) static var before: ResourceLimit?

    /// What held before it was raised; nil where it was not.
    static var original: ResourceLimit? { unsafe before }

    /// Makes room for so many more than the server needs anyway, as far as the hard limit allows.
    static func raise(by count: Int) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return
        }
        let present = ResourceLimit(soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
        let wanted = min(present.hard, UInt64(count) + present.soft)
        // A thousand and some are enough for what there is by default.
        guard count > 256, wanted > present.soft else { return }
        limit.rlim_cur = rlim_t(wanted)
        if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            unsafe before == nil
        {
            unsafe before = present
        }
    }
}
