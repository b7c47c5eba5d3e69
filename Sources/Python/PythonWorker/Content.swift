// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// The content of a slot's request: what came in the packet, or comes in frames that are asked for.
struct Content: ~Copyable {
    /// How much may be on its way at once, if more is wanted.
    static let smallWindow: Int64 = 131_072
    static let largeWindow: Int64 = 1 << 20

    private var isStreamed = false
    /// What has come and has not been read by the application, in a packet or in `buffer`.
    private var waiting = Slice.empty
    private var buffer = Bytes(capacity: 64)
    /// -1 if it is not known.
    private var total: Int64 = 0
    private var granted: Int64 = 0
    private var received: Int64 = 0
    /// Whether the application can read all there is without asking for it.
    private(set) var hasEnded = true
    private(set) var isAborted = false

    /// Whether frames may still come that nobody will read.
    var isUnfinished: Bool { isStreamed && granted > 0 }

    mutating func begin(_ packet: borrowing Packet) {
        isStreamed = packet.has(APUS_PACKET_BODY_STREAM)
        waiting = isStreamed ? Slice.empty : packet.content
        buffer.clear(keeping: 65536)
        total = packet.head.content_length
        granted = 0
        received = 0
        hasEnded = !isStreamed
        isAborted = false
    }

    mutating func end() {
        waiting = Slice.empty
        hasEnded = true
        isStreamed = false
    }

    /// Takes what has come already, above all the news that the client has left.
    mutating func poll(_ stream: Stream, _ request: UInt64) {
        while !isAborted {
            switch stream.next(for: request, waits: false) {
            case .nothing: return
            case .content:
                guard take(stream, 65536, waits: false) else { return }
            case .contentEnd: hasEnded = true
            case .abort, .lost: isAborted = true
            }
        }
    }

    /// How much of the content is left, if that is known.
    private var rest: Int? {
        guard isStreamed else { return waiting.count }
        return total < 0 ? nil : waiting.count + Int(max(0, total - received))
    }

    private mutating func take(_ stream: Stream, _ count: Int, waits: Bool) -> Bool {
        let used = buffer.count - waiting.count
        if used > 0 { buffer.drop(used) }
        buffer.reserve(count)
        let length = unsafe stream.read(buffer.start + buffer.count, count, waits: waits)
        buffer.grow(length)
        received += Int64(length)
        waiting = unsafe Slice(start: UnsafeRawPointer(buffer.start), count: buffer.count)
        return length > 0
    }
}

extension Content {
    private enum More { case some, none, failed }

    /// Waits for more content; at its end there is none.
    private mutating func more(_ slot: Slot, wanted: Int) -> More {
        if !hasEnded && total >= 0 && received >= total { hasEnded = true }
        guard !hasEnded else { return .none }
        guard !isAborted, let stream = slot.stream else { return fail() }
        ask(slot, wanted)
        let state = unsafe slot.releaseGIL()
        _ = unsafe stream.send(slot.out)
        var some = false
        waiting: while !hasEnded && !isAborted {
            switch stream.next(for: slot.request, waits: true) {
            case .content:
                some = take(stream, 65536, waits: true)
                if some { break waiting }
            case .contentEnd: hasEnded = true
            case .abort, .lost, .nothing: isAborted = true
            }
        }
        unsafe slot.takeGIL(state)
        slot.out.clear()
        return some ? .some : isAborted ? fail() : .none
    }

    private func fail() -> More {
        _ = unsafe raise(apus_os_error(), "request data read error")
        return .failed
    }

    /// Grants the front more, when half of what may be on its way has come.
    private mutating func ask(_ slot: Slot, _ wanted: Int) {
        let window = min(Self.largeWindow, max(Self.smallWindow, Int64(clamping: wanted)))
        let coming = granted - received
        guard coming <= window / 2 else { return }
        var count = window - coming
        if total >= 0 { count = min(count, total - granted) }
        guard count > 0 else { return }
        granted += count
        slot.out.frame(APUS_FRAME_WANT, length: 4, request: slot.request)
        slot.out.append(UInt32(count))
    }

    /// - Parameter limit: nil for everything.
    /// - Returns: bytes, fewer only at the end; nil with an exception set.
    mutating func read(_ slot: Slot, limit: Int?) -> OpaquePointer? {
        var wanted = limit ?? Int.max
        if let rest { wanted = min(wanted, rest) }
        while waiting.count < wanted {
            let more = more(slot, wanted: wanted - waiting.count)
            if more == .failed { return nil }
            if more == .none { break }
        }
        return unsafe hand(min(wanted, waiting.count))
    }

    /// A line with its end, or less if it is longer than the limit.
    mutating func readLine(_ slot: Slot, limit: Int?) -> OpaquePointer? {
        let limit = limit ?? Int.max
        var searched = 0
        while true {
            let end = min(waiting.count, limit)
            if searched < end,
                let found = unsafe memchr(waiting.start + searched, 10, end - searched)
            {
                return unsafe hand(UnsafeRawPointer(found) - waiting.start + 1)
            }
            searched = end
            if end >= limit { return unsafe hand(limit) }
            let more = more(slot, wanted: 0)
            if more == .failed { return nil }
            if more == .none { return unsafe hand(waiting.count) }
        }
    }

    private mutating func hand(_ count: Int) -> OpaquePointer? {
        let bytes = unsafe PyBytes_FromStringAndSize(
            waiting.start.assumingMemoryBound(to: CChar.self), count)
        unsafe waiting.start += count
        waiting.count -= count
        return unsafe bytes
    }
}
