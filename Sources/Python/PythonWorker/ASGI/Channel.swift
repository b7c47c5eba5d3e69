// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// The stream to one loop of a front child, shared by all of that loop's requests.
///
/// Reading and sending never wait. What is sent in a turn of the event loop goes out together; it
/// cannot pile up, for content needs credit.
@safe
final class Channel: Owned {
    let loop: EventLoop
    private let descriptor: Int32
    var requests = RequestTable()
    private(set) var isClosed = false
    /// Former requests, to be used again.
    var unused: [Request] = []

    private var input = ByteQueue()
    private var output = ByteQueue()
    /// Descriptors to go along with a byte of the output, and which one it is, all output counted.
    private var passed = Fifo<(descriptor: Int32, place: Int)>()
    private var put = 0
    private var sent = 0

    private var willSend = false
    private var waitsForWriting = false
    private var isHandling = false
    private var writeCallable: Object?
    private var resumeCallable: Object?

    /// So many requests begin before the loop's other work has its turn.
    private static let batch = 64
    private static let unusedLimit = 32
    /// More than this is not kept until the end of the turn.
    private static let soonLimit = 1 << 18

    init(_ descriptor: Int32, _ loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    deinit { if !isClosed { apus_close(descriptor) } }

    /// Greets, and from now on reads.
    func open() -> Bool {
        guard let callable = unsafe loop.types.holder.callable(loop.methods.read, self) else {
            return false
        }
        defer { unsafe Py_DecRef(callable) }
        guard unsafe loop.watch(descriptor, callable) else { return false }
        let hello = unsafe apus_hello(
            version: UInt32(APUS_PROTOCOL_VERSION), pid: apus_pid(),
            process: Worker.scoreboard.process, slot: UInt32.max)
        let size = MemoryLayout<apus_hello>.size
        output.frame(APUS_FRAME_HELLO, 0, length: size)
        unsafe output.room(size).storeBytes(of: hello, as: apus_hello.self)
        output.added(size)
        put += size + MemoryLayout<apus_frame>.size
        flush()
        return true
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        loop.unwatch(descriptor)
        if waitsForWriting { loop.unwatchWritable(descriptor) }
        apus_close(descriptor)
        while !passed.isEmpty { apus_close(passed.removeFirst().descriptor) }
        loop.remove(self)
        unsafe [writeCallable, resumeCallable].forEach { unsafe Py_DecRef($0) }
        unsafe writeCallable = nil
        unsafe resumeCallable = nil
        // They refer to the channel.
        unused = []
        for request in requests.all { unsafe request.disconnect(code: 1006, reason: nil) }
        loop.dropHeld(of: self)
    }

    /// In a forked child: nothing is sent any more, and nobody is told.
    func forget() {
        guard !isClosed else { return }
        isClosed = true
        apus_close(descriptor)
    }

    // MARK: Reading

    func read() {
        guard !isClosed, !isHandling else { return }
        let room = unsafe input.room(1 << 16)
        let length = unsafe apus_read_some(descriptor, room, UInt64(input.spare))
        if length == APUS_WOULD_BLOCK { return }
        guard length > 0 else {
            close()
            return
        }
        input.added(length)
        handleInput()
    }

    /// Goes on with what has been read.
    func resume() { handleInput() }

    private func handleInput() {
        guard !isHandling else { return }
        isHandling = true
        loop.isReading = true
        var begun = 0
        while !isClosed, let frame = nextFrame() {
            if Int(frame.type) == APUS_FRAME_REQUEST {
                guard begun < Self.batch else {
                    resumeLater()
                    break
                }
                if begun == 0 { loop.willBegin() }
                begun += 1
            }
            let size = MemoryLayout<apus_frame>.size
            let payload = unsafe Slice(
                start: UnsafeRawPointer(input.bytes + size), count: Int(frame.length))
            handle(frame, payload)
            input.take(size + payload.count)
        }
        input.shrink()
        isHandling = false
        loop.flushAfterReading(startsTasks: begun > 0)
    }

    /// - Returns: nil if it has not come as a whole.
    private func nextFrame() -> apus_frame? {
        let size = MemoryLayout<apus_frame>.size
        guard input.count >= size else { return nil }
        let frame = unsafe UnsafeRawPointer(input.bytes).loadUnaligned(as: apus_frame.self)
        guard frame.length <= UInt32(APUS_FRAME_LIMIT) else {
            close()
            return nil
        }
        guard input.count >= size + Int(frame.length) else {
            _ = unsafe input.room(size + Int(frame.length) - input.count)
            return nil
        }
        return frame
    }

    private func resumeLater() {
        if unsafe resumeCallable == nil {
            unsafe resumeCallable = loop.types.holder.callable(loop.methods.resume, self)
        }
        if let resumeCallable = unsafe resumeCallable { unsafe loop.soon(resumeCallable) }
    }

    /// Keeps a request that nobody else knows any more.
    func keep(_ request: Request) {
        if !isClosed, unused.count < Self.unusedLimit, request.reset() { unused.append(request) }
    }

    // MARK: Sending

    func flush() {
        willSend = false
        guard !isClosed, !waitsForWriting else { return }
        sendSome()
    }

    func writable() {
        guard !isClosed else { return }
        waitsForWriting = false
        loop.unwatchWritable(descriptor)
        sendSome()
    }

    private func sendSome() {
        while !output.isEmpty {
            var limit = output.count
            var file: Int32 = -1
            if !passed.isEmpty {
                let distance = passed.first.place - sent
                if distance > 0 {
                    limit = min(limit, distance)
                } else {
                    file = passed.first.descriptor
                    limit = min(limit, MemoryLayout<apus_frame>.size + 16)
                }
            }
            let length = unsafe apus_send_some(descriptor, output.bytes, UInt64(limit), file)
            if length == APUS_WOULD_BLOCK {
                waitUntilWritable()
                return
            }
            guard length > 0 else {
                // The end is noticed by reading, which is not within a task of the application.
                shutdown()
                return
            }
            if file >= 0 { apus_close(passed.removeFirst().descriptor) }
            output.take(length)
            sent += length
        }
        output.shrink()
    }

    private func waitUntilWritable() {
        if unsafe writeCallable == nil {
            unsafe writeCallable = loop.types.holder.callable(loop.methods.write, self)
        }
        guard let writeCallable = unsafe writeCallable else { return }
        waitsForWriting = unsafe loop.watchWritable(descriptor, writeCallable)
    }

    func shutdown() {
        output.take(output.count)
        while !passed.isEmpty { apus_close(passed.removeFirst().descriptor) }
        put = 0
        sent = 0
        apus_end_stream(descriptor)
    }

    /// Something is in the output.
    private func added(_ length: Int) {
        put += length
        if output.count >= Self.soonLimit {
            flush()
        } else if !willSend && !waitsForWriting {
            willSend = true
            loop.willSend(self)
        }
    }
}

// MARK: Frames

extension Channel {
    func frames(_ bytes: Slice) {
        guard !isClosed else { return }
        unsafe output.append(bytes.start, bytes.count)
        added(bytes.count)
    }

    func content(_ request: UInt64, _ bytes: UnsafeRawPointer, _ count: Int) {
        var sent = 0
        while sent < count {
            let part = min(count - sent, Int(APUS_FRAME_LIMIT))
            unsafe frame(APUS_FRAME_DATA, request, Slice(start: bytes + sent, count: part))
            sent += part
        }
    }

    func message(
        _ request: UInt64, _ bytes: UnsafeRawPointer, _ count: Int, isText: Bool, continues: Bool
    ) {
        var sent = 0
        repeat {
            let part = min(count - sent, Int(APUS_FRAME_LIMIT))
            let isLast = sent + part == count && !continues
            unsafe frame(
                isText ? APUS_FRAME_WEBSOCKET_TEXT : APUS_FRAME_WEBSOCKET_BINARY, request,
                Slice(start: bytes + sent, count: part),
                flags: isLast ? 0 : Int(APUS_MESSAGE_CONTINUES))
            sent += part
        } while sent < count
    }

    /// - Parameter descriptor: taken over.
    func file(_ request: UInt64, _ descriptor: Int32, offset: Int64, count: Int64) {
        guard !isClosed else {
            apus_close(descriptor)
            return
        }
        passed.append((descriptor: descriptor, place: put))
        output.frame(APUS_FRAME_FILE, request, length: 16)
        output.append(number: offset)
        output.append(number: count)
        added(MemoryLayout<apus_frame>.size + 16)
    }

    func want(_ request: UInt64, _ bytes: Int) {
        guard !isClosed else { return }
        output.frame(APUS_FRAME_WANT, request, length: 4)
        output.append(number: UInt32(truncatingIfNeeded: bytes))
        added(MemoryLayout<apus_frame>.size + 4)
    }

    func end(_ request: UInt64, flags: Int, status: Int, started: UInt64, time: UInt64) {
        let end = apus_end(started: started, application_time: time)
        unsafe withUnsafeBytes(of: end) { bytes in
            unsafe frame(
                APUS_FRAME_END, request, Slice(start: bytes.baseAddress!, count: bytes.count),
                flags: flags, aux: status)
        }
    }

    func emptyResponse(_ request: UInt64, status: Int) {
        guard !isClosed else { return }
        output.frame(APUS_FRAME_HEAD, request, length: 10, aux: status)
        output.append(number: Int64(0))
        output.append("\r\n")
        added(MemoryLayout<apus_frame>.size + 10)
    }

    /// A line for the error log, at the level "error".
    func log(_ request: UInt64, _ text: StaticString) {
        unsafe log(request, level: 3, Slice(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func log(_ request: UInt64, level: Int, _ line: Slice) {
        unsafe frame(
            APUS_FRAME_LOG, request, Slice(start: line.start, count: min(line.count, 65536)),
            aux: level)
    }

    private func frame(
        _ type: Int, _ request: UInt64, _ payload: Slice, flags: Int = 0, aux: Int = 0
    ) {
        guard !isClosed else { return }
        output.frame(type, request, length: payload.count, flags: flags, aux: aux)
        unsafe output.append(payload.start, payload.count)
        added(MemoryLayout<apus_frame>.size + payload.count)
    }
}
