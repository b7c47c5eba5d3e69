// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

// A machine that looks at each byte once and keeps none but those of the message in progress, so
// that a connection which waits for the next frame has no buffer. A length is believed only as
// far as bytes have come.

/// Puts together what arrives on a connection (RFC 6455 section 5).
public struct WebSocketDecoder {
    private enum State {
        case first, second
        /// Bytes of the extended length that are yet to come.
        case length(Int)
        case mask(Int)
        case payload
    }

    private let role: WebSocketRole
    private let limits: WebSocketLimits
    private let deflate: PerMessageDeflate?

    private var state = State.first
    // The frame in progress.
    private var opcode = WebSocketOpcode.continuation
    private var isLast = false
    private var length: UInt64 = 0
    private var longLength = 0
    private var isMasked = false
    private var key: UInt32 = 0
    /// Bytes of the payload that have come.
    private var received = 0
    private var control: [UInt8] = []
    // The message in progress: what it is, once its first frame has begun.
    private var kind: WebSocketOpcode?
    private var isCompressed = false
    private var message: [UInt8] = []
    private var characters = UTF8Checker()
    /// There while a compressed message comes in; longer where that was agreed.
    private var inflater: RawInflater?
    private var isClosed = false

    /// - Parameters:
    ///   - role: our own; a server takes masked frames only, a client unmasked ones.
    ///   - deflate: what was agreed about compression.
    public init(_ role: WebSocketRole, limits: WebSocketLimits, deflate: PerMessageDeflate? = nil) {
        self.role = role
        self.limits = limits
        self.deflate = deflate
    }

    /// Whether nothing of a frame or a message is waiting for its rest.
    public var isBetweenMessages: Bool {
        if case .first = state { return kind == nil }
        return false
    }

    /// Reads on, up to the end of a message or a control frame.
    ///
    /// - Parameter position: where to begin; afterwards, what has been read.
    /// - Returns: nil when all of it has been read, and more is needed.
    /// - Throws: what ends the connection; nothing may be decoded after it.
    public mutating func decode(
        _ bytes: Span<UInt8>, from position: inout Int
    ) throws(WebSocketError) -> WebSocketEvent? {
        while !isClosed {
            if case .payload = state {
                try take(bytes, from: &position)
                guard received == Int(length) else { return nil }
                if let event = try endFrame() { return event }
            } else {
                guard position < bytes.count else { return nil }
                let byte = bytes[position]
                position += 1
                try readHead(byte)
            }
        }
        return nil
    }

    // MARK: Heads of frames

    private mutating func readHead(_ byte: UInt8) throws(WebSocketError) {
        switch state {
        case .first: try begin(byte)
        case .second: try readLength(byte)
        case .length(let left):
            length = length << 8 | UInt64(byte)
            state = .length(left - 1)
            if left == 1 { try endLength() }
        case .mask(let left):
            key |= UInt32(byte) << (8 * UInt32(4 - left))
            state = left == 1 ? .payload : .mask(left - 1)
        case .payload: break
        }
    }

    private mutating func begin(_ byte: UInt8) throws(WebSocketError) {
        isLast = byte & 0x80 != 0
        let isCompressed = byte & 0x40 != 0
        guard byte & 0x30 == 0, !isCompressed || deflate != nil else {
            throw WebSocketError(.protocolError, "reserved bits are set")
        }
        guard let opcode = WebSocketOpcode(rawValue: byte & 0x0F) else {
            throw WebSocketError(.protocolError, "unknown opcode")
        }
        if opcode.isControl {
            guard isLast else {
                throw WebSocketError(.protocolError, "fragmented control frame")
            }
        } else if opcode == .continuation {
            guard kind != nil else {
                throw WebSocketError(.protocolError, "continuation of nothing")
            }
        } else {
            guard kind == nil else {
                throw WebSocketError(.protocolError, "message within a message")
            }
        }
        // Only the first frame of a message says so (RFC 7692 section 6.1).
        guard !isCompressed || opcode == .text || opcode == .binary else {
            throw WebSocketError(.protocolError, "compression of a part")
        }
        self.opcode = opcode
        if !opcode.isControl, opcode != .continuation {
            kind = opcode
            self.isCompressed = isCompressed
        }
        state = .second
    }

    private mutating func readLength(_ byte: UInt8) throws(WebSocketError) {
        isMasked = byte & 0x80 != 0
        guard isMasked == (role == .server) else {
            throw WebSocketError(
                .protocolError, role == .server ? "frame is not masked" : "frame is masked")
        }
        key = 0
        received = 0
        let short = byte & 0x7F
        guard short <= 125 || !opcode.isControl else {
            throw WebSocketError(.protocolError, "control frame is too long")
        }
        longLength = short == 126 ? 2 : short == 127 ? 8 : 0
        length = short <= 125 ? UInt64(short) : 0
        state = .length(longLength)
        if longLength == 0 { try endLength() }
    }

    private mutating func endLength() throws(WebSocketError) {
        // The shortest form has to be used (section 5.2).
        let least: UInt64 = longLength == 8 ? 0x1_0000 : longLength == 2 ? 126 : 0
        guard length >= least, length >> 63 == 0 else {
            throw WebSocketError(.protocolError, "malformed length")
        }
        if !opcode.isControl {
            guard length <= UInt64(limits.frame), isCompressed || fitsMessage else {
                throw WebSocketError(.messageTooBig, "message is too big")
            }
        }
        state = isMasked ? .mask(4) : .payload
    }

    private var fitsMessage: Bool { length <= UInt64(max(0, limits.message - message.count)) }

    // MARK: Payloads

    private mutating func take(
        _ bytes: Span<UInt8>, from position: inout Int
    ) throws(WebSocketError) {
        let count = min(Int(length) - received, bytes.count - position)
        guard count > 0 else { return }
        let piece = bytes.extracting(position..<position + count)
        position += count
        defer { received += count }
        if opcode.isControl {
            append(piece, to: &control)
        } else if isCompressed {
            var unmasked: [UInt8] = []
            append(piece, to: &unmasked)
            try inflate(unmasked)
        } else {
            let start = message.count
            append(piece, to: &message)
            try check(from: start)
        }
    }

    private func append(_ piece: Span<UInt8>, to buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.append(copying: piece)
        if isMasked { applyMask(key, &buffer, from: start, offset: received) }
    }

    private mutating func inflate(_ piece: [UInt8]) throws(WebSocketError) {
        let start = message.count
        if inflater == nil { inflater = try? RawInflater() }
        guard let inflater else { throw WebSocketError(.internalError, "out of memory") }
        do throws(InflateError) {
            try inflater.inflate(piece.span, into: &message, limit: limits.message)
        } catch {
            switch error {
            case .tooLong: throw WebSocketError(.messageTooBig, "message is too big")
            case .malformed: throw WebSocketError(.invalidPayload, "malformed compressed data")
            case .outOfMemory: throw WebSocketError(.internalError, "out of memory")
            }
        }
        try check(from: start)
    }

    /// Text is checked as it comes, so that what is no text ends early.
    private mutating func check(from start: Int) throws(WebSocketError) {
        guard kind == .text else { return }
        var characters = self.characters
        guard characters.accepts(message.span.extracting(start...)) else {
            throw WebSocketError(.invalidPayload, "text is not UTF-8")
        }
        self.characters = characters
    }

    private mutating func endFrame() throws(WebSocketError) -> WebSocketEvent? {
        state = .first
        if opcode.isControl { return try endControl() }
        return isLast ? try endMessage() : nil
    }

    private mutating func endMessage() throws(WebSocketError) -> WebSocketEvent {
        if isCompressed {
            // What the sender left out (RFC 7692 section 7.2.2).
            try inflate([0x00, 0x00, 0xFF, 0xFF])
            let keeps =
                role == .server ? deflate!.clientKeepsContext : deflate!.serverKeepsContext
            if !keeps { inflater = nil }
        }
        let isText = kind == .text
        guard !isText || characters.isComplete else {
            throw WebSocketError(.invalidPayload, "text is not UTF-8")
        }
        kind = nil
        var complete: [UInt8] = []
        swap(&complete, &message)
        return isText ? .text(complete) : .binary(complete)
    }

    private mutating func endControl() throws(WebSocketError) -> WebSocketEvent {
        var payload: [UInt8] = []
        swap(&payload, &control)
        switch opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        default:
            isClosed = true
            return try Self.close(payload)
        }
    }

    /// Section 5.5.1.
    private static func close(_ payload: [UInt8]) throws(WebSocketError) -> WebSocketEvent {
        if payload.isEmpty { return .close(nil, reason: "") }
        guard payload.count >= 2 else {
            throw WebSocketError(.protocolError, "half a close code")
        }
        let code = WebSocketCloseCode(UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.maySend else {
            throw WebSocketError(.protocolError, "invalid close code")
        }
        var characters = UTF8Checker()
        let reason = payload.span.extracting(2...)
        guard characters.accepts(reason), characters.isComplete else {
            throw WebSocketError(.invalidPayload, "close reason is not UTF-8")
        }
        return .close(code, reason: String(bytes: reason))
    }
}
