// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// How far the response of a slot's request has come, and what of it waits to be sent.
struct Response: ~Copyable {
    enum Phase {
        /// `start_response` has not been called.
        case none
        /// It has been, and may be taken back (PEP 3333, "Error Handling").
        case started
        /// The head is sent, or will be with the bytes that wait already.
        case committed
    }

    var phase = Phase.none
    /// Payload of the frame HEAD.
    var head = Bytes(capacity: 512)
    var status: UInt16 = 0
    /// As the application said, or as it was computed.
    var length: Int64 = -1
    /// Content so far.
    var sent: Int64 = 0
    var isForHead = false
    /// Nobody reads any further; the application is to end.
    var isLost = false

    /// Whether content is dropped (RFC 9110 sections 6.4.1 and 9.3.2).
    var hasNoContent: Bool {
        isForHead || status == 204 || status == 304 || status < 200
    }

    /// Whether there will be no more content.
    var isFull: Bool { hasNoContent || (length >= 0 && sent >= length) }
    var isShort: Bool { !hasNoContent && length >= 0 && sent < length }

    mutating func begin(isForHead: Bool) {
        phase = .none
        head.clear(keeping: 4096)
        status = 0
        length = -1
        sent = 0
        self.isForHead = isForHead
        isLost = false
    }

    /// Puts the head before the content.
    mutating func commit(to out: inout Bytes, request: UInt64) {
        guard phase == .started else { return }
        phase = .committed
        head.store(length, at: 0)
        out.frame(APUS_FRAME_HEAD, aux: status, length: head.count, request: request)
        out.append(head)
    }

    /// How much of a block still belongs to the response.
    func clip(_ count: Int) -> Int {
        if hasNoContent { return 0 }
        return length < 0 ? count : Int(min(Int64(count), max(0, length - sent)))
    }
}

extension Slot {
    /// What waits is sent before it gets longer than this.
    static let holdLimit = 16384
    /// How often, at most, it is looked whether the client has left, in milliseconds.
    static let abortInterval: UInt64 = 50

    /// Sends a block of content.
    ///
    /// - Parameter holds: whether it may wait for more.
    /// - Returns: false with an exception set.
    func send(_ block: OpaquePointer, holds: Bool) -> Bool {
        guard unsafe isBytes(block), let start = unsafe PyBytes_AsString(block) else {
            _ = unsafe raise(apus_type_error(), "a block of a response's content must be bytes")
            return false
        }
        let count = unsafe PyBytes_Size(block)
        guard count > 0 else { return true }
        guard response.phase != .none else {
            _ = unsafe raise(apus_assertion_error(), "content before start_response was called")
            return false
        }
        response.commit(to: &out, request: request)
        var place = UnsafeRawPointer(start)
        var left = response.clip(count)
        response.sent += Int64(left)
        let isLast = !holds && !isTold && response.isFull && content.hasEnded
        repeat {
            let piece = min(left, Int(APUS_FRAME_LIMIT))
            if piece > 0 { out.frame(APUS_FRAME_DATA, length: piece, request: request) }
            if (holds || isLast) && out.count + piece <= Self.holdLimit {
                unsafe out.append(place, piece)
            } else {
                unsafe flush(place, piece)
            }
            unsafe place += piece
            left -= piece
        } while left > 0 && !response.isLost
        if isLast && !response.isLost { tellEnd() }
        return true
    }

    /// Says with the last of the content that the request has ended, though the application has
    /// still to be asked for more and told to close: neither can change the response.
    ///
    /// The server then needs not wake up once more for the end alone, and the client's next request
    /// needs not wait.
    private func tellEnd() {
        endErrorLine()
        frameEnd((0, 0), apus_end(started: started, application_time: apus_now() &- started))
        unsafe flush()
    }

    /// Sends what waits, and more; with the GIL, which others may have meanwhile.
    func flush(_ more: UnsafeRawPointer? = nil, _ count: Int = 0, passing file: Int32 = -1) {
        guard let stream else { return }
        let sent = withoutGIL {
            let sent = unsafe stream.send(out, more, count, passing: file)
            if sent { lookForAbort(stream) }
            return sent
        }
        out.clear()
        if !sent { response.isLost = true }
    }

    private func lookForAbort(_ stream: Stream) {
        let now = apus_ticks()
        guard now &- abortLookedFor >= Self.abortInterval else { return }
        abortLookedFor = now
        content.poll(stream, request)
        if content.isAborted { response.isLost = true }
    }
}
