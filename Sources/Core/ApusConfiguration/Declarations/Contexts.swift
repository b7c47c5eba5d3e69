// SPDX-License-Identifier: Apache-2.0

/// The places of the configuration that a directive may stand in.
///
/// These are the four contexts of the manual, with the kinds of sections told apart.
public struct Contexts: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Outside of all sections.
    public static let server = Contexts(rawValue: 1 << 0)
    public static let virtualHost = Contexts(rawValue: 1 << 1)
    /// `<Directory>` and `<DirectoryMatch>`.
    public static let directory = Contexts(rawValue: 1 << 2)
    public static let location = Contexts(rawValue: 1 << 3)
    public static let files = Contexts(rawValue: 1 << 4)
    public static let proxy = Contexts(rawValue: 1 << 5)
    /// `<If>`, `<ElseIf>` and `<Else>`.
    public static let condition = Contexts(rawValue: 1 << 6)
    public static let htaccess = Contexts(rawValue: 1 << 7)

    public static let servers: Contexts = [.server, .virtualHost]
    /// What the manual calls *directory*: every section about some of the content.
    public static let sections: Contexts = [.directory, .location, .files, .proxy, .condition]
    public static let anywhere: Contexts = [.server, .virtualHost, .sections, .htaccess]

    /// In the words of the manual.
    public var names: [String] {
        var names: [String] = []
        if contains(.server) { names.append("server config") }
        if contains(.virtualHost) { names.append("virtual host") }
        if !isDisjoint(with: .sections) { names.append("directory") }
        if contains(.htaccess) { names.append(".htaccess") }
        return names
    }
}

/// The classes of directives that `AllowOverride` admits to `.htaccess` files.
public struct OverrideClass: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let limit = OverrideClass(rawValue: 1 << 0)
    public static let options = OverrideClass(rawValue: 1 << 1)
    public static let fileInfo = OverrideClass(rawValue: 1 << 2)
    public static let authConfig = OverrideClass(rawValue: 1 << 3)
    public static let indexes = OverrideClass(rawValue: 1 << 4)

    public static let none: OverrideClass = []
    public static let all: OverrideClass = [.limit, .options, .fileInfo, .authConfig, .indexes]

    /// In the order in which `httpd -L` tells them.
    public var names: [String] {
        var names: [String] = []
        if contains(.authConfig) { names.append("AuthConfig") }
        if contains(.limit) { names.append("Limit") }
        if contains(.options) { names.append("Options") }
        if contains(.fileInfo) { names.append("FileInfo") }
        if contains(.indexes) { names.append("Indexes") }
        return names
    }
}
