// SPDX-License-Identifier: Apache-2.0

/// What a `Listen` directive asks for.
public struct ListenSpecification: Sendable, Hashable {
    /// A name or numeric address without brackets; nil for every address there is.
    public var host: String?
    public var port: UInt16
    /// In lower case; `https` on port 443, `http` on others.
    public var protocolName: String

    public init(host: String?, port: UInt16, protocolName: String? = nil) {
        self.host = host
        self.port = port
        self.protocolName = protocolName?.lowercased() ?? (port == 443 ? "https" : "http")
    }

    /// Reads the arguments of `Listen [address:]port [protocol]`.
    ///
    /// - Throws: `ListenError` in the words of httpd.
    public init(arguments: [String]) throws(ListenError) {
        guard (1...2).contains(arguments.count) else {
            throw ListenError("Listen requires 1 or 2 arguments.")
        }
        let (host, port) = try Self.split(arguments[0])
        self.init(
            host: host == "*" ? nil : host, port: port,
            protocolName: arguments.count == 2 ? arguments[1] : nil)
    }

    private static func split(_ text: String) throws(ListenError) -> (String?, UInt16) {
        let digits = text.utf8.reversed().prefix { (48...57).contains($0) }.count
        let rest = text.dropLast(digits)
        guard digits > 0 else {
            // A host alone, or a colon with nothing after it.
            throw ListenError(
                text.isEmpty || rest.hasSuffix(":")
                    ? "Invalid address or port" : "Port must be specified")
        }
        guard let port = UInt16(text.suffix(digits)) else {
            throw ListenError("Invalid address or port")
        }
        if port == 0 && (rest.isEmpty || rest.hasSuffix(":")) {
            throw ListenError("Port must be specified")
        }
        if rest.isEmpty { return (nil, port) }
        guard rest.hasSuffix(":") else { throw ListenError("Port must be specified") }
        return (try host(String(rest.dropLast())), port)
    }

    private static func host(_ text: String) throws(ListenError) -> String {
        if text.hasPrefix("[") && text.hasSuffix("]") {
            let inner = String(text.dropFirst().dropLast())
            if inner.contains("%") {
                throw ListenError("Scope ID in address '\(text)' not supported")
            }
            if inner.contains(":") { return inner }
        }
        // Without brackets the colons of an IPv6 address cannot be told from the port's.
        if text.isEmpty || text.contains(where: { ":[]".contains($0) }) {
            throw ListenError("Invalid address or port")
        }
        return text
    }

    /// Whether both would listen on the same address, as far as can be told without resolving.
    public func conflicts(with other: ListenSpecification) -> Bool {
        port == other.port && host?.lowercased() == other.host?.lowercased()
    }
}

/// A mistake in a `Listen` directive, or an address that cannot be listened on.
public struct ListenError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    /// What had been logged before the error became fatal.
    public let messages: [ProcessMessage]

    /// There is no address to listen on, or one that the configuration names cannot be had.
    public static let noListeners = ListenError("no listening sockets available, shutting down")

    public init(_ description: String, messages: [ProcessMessage] = []) {
        self.description = description
        self.messages = messages
    }
}
