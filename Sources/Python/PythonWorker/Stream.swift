// SPDX-License-Identifier: Apache-2.0

import CWorkerPlatform
import CWorkerProtocol

/// The connection of a worker thread to one loop of a front child.
final class Stream {
    /// What comes from the front, for the request that is asked about.
    enum Event {
        /// Nothing yet, if it was not to be waited for.
        case nothing
        /// Content, to be had with `read`.
        case content
        case contentEnd
        case abort
        /// The other side has closed.
        case lost
    }

    let loop: UInt32
    let descriptor: Int32
    private(set) var isLost = false
    private var isClosed = false
    /// Counts the thread's requests, to find the stream that has not been used for longest.
    var lastUse: UInt64 = 0
    /// Requests since `drain`.
    var undrained = 0

    private var frame = apus_frame()
    private var frameCount = 0
    /// What has not been read yet of the payload of `frame`.
    private var left = 0

    init(loop: UInt32, descriptor: Int32) {
        self.loop = loop
        self.descriptor = descriptor
        apus_adopt(descriptor)
    }

    deinit { close() }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        isLost = true
        apus_close(descriptor)
    }

    /// The descriptor is somebody else's now.
    func giveUp() {
        isClosed = true
        isLost = true
    }

    /// Sends everything, and waits as long as that takes.
    func send(
        _ bytes: borrowing Bytes, _ more: UnsafeRawPointer? = nil, _ length: Int = 0,
        passing file: Int32 = -1
    ) -> Bool {
        guard !isLost else { return false }
        guard bytes.count + length > 0 else { return true }
        let result = unsafe apus_send(
            descriptor, bytes.start, UInt64(bytes.count), more, UInt64(length), file)
        if result != 0 { isLost = true }
        return result == 0
    }

    /// The next thing that concerns a request; what concerns former ones is passed over.
    func next(for request: UInt64, waits: Bool) -> Event {
        while !isLost {
            if frameCount == MemoryLayout<apus_frame>.size {
                let isCurrent = frame.request == request
                if left > 0 {
                    if isCurrent && Int(frame.type) == APUS_FRAME_BODY { return .content }
                    guard skip(waits: waits) else { return isLost ? .lost : .nothing }
                    continue
                }
                frameCount = 0
                guard isCurrent else { continue }
                if Int(frame.type) == APUS_FRAME_BODY_END { return .contentEnd }
                if Int(frame.type) == APUS_FRAME_ABORT { return .abort }
                continue
            }
            guard receiveFrame(waits: waits) else { return isLost ? .lost : .nothing }
        }
        return .lost
    }

    /// Reads of the content that `next` has told of.
    ///
    /// - Returns: 0 if there is none left in this frame, or nothing came that was not waited for.
    func read(_ memory: UnsafeMutableRawPointer, _ capacity: Int, waits: Bool) -> Int {
        let length = unsafe receive(memory, min(capacity, left), waits: waits)
        left -= length
        return length
    }

    /// Passes over what is left of former requests, which would fill the socket.
    func drain() {
        undrained = 0
        _ = next(for: 0, waits: false)
    }

    private func receiveFrame(waits: Bool) -> Bool {
        let size = MemoryLayout<apus_frame>.size
        let length = unsafe withUnsafeMutableBytes(of: &frame) { bytes in
            unsafe receive(bytes.baseAddress! + frameCount, size - frameCount, waits: waits)
        }
        guard length > 0 else { return false }
        frameCount += length
        if frameCount == size { left = Int(frame.length) }
        return true
    }

    private func skip(waits: Bool) -> Bool {
        let size = 16384
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer { unsafe memory.deallocate() }
        return unsafe read(memory, size, waits: waits) > 0
    }

    private func receive(_ memory: UnsafeMutableRawPointer, _ length: Int, waits: Bool) -> Int {
        while true {
            let received = unsafe recv(
                descriptor, memory, length, waits ? 0 : Int32(MSG_DONTWAIT))
            if received > 0 { return received }
            if received < 0 {
                if apus_errno() == EINTR { continue }
                if apus_errno() == EAGAIN && !waits { return 0 }
            }
            isLost = true
            return 0
        }
    }
}

/// The streams of one thread, one for each loop that has sent it a request.
struct Streams: ~Copyable {
    private var streams: [Stream] = []
    let limit: Int
    private let slot: UInt32
    private var uses: UInt64 = 0

    init(slot: UInt32, limit: Int) {
        self.slot = slot
        self.limit = limit
    }

    mutating func find(loop: UInt32) -> Stream? {
        guard let stream = streams.first(where: { $0.loop == loop && !$0.isLost }) else {
            return nil
        }
        uses += 1
        stream.lastUse = uses
        return stream
    }

    /// Keeps a new one, at the expense of the one not used for longest if there are too many.
    mutating func add(_ stream: Stream) {
        removeLost()
        if streams.count >= limit {
            var oldest = 0
            for index in streams.indices where streams[index].lastUse < streams[oldest].lastUse {
                oldest = index
            }
            StreamDesk.strike(slot: slot, loop: streams.remove(at: oldest).loop)
        }
        uses += 1
        stream.lastUse = uses
        streams.append(stream)
        StreamDesk.note(slot: slot, loop: stream.loop)
    }

    mutating func remove(_ stream: Stream) {
        stream.close()
        removeLost()
    }

    private mutating func removeLost() {
        for stream in streams where stream.isLost {
            StreamDesk.strike(slot: slot, loop: stream.loop)
        }
        streams.removeAll { $0.isLost }
    }

    mutating func closeAll() {
        for stream in streams { stream.close() }
        streams.removeAll()
        StreamDesk.clear(slot: slot)
    }
}
