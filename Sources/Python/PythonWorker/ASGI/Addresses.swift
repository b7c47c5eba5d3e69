// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform

/// The pairs of host and port that scopes tell of, some of which are kept.
///
/// The requests of a connection all have the same ones, and nobody can change a tuple.
@safe
struct Addresses {
    @safe
    private struct Entry {
        /// A copy of the host and the port, one after the other.
        var text: UnsafeMutableRawPointer?
        var hostLength = 0
        var portLength = 0
        var pair: Object?
    }

    /// Room for an IPv6 address; names of servers may be longer, and are not kept then.
    private static let longest = 64

    private var entries: [Entry]

    /// - Parameter count: a power of two; of how many connections it should remember the addresses.
    init(count: Int) {
        unsafe entries = Array(repeating: Entry(text: nil, pair: nil), count: count)
    }

    /// - Returns: a reference, or nil with an exception; None if there is no host.
    mutating func pair(_ host: Slice, _ port: Slice) -> Object? {
        guard host.count > 0 else { return unsafe none() }
        let place = place(of: port)
        if let pair = unsafe entries[place].pair, entries[place].hostLength == host.count,
            entries[place].portLength == port.count, let text = unsafe entries[place].text,
            unsafe memcmp(text, host.start, host.count) == 0,
            unsafe memcmp(text + host.count, port.start, port.count) == 0
        {
            return unsafe retained(pair)
        }
        let number = port.count < 6 ? port.number(port.count) : nil
        guard let pair = unsafe Self.make(host, number) else { return nil }
        if host.count + port.count <= Self.longest { unsafe keep(pair, at: place, host, port) }
        return unsafe pair
    }

    /// Ports of connections follow on each other, so the last digits tell them apart.
    private func place(of port: Slice) -> Int {
        guard port.count > 1 else { return 0 }
        return (Int(port[port.count - 2]) * 10 + Int(port[port.count - 1])) & (entries.count - 1)
    }

    private mutating func keep(_ pair: Object, at place: Int, _ host: Slice, _ port: Slice) {
        let text =
            unsafe entries[place].text
            ?? UnsafeMutableRawPointer.allocate(byteCount: Self.longest, alignment: 1)
        unsafe text.copyMemory(from: host.start, byteCount: host.count)
        unsafe (text + host.count).copyMemory(from: port.start, byteCount: port.count)
        let former = unsafe entries[place].pair
        entries[place] = unsafe Entry(
            text: text, hostLength: host.count, portLength: port.count, pair: retained(pair))
        unsafe Py_DecRef(former)
    }

    private static func make(_ host: Slice, _ port: Int?) -> Object? {
        guard let pair = unsafe Reference(PyTuple_New(2)),
            let hostObject = unsafe Reference(text(utf8: host)),
            let portObject = unsafe Reference(
                port.map { unsafe PyLong_FromLongLong(Int64($0)) } ?? none())
        else { return nil }
        guard unsafe PyTuple_SetItem(pair.object, 0, hostObject.handOn()) == 0,
            unsafe PyTuple_SetItem(pair.object, 1, portObject.handOn()) == 0
        else { return nil }
        return unsafe pair.handOn()
    }
}
