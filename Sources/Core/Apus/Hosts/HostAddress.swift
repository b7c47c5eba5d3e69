// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime

/// An address in `<VirtualHost>`.
public struct HostAddress: Hashable, Sendable {
    /// nil for `*` and `_default_`.
    public let address: SocketAddress.Address?
    /// 0 for `*`.
    public let port: UInt16
    /// As it stands in the configuration.
    public let text: String

    /// Reads an argument of `<VirtualHost>`; a name may stand for several addresses.
    ///
    /// - Returns: nil when the name cannot be resolved, or the port is none.
    static func read(_ text: String) -> [HostAddress]? {
        guard let (host, port) = split(text) else { return nil }
        if host == "*" || host.lowercased() == "_default_" {
            return [HostAddress(address: nil, port: port, text: text)]
        }
        if let address = SocketAddress.Address(host) {
            return [HostAddress(address: address, port: port, text: text)]
        }
        let addresses = HostNames.addresses(of: host)
        if addresses.isEmpty { return nil }
        return addresses.map { HostAddress(address: $0, port: port, text: text) }
    }

    /// The name in an argument, for messages; all of it when its port is none.
    static func name(in text: String) -> String { split(text)?.0 ?? text }

    private static func split(_ text: String) -> (String, UInt16)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = String(text[text.index(after: text.startIndex)..<end])
            return port(text[text.index(after: end)...]).map { (host, $0) }
        }
        guard let colon = text.lastIndex(of: ":") else { return (text, 0) }
        return port(text[colon...]).map { (String(text[..<colon]), $0) }
    }

    /// `:80`, `:*` or nothing.
    private static func port(_ text: Substring) -> UInt16? {
        if text.isEmpty || text == ":*" { return 0 }
        return text.first == ":" ? UInt16(text.dropFirst()) : nil
    }
}
