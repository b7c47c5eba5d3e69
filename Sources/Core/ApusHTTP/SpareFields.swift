// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// The memory of fields that have been done with, for those of the requests and responses that
/// come next.
///
/// Belongs to one loop.
public final class SpareFields {
    private var spares: [Fields] = []
    /// As many as are most often in use at once: a request that is being answered has two.
    private static let most = 64
    /// The most bytes that are kept of one.
    private static let mostBytes = 4096

    public init() {}

    /// Fields with memory where there is some to be had, empty.
    public func take() -> Fields {
        var spares = self.spares.take()
        defer { self.spares.putBack(&spares) }
        return spares.popLast() ?? Fields()
    }

    /// The same, as the two pieces of memory that fields have, in place of two that are empty.
    func lend(_ arena: inout [UInt8], _ entries: inout [Fields.Entry]) {
        var spares = self.spares.take()
        if var spare = spares.popLast() {
            swap(&arena, &spare.arena)
            swap(&entries, &spare.entries)
        }
        self.spares.putBack(&spares)
    }

    public func giveBack(_ fields: consuming Fields) {
        guard spares.count < Self.most, fields.capacity > 0, fields.capacity <= Self.mostBytes
        else { return }
        fields.removeAll(keepingCapacity: true)
        var spares = self.spares.take()
        spares.append(fields)
        self.spares.putBack(&spares)
    }
}
