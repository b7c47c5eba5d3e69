// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

/// `TraceEnable`.
public enum TraceEnable: String, Sendable, CaseIterable { case on, off, extended }

/// `ServerTokens`: how much the Server field tells.
public enum ServerTokens: String, Sendable, CaseIterable {
    case major, minor, minimal, productOnly, os, full
}

/// `ServerSignature`.
public enum ServerSignature: String, Sendable, CaseIterable { case off, on, email }

/// `AcceptPathInfo`.
public enum AcceptPathInfo: String, Sendable, CaseIterable { case on, off, `default` }

/// `UseCanonicalName`.
public enum CanonicalName: String, Sendable, CaseIterable { case off, on, dns }

/// `HostnameLookups`.
public enum HostnameLookups: String, Sendable, CaseIterable { case off, on, double }

/// `AddDefaultCharset`.
public enum DefaultCharset: Sendable, Hashable {
    case off
    case on(String)
}

/// `MaxRanges` and its kin.
public enum RangeLimit: Sendable, Hashable {
    /// Range fields are ignored.
    case none
    case unlimited
    case limited(Int)

    var count: Int {
        switch self {
        case .none: 0
        case .unlimited: .max
        case .limited(let count): count
        }
    }
}

/// `HttpProtocolOptions`, each word of which stands for itself.
public struct ProtocolChoices: Mergeable, Hashable, Sendable {
    public var isStrict: Bool?
    public var requiresRegisteredMethod: Bool?
    public var allowsHTTP09: Bool?

    public init() {}

    public func merged(over parent: Self) -> Self {
        var result = parent
        result.isStrict = isStrict ?? parent.isStrict
        result.requiresRegisteredMethod =
            requiresRegisteredMethod ?? parent.requiresRegisteredMethod
        result.allowsHTTP09 = allowsHTTP09 ?? parent.allowsHTTP09
        return result
    }

    var options: ProtocolOptions {
        var options = ProtocolOptions()
        options.isStrict = isStrict ?? options.isStrict
        options.requiresRegisteredMethod =
            requiresRegisteredMethod ?? options.requiresRegisteredMethod
        options.allowsHTTP09 = allowsHTTP09 ?? options.allowsHTTP09
        return options
    }
}

/// An `ErrorDocument`.
public enum ErrorDocument: Sendable, Hashable {
    case standard
    case text(String)
    /// A path on this server.
    case path(String)
    /// A URL elsewhere, to which the client is sent.
    case redirect(String)
}

/// `ErrorDocument` lines by status.
public typealias ErrorDocuments = [UInt16: ErrorDocument]

/// `CGIVar`: what a script finds in a variable.
public typealias CGIVariables = [String: String]

extension LogLevels: Mergeable {
    public func merged(over parent: Self) -> Self { over(parent) }
}

/// `FileETag`: what of a file its entity tag is made of.
public struct FileETag: Mergeable, Hashable, Sendable {
    public struct Parts: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let inode = Parts(rawValue: 1)
        public static let modified = Parts(rawValue: 2)
        public static let size = Parts(rawValue: 4)
        public static let digest = Parts(rawValue: 8)
        public static let standard: Parts = [.modified, .size]
        public static let all: Parts = [.inode, .modified, .size]
    }

    var base: Parts?
    var isNone = false
    var added: Parts = []
    var removed: Parts = []

    public init() {}

    public var parts: Parts {
        isNone ? [] : (base ?? .standard).union(added).subtracting(removed)
    }

    public func merged(over parent: Self) -> Self {
        if base != nil || isNone { return self }
        var result = parent
        result.added = parent.added.subtracting(removed).union(added)
        result.removed = parent.removed.subtracting(added).union(removed)
        return result
    }

    /// The entity tag of a file, or nil where `FileETag None` holds.
    ///
    /// A file that changed within the second of the request may change again within it, unseen by
    /// the time in the tag; its tag is weak (RFC 9110 section 8.8.1).
    func tag(for status: FileStatus, near now: WallTime) -> String? {
        let parts = self.parts
        if parts.isEmpty { return nil }
        var numbers: [String] = []
        if parts.contains(.inode) { numbers.append(String(status.inode, radix: 16)) }
        if parts.contains(.size) { numbers.append(String(status.size, radix: 16)) }
        if parts.contains(.modified) {
            let microseconds = status.modified * 1_000_000 + status.modifiedNanoseconds / 1000
            numbers.append(String(microseconds, radix: 16))
        }
        let isWeak = now.seconds - status.modified <= 1
        return "\(isWeak ? "W/" : "")\"\(numbers.joined(separator: "-"))\""
    }
}
