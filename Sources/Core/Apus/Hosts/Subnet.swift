// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
public import ApusRuntime

/// The addresses that have some leading bits in common: httpd's `apr_ipsubnet_t`.
public enum Subnet: Hashable, Sendable {
    case v4(base: UInt32, mask: UInt32)
    case v6(base: V6, mask: V6)

    /// The halves of an IPv6 address.
    public struct V6: Hashable, Sendable {
        public var high: UInt64
        public var low: UInt64

        public static func & (a: V6, b: V6) -> V6 { V6(high: a.high & b.high, low: a.low & b.low) }
    }

    public func contains(_ address: SocketAddress.Address) -> Bool {
        switch (self, address) {
        case (.v4(let base, let mask), .v4(let value)): value & mask == base
        case (.v6(let base, let mask), .v6(let high, let low, _)):
            V6(high: high, low: low) & mask == base
        default: false
        }
    }
}

extension Subnet {
    /// Reads `192.0.2.1`, `192.0.2`, `192.0.2.0/24`, `192.0.2.0/255.255.255.0`, `2001:db8::/32`.
    public init(_ text: String) throws(ArgumentError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let address = String(parts[0])
        guard Self.looksLikeAddress(address) else {
            throw Self.invalid(text)
        }
        switch SocketAddress.Address(address) {
        case .v4(let value):
            let mask = try parts.count > 1 ? Self.mask(String(parts[1]), text) : .max
            self = .v4(base: value & mask, mask: mask)
        case .v6(let high, let low, _):
            // An IPv4 address in IPv6's form would never match: a client's is told as IPv4.
            guard high != 0 || low >> 32 != 0xFFFF else { throw Self.badAddress(text) }
            let mask = try parts.count > 1 ? Self.mask6(String(parts[1]), text) : Self.mask6(128)
            self = .v6(base: V6(high: high, low: low) & mask, mask: mask)
        default:
            guard parts.count == 1, let partial = Self(partial: address) else {
                throw Self.badAddress(text)
            }
            self = partial
        }
    }

    private static func looksLikeAddress(_ text: String) -> Bool {
        if text.utf8.contains(UInt8(ascii: ":")) { return true }
        return !text.isEmpty && text.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
    }

    /// The first bytes of an address, such as `10.1` or `10.1.`.
    private init?(partial text: String) {
        var bytes = text.split(separator: ".", omittingEmptySubsequences: false)
        if bytes.last == "" { bytes.removeLast() }
        guard (1...4).contains(bytes.count) else { return nil }
        var base: UInt32 = 0
        var mask: UInt32 = 0
        for (index, byte) in bytes.enumerated() {
            guard let value = UInt8(byte) else { return nil }
            let shift = UInt32(24 - 8 * index)
            base |= UInt32(value) << shift
            mask |= 0xFF << shift
        }
        self = .v4(base: base, mask: mask)
    }

    private static func mask(_ text: String, _ whole: String) throws(ArgumentError) -> UInt32 {
        if let bits = Int(text) {
            guard (1...32).contains(bits) else { throw badMask(whole) }
            return .max << UInt32(32 - bits)
        }
        guard case .v4(let mask) = SocketAddress.Address(text) else { throw badMask(whole) }
        return mask
    }

    private static func mask6(_ text: String, _ whole: String) throws(ArgumentError) -> V6 {
        guard let bits = Int(text), (1...128).contains(bits) else { throw badMask(whole) }
        return mask6(bits)
    }

    private static func mask6(_ bits: Int) -> V6 {
        V6(
            high: bits >= 64 ? .max : .max << UInt64(64 - bits),
            low: bits <= 64 ? 0 : .max << UInt64(128 - bits))
    }

    private static func invalid(_ text: String) -> ArgumentError {
        ArgumentError(
            "ip address '\(text)' appears to be invalid",
            remedy: "write an address, the first bytes of one, or a network: 10.1.2.3, 10.1, "
                + "10.1.0.0/16, 2001:db8::/32")
    }

    private static func badAddress(_ text: String) -> ArgumentError {
        ArgumentError(
            "ip address '\(text)' appears to be invalid: The specified IP address is invalid.")
    }

    private static func badMask(_ text: String) -> ArgumentError {
        ArgumentError(
            "ip address '\(text)' appears to be invalid: The specified network mask is invalid.")
    }
}
