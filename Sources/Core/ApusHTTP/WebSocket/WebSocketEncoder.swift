// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// Makes the frames of one end of a connection.
public struct WebSocketEncoder {
    private let role: WebSocketRole
    private let deflate: PerMessageDeflate?
    /// Kept from one message to the next where that was agreed, with what was sent as its window.
    private var deflater: RawDeflater?

    /// Messages of fewer bytes leave as they are, for compressing them gains nothing.
    static let leastCompressed = 64
    /// Messages of more bytes leave as they are: compressing them would keep the other
    /// connections of the loop waiting.
    static let mostCompressed = 1 << 20

    /// - Parameter deflate: what was agreed about compression.
    public init(_ role: WebSocketRole, deflate: PerMessageDeflate? = nil) {
        self.role = role
        self.deflate = deflate
    }

    /// Appends a message as one frame.
    ///
    /// - Parameter message: where it is text, it must be UTF-8.
    public mutating func append(_ message: Span<UInt8>, isText: Bool, to output: inout [UInt8]) {
        let opcode: WebSocketOpcode = isText ? .text : .binary
        if let deflate, let compressed = compress(message, deflate) {
            return appendFrame(opcode, compressed.span, isCompressed: true, to: &output)
        }
        appendFrame(opcode, message, to: &output)
    }

    public func appendPing(_ payload: Span<UInt8>, to output: inout [UInt8]) {
        appendFrame(.ping, payload, to: &output)
    }

    public func appendPong(_ payload: Span<UInt8>, to output: inout [UInt8]) {
        appendFrame(.pong, payload, to: &output)
    }

    /// Appends a close frame.
    ///
    /// - Parameters:
    ///   - code: none for a frame without one; one that may not be sent is replaced by 1011.
    ///   - reason: cut to what fits.
    public func appendClose(
        _ code: WebSocketCloseCode?, reason: String = "", to output: inout [UInt8]
    ) {
        var payload: [UInt8] = []
        if let code {
            let number = code.maySend ? code.number : WebSocketCloseCode.internalError.number
            payload.append(UInt8(truncatingIfNeeded: number >> 8))
            payload.append(UInt8(truncatingIfNeeded: number))
            payload.append(bytesOf: reason.cut(toBytes: WebSocketLimits.control - 2))
        }
        appendFrame(.close, payload.span, to: &output)
    }

    private func appendFrame(
        _ opcode: WebSocketOpcode, _ payload: Span<UInt8>, isCompressed: Bool = false,
        to output: inout [UInt8]
    ) {
        precondition(!opcode.isControl || payload.count <= WebSocketLimits.control)
        output.reserveCapacity(output.count + payload.count + 14)
        output.append(0x80 | (isCompressed ? 0x40 : 0) | opcode.rawValue)
        let masked: UInt8 = role == .client ? 0x80 : 0
        switch payload.count {
        case ...125: output.append(masked | UInt8(payload.count))
        case ...0xFFFF:
            output.append(masked | 126)
            appendNumber(payload.count, bytes: 2, to: &output)
        default:
            output.append(masked | 127)
            appendNumber(payload.count, bytes: 8, to: &output)
        }
        let key = role == .client ? UInt32.random(in: 0...(.max)) : 0
        if role == .client {
            for shift in 0..<4 { output.append(UInt8(truncatingIfNeeded: key >> (8 * shift))) }
        }
        let start = output.count
        output.append(copying: payload)
        applyMask(key, &output, from: start, offset: 0)
    }

    private func appendNumber(_ number: Int, bytes: Int, to output: inout [UInt8]) {
        for place in (0..<bytes).reversed() {
            output.append(UInt8(truncatingIfNeeded: number >> (8 * place)))
        }
    }

    /// Nil where the message is better sent as it is.
    private mutating func compress(
        _ message: Span<UInt8>, _ deflate: PerMessageDeflate
    ) -> [UInt8]? {
        guard message.count >= Self.leastCompressed, message.count <= Self.mostCompressed else {
            return nil
        }
        let bits = role == .server ? deflate.serverWindowBits : deflate.clientWindowBits
        let keeps =
            role == .server ? deflate.serverKeepsContext : deflate.clientKeepsContext
        guard let deflater = deflater ?? Self.deflater(for: message.count, bits, keeps: keeps)
        else { return nil }
        if keeps { self.deflater = deflater }
        var compressed: [UInt8] = []
        deflater.deflate(message, into: &compressed)
        // The empty block at the end goes without saying (RFC 7692 section 7.2.1).
        compressed.removeLast(4)
        // With a window that is kept it has to be sent, for the peer's must be the same.
        return keeps || compressed.count < message.count ? compressed : nil
    }

    /// One that serves a single message needs no larger window than that.
    private static func deflater(for count: Int, _ bits: Int, keeps: Bool) -> RawDeflater? {
        if keeps { return RawDeflater(windowBits: bits, memoryLevel: max(1, bits - 9)) }
        let needed = Int.bitWidth - (count - 1).leadingZeroBitCount
        let own = min(bits, max(9, needed))
        return RawDeflater(windowBits: own, memoryLevel: max(1, own - 7))
    }
}

extension String {
    /// The beginning of the text, whole characters only.
    fileprivate func cut(toBytes limit: Int) -> String {
        var text = self
        while text.utf8.count > limit { text.unicodeScalars.removeLast() }
        return text
    }
}
