// SPDX-License-Identifier: Apache-2.0

/// What a frame is for (RFC 6455 section 5.2).
enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
}

/// Which end of a connection we are: a client masks what it sends, a server must not.
public enum WebSocketRole: Sendable {
    case server, client
}

/// Sizes that a peer may not exceed.
public struct WebSocketLimits: Sendable, Hashable {
    /// The most bytes of a frame, as it is sent.
    public var frame: Int
    /// The most bytes of a message, all its frames together, and decompressed.
    public var message: Int

    public init(frame: Int, message: Int) {
        self.frame = frame
        self.message = message
    }

    /// The most bytes of a control frame (section 5.5).
    static let control = 125
}

/// What arrives, put together from its frames.
public enum WebSocketEvent: Sendable, Hashable {
    /// UTF-8 that has been checked.
    case text([UInt8])
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    /// No code: the peer gave none.
    case close(WebSocketCloseCode?, reason: String)
}

/// What a peer did that ends the connection, and the code that tells it so.
public struct WebSocketError: Error, Sendable, Hashable {
    public let code: WebSocketCloseCode
    public let reason: StaticString

    init(_ code: WebSocketCloseCode, _ reason: StaticString) {
        self.code = code
        self.reason = reason
    }

    public static func == (one: Self, other: Self) -> Bool {
        one.code == other.code && "\(one.reason)" == "\(other.reason)"
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

/// Applies a mask (RFC 6455 section 5.3), or takes it off.
///
/// - Parameters:
///   - key: with the first byte of the mask as its lowest.
///   - offset: of the bytes in their frame.
func applyMask(_ key: UInt32, _ bytes: inout [UInt8], from start: Int, offset: Int) {
    if key == 0 || start == bytes.count { return }
    // The mask as it falls on the first of these bytes.
    let shift = UInt32(offset & 3) * 8
    let turned = shift == 0 ? key : key >> shift | key << (32 - shift)
    let wide = UInt64(turned).littleEndian | UInt64(turned).littleEndian << 32
    unsafe bytes.withUnsafeMutableBytes { buffer in
        var index = start
        while buffer.count - index >= 8 {
            let word = unsafe buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            unsafe buffer.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        var rest = turned
        while index < buffer.count {
            unsafe buffer[index] ^= UInt8(truncatingIfNeeded: rest)
            rest = rest >> 8 | rest << 24
            index += 1
        }
    }
}
