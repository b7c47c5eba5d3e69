// SPDX-License-Identifier: Apache-2.0

/// What was agreed about compressing messages (RFC 7692 section 7).
public struct PerMessageDeflate: Sendable, Hashable {
    /// Whether an end goes on with the window of its last message.
    ///
    /// That compresses better, and costs memory at both ends as long as the connection lasts.
    public var serverKeepsContext: Bool
    public var clientKeepsContext: Bool
    /// The largest window that each end uses, as a power of two.
    public var serverWindowBits: Int
    public var clientWindowBits: Int
    /// Whether the client asked for a bound of the server's window, which is then repeated.
    private var boundsServerWindow = false

    public static let name = "permessage-deflate"

    public init(
        serverKeepsContext: Bool = false, clientKeepsContext: Bool = false,
        serverWindowBits: Int = 15, clientWindowBits: Int = 15
    ) {
        self.serverKeepsContext = serverKeepsContext
        self.clientKeepsContext = clientKeepsContext
        self.serverWindowBits = serverWindowBits
        self.clientWindowBits = clientWindowBits
    }

    /// Accepts the first offer of a client that can be.
    ///
    /// - Parameter keepsContext: whether either end may go on with its last window; where not, a
    ///   connection that idles has no memory for compression.
    public init?(acceptingOneOf offers: [WebSocketExtension], keepsContext: Bool) {
        for offer in offers where offer.name == Self.name {
            guard let accepted = Self(accepting: offer, keepsContext: keepsContext) else {
                continue
            }
            self = accepted
            return
        }
        return nil
    }

    private init?(accepting offer: WebSocketExtension, keepsContext: Bool) {
        self.init(serverKeepsContext: keepsContext, clientKeepsContext: keepsContext)
        var seen: Set<String> = []
        for parameter in offer.parameters {
            guard seen.insert(parameter.name).inserted else { return nil }
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil): serverKeepsContext = false
            case ("client_no_context_takeover", nil): clientKeepsContext = false
            case ("server_max_window_bits", let value?):
                // zlib makes no window of 8 bits for raw DEFLATE.
                guard let bits = Self.windowBits(value), bits >= 9 else { return nil }
                serverWindowBits = bits
                boundsServerWindow = true
            case ("client_max_window_bits", nil): break
            case ("client_max_window_bits", let value?):
                guard let bits = Self.windowBits(value) else { return nil }
                clientWindowBits = bits
            default: return nil
            }
        }
    }

    /// Section 7.1.2: 8 to 15, without leading zeros.
    private static func windowBits(_ text: String) -> Int? {
        guard let bits = Int(text), (8...15).contains(bits), text == String(bits) else {
            return nil
        }
        return bits
    }

    /// The value of the field that tells the client what was accepted.
    public var response: String {
        var text = Self.name
        if !serverKeepsContext { text += "; server_no_context_takeover" }
        if !clientKeepsContext { text += "; client_no_context_takeover" }
        if boundsServerWindow { text += "; server_max_window_bits=\(serverWindowBits)" }
        return text
    }
}
