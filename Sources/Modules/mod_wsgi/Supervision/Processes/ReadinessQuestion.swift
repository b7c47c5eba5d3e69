// SPDX-License-Identifier: Apache-2.0

// The request for `readiness-path`. The parent asks as a front does: with a packet in the queue of
// the new generation, or for ASGI on a stream that it introduces at a process's door.

internal import Apus
internal import CWorkerProtocol
internal import Glibc

/// A question to an application that is about to take over, and the status that answers it.
final class ReadinessQuestion {
    private let parent: ParentContext
    private let stream: CInt
    private var input: [UInt8] = []
    private var answered: ((Int?) -> Void)?
    var isOver: Bool { answered == nil }

    /// A loop that no front has, and its first request.
    private static let request: UInt64 = 0xFFFF_FFFF_0000_0001

    /// Asks.
    ///
    /// - Returns: nil when the question could not even be put.
    init?(
        _ generation: Generation, variables: [(String, String)], in parent: ParentContext,
        within limit: Duration, _ answered: @escaping (Int?) -> Void
    ) {
        var ours: CInt = -1
        var theirs: CInt = -1
        guard unsafe apus_front_stream(&ours, &theirs) == 0 else { return nil }
        self.parent = parent
        stream = ours
        self.answered = answered
        let isASGI = generation.board.interface == .asgi
        let wasSent =
            isASGI
            ? Self.connect(generation, ours, theirs, variables)
            : Self.send(
                Self.packet(APUS_PACKET_REQUEST, APUS_PACKET_HAS_STREAM, variables),
                to: generation.queue, with: theirs)
        _ = close(theirs)
        guard wasSent else {
            _ = close(ours)
            return nil
        }
        if !isASGI {
            generation.board.addQueued(1)
            generation.board.ring(packets: 1)
        }
        parent.watch(ours, for: .readable) { [weak self] _ in self?.read() }
        parent.schedule(after: limit) { [weak self] in self?.finish(nil) }
    }

    // MARK: Asking

    private static func connect(
        _ generation: Generation, _ ours: CInt, _ theirs: CInt, _ variables: [(String, String)]
    ) -> Bool {
        guard
            let process = (0..<generation.board.processLimit).first(where: {
                generation.board.process($0).state == .ready
            }),
            send(
                packet(APUS_PACKET_CONNECT, APUS_PACKET_HAS_STREAM, []),
                to: generation.door(process), with: theirs)
        else { return false }
        let payload = packet(APUS_PACKET_REQUEST, 0, variables)
        let frame = apus_frame(
            type: UInt8(APUS_FRAME_REQUEST), flags: 0, aux: 0, length: UInt32(payload.count),
            request: request)
        return send(bytes(of: frame) + payload, to: ours, with: nil)
    }

    private static func send(_ bytes: [UInt8], to socket: CInt, with descriptor: CInt?) -> Bool {
        let descriptors = descriptor.map { [$0] } ?? []
        return unsafe apus_front_send(
            socket, bytes, bytes.count, descriptors, CInt(descriptors.count)) == bytes.count
    }

    private static func packet(
        _ type: Int, _ flags: Int, _ variables: [(String, String)]
    ) -> [UInt8] {
        var encoded: [UInt8] = []
        for (name, value) in variables {
            let value = value.bytes
            let key = unsafe apus_key(name, UInt64(name.utf8.count))
            encoded += [key, 0]
            append(UInt16(value.count), to: &encoded)
            if Int(key) == Int(APUS_KEY_LITERAL) {
                append(UInt16(name.utf8.count), to: &encoded)
                encoded += name.utf8
            }
            encoded += value
        }
        let now = UInt64(max(0, WallTime.now.microseconds))
        let head = apus_packet(
            version: UInt8(APUS_PROTOCOL_VERSION), type: UInt8(type), flags: UInt16(flags),
            variable_count: UInt32(variables.count), request: request, content_length: 0,
            received: now, queued: now, expires: 0, variables_length: UInt32(encoded.count),
            inline_length: 0)
        return bytes(of: head) + encoded
    }

    private static func append(_ number: UInt16, to bytes: inout [UInt8]) {
        bytes += [UInt8(truncatingIfNeeded: number), UInt8(number >> 8)]
    }

    private static func bytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
        unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
    }

    // MARK: The answer

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 16384)
        let count = unsafe recv(stream, &buffer, buffer.count, CInt(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return finish(nil) }
        input += buffer[..<count]
        while let frame = nextFrame() {
            switch Int(frame.type) {
            case Int(APUS_FRAME_HEAD): return finish(Int(frame.aux))
            case Int(APUS_FRAME_END): return finish(500)
            default: break
            }
        }
    }

    private func nextFrame() -> (type: UInt8, aux: UInt16)? {
        let size = MemoryLayout<apus_frame>.size
        guard input.count >= size else { return nil }
        let head = unsafe input.withUnsafeBytes { unsafe $0.loadUnaligned(as: apus_frame.self) }
        let length = size + Int(head.length)
        guard head.length <= UInt32(APUS_FRAME_LIMIT), input.count >= length else { return nil }
        input.removeFirst(length)
        return (head.type, head.aux)
    }

    private func finish(_ status: Int?) {
        guard let answered else { return }
        self.answered = nil
        parent.unwatch(stream)
        _ = close(stream)
        answered(status)
    }
}

extension ProcessWorkplace {
    func ask(
        _ generation: Generation, _ script: ScriptName?, path: String,
        _ answered: @escaping (Int?) -> Void
    ) {
        questions.removeAll { $0.isOver }
        let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
        let question = ReadinessQuestion(
            generation,
            variables: [
                ("asgi.type", "http"), ("asgi.raw_path", parts.first ?? "/"),
                ("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", ""), ("PATH_INFO", parts.first ?? "/"),
                ("QUERY_STRING", parts.count > 1 ? parts[1] : ""), ("REQUEST_URI", path),
                ("SERVER_PROTOCOL", "HTTP/1.1"), ("SERVER_NAME", "localhost"),
                ("SERVER_PORT", "80"), ("SERVER_ADDR", "127.0.0.1"), ("REMOTE_ADDR", "127.0.0.1"),
                ("REMOTE_PORT", "0"), ("REQUEST_SCHEME", "http"), ("wsgi.url_scheme", "http"),
                ("HTTP_HOST", "localhost"), ("SCRIPT_FILENAME", script?.path ?? ""),
                ("mod_wsgi.callable_object", script?.callable ?? "application"),
            ], in: parent, within: .seconds(30), answered)
        guard let question else { return answered(nil) }
        questions.append(question)
    }
}
