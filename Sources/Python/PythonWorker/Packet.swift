// SPDX-License-Identifier: Apache-2.0

import CWorkerPlatform
import CWorkerProtocol

/// Bytes that somebody else keeps, and guards.
@safe
struct Slice: BitwiseCopyable, @unchecked Sendable {
    static var empty: Slice { unsafe Slice(start: UnsafeRawPointer(bitPattern: 1)!, count: 0) }

    var start: UnsafeRawPointer
    var count: Int

    static func == (a: Slice, b: Slice) -> Bool {
        unsafe a.count == b.count && memcmp(a.start, b.start, a.count) == 0
    }

    static func == (slice: Slice, text: StaticString) -> Bool {
        unsafe slice.count == text.utf8CodeUnitCount
            && memcmp(slice.start, text.utf8Start, slice.count) == 0
    }
}

/// A variable of a request.
struct Variable {
    let key: UInt8
    /// If the key is a literal or a field's.
    let name: Slice
    let value: Slice
}

/// Walks over the variables of a packet.
///
/// The front is trusted, but a slip there must not become one here: every length is checked.
@safe
struct Variables {
    private(set) var place: UnsafeRawPointer
    private let end: UnsafeRawPointer

    init(_ bytes: Slice) {
        unsafe place = bytes.start
        unsafe end = bytes.start + bytes.count
    }

    /// Nil at the end, and where the bytes make no sense.
    mutating func next() -> Variable? {
        let left = unsafe end - place
        guard left >= 4 else { return nil }
        let key = unsafe place.load(as: UInt8.self)
        var length = unsafe Int((place + 2).loadUnaligned(as: UInt16.self))
        // Of what stands before name and value.
        var head = 4
        if length == Int(APUS_LONG_VALUE) {
            guard left >= 8 else { return nil }
            length = unsafe Int((place + 4).loadUnaligned(as: UInt32.self))
            head = 8
        }
        var nameLength = 0
        if Int32(key) == APUS_KEY_LITERAL || Int32(key) == APUS_KEY_FIELD {
            guard left >= head + 2 else { return nil }
            nameLength = unsafe Int((place + head).loadUnaligned(as: UInt16.self))
            head += 2
        }
        guard left - head >= nameLength + length else { return nil }
        let name = unsafe Slice(start: place + head, count: nameLength)
        let value = unsafe Slice(start: name.start + nameLength, count: length)
        unsafe place = value.start + length
        return Variable(key: key, name: name, value: value)
    }
}

/// A packet out of the queue, and what came along with it.
struct Packet: ~Copyable {
    let head: apus_packet
    let variables: Slice
    /// Content that came in the packet itself.
    let content: Slice
    private let isMapped: Bool

    var loop: UInt32 { UInt32(truncatingIfNeeded: head.request >> 32) }
    var type: Int { Int(head.type) }

    func has(_ flag: Int) -> Bool { Int(head.flags) & flag != 0 }

    /// Nil if it is not of this protocol or its lengths cannot be.
    ///
    /// - Parameter file: the variables, if they are not in the packet; mapped here and not closed.
    init?(_ bytes: Slice, file: Int32?) {
        let size = MemoryLayout<apus_packet>.size
        guard bytes.count >= size else { return nil }
        let head = unsafe bytes.start.loadUnaligned(as: apus_packet.self)
        guard Int32(head.version) == APUS_PROTOCOL_VERSION else { return nil }
        let inside = Int(head.flags) & APUS_PACKET_VARIABLES_IN_FILE == 0
        let variablesLength = Int(head.variables_length)
        let contentLength = Int(head.inline_length)
        let rest = bytes.count - size - (inside ? variablesLength : 0)
        guard rest >= contentLength else { return nil }
        var variables = unsafe Slice(start: bytes.start + size, count: variablesLength)
        if !inside {
            guard let file, apus_regular_file_size(file) >= Int64(variablesLength),
                let memory = unsafe apus_map(file, UInt64(variablesLength), 0)
            else { return nil }
            unsafe variables.start = UnsafeRawPointer(memory)
        }
        self.head = head
        self.variables = variables
        content = unsafe Slice(
            start: bytes.start + size + (inside ? variablesLength : 0), count: contentLength)
        isMapped = !inside
    }

    deinit {
        guard isMapped else { return }
        unsafe apus_unmap(
            UnsafeMutableRawPointer(mutating: variables.start), UInt64(variables.count))
    }
}
