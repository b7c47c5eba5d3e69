// SPDX-License-Identifier: Apache-2.0

/// Which processes of the server the kernel has lately killed for want of memory: how many.
///
/// Its counter is one for all sets, and counts programs too that applications have started. So it
/// is read once a second, and a worker that ends by SIGKILL is said to be one of those that were
/// counted within the last seconds.
struct MemoryKills {
    private var known: UInt64?
    private var lately: UInt64 = 0
    /// When the counter was last seen to have grown, in nanoseconds.
    private var time: Int64 = 0

    private static let window: Int64 = 5_000_000_000

    /// - Parameter count: what the counter says; nil where there is none.
    init(_ count: UInt64?) { known = count }

    mutating func recent(of count: UInt64?, now: Int64) -> UInt64 {
        if now - time > Self.window { lately = 0 }
        if let count, let known, count > known {
            lately += count - known
            time = now
        }
        known = count
        return lately
    }
}
