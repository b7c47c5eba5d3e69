// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
public import ApusRuntime

/// A section that holds settings for some directories, files or locations.
public struct Section: Sendable {
    /// What of a request a section is compared with.
    public enum Pattern: Sendable {
        /// A path that ends with a slash; matches that directory and what is below it.
        case directory(String, components: Int)
        /// As `directory`, with `*`, `?` or `[]`, none of which matches a slash.
        case directoryWildcard(Glob, components: Int)
        case file(String)
        case fileWildcard(Glob)
        case location(String)
        case locationWildcard(Glob)
        case regularExpression(RegularExpression)
    }

    /// Unique in the configuration; names the section in the cache of merged settings.
    public let id: Int
    public let pattern: Pattern
    public let config: ConfigVector
    public let location: SourceLocation
}

/// The sections of a virtual host, those of the main server before its own, in the order in which
/// they are applied (httpd manual, "Configuration Sections").
public struct Sections: Sendable {
    /// `<Directory>` without regular expression: fewest components first.
    public var directories: [Section] = []
    /// `<DirectoryMatch>` and `<Directory ~>`, in the order of the file.
    public var directoryMatches: [Section] = []
    /// `<Location>` and `<LocationMatch>`, in the order of the file.
    public var locations: [Section] = []

    /// Sorts `<Directory>` sections from the shortest path to the longest.
    ///
    /// Stable, so that of two for one directory the later one wins.
    mutating func sortDirectories() {
        directories = directories.enumerated().sorted { a, b in
            let (first, second) = (a.element.pattern.depth, b.element.pattern.depth)
            return first == second ? a.offset < b.offset : first < second
        }.map(\.element)
    }
}

extension Section.Pattern {
    var depth: Int {
        switch self {
        case .directory(_, let components), .directoryWildcard(_, let components): components
        default: 0
        }
    }

    /// Whether a `<Directory>` section is for this directory, one of the components of a path.
    func matchesDirectory(_ directory: Substring, depth: Int) -> Bool {
        switch self {
        case .directory(let path, let components): components == depth && path == directory
        case .directoryWildcard(let pattern, let components):
            components == depth && pattern.matches(String(directory))
        default: false
        }
    }

    /// Whether a `<DirectoryMatch>` section is for a file or directory of this name.
    func matchesPath(_ path: String) -> Bool {
        guard case .regularExpression(let expression) = self else { return false }
        return expression.matches(path)
    }

    /// Whether a `<Files>` section is for a file of this name.
    func matchesFile(_ name: String) -> Bool {
        switch self {
        case .file(let wanted): wanted == name
        case .fileWildcard(let pattern): pattern.matches(name)
        case .regularExpression(let expression): expression.matches(name)
        default: false
        }
    }

    /// Whether a `<Location>` section is for this path.
    ///
    /// Without a slash at its end it matches whole components: `/a` is for `/a` and `/a/b`, not for
    /// `/ab`.
    func matchesLocation(_ path: String) -> Bool {
        switch self {
        case .location(let prefix):
            guard path.utf8.starts(with: prefix.utf8) else { return false }
            let end = prefix.utf8.count
            return prefix.utf8.last == UInt8(ascii: "/") || path.utf8.count == end
                || path.utf8[path.utf8.index(path.utf8.startIndex, offsetBy: end)]
                    == UInt8(ascii: "/")
        case .locationWildcard(let pattern):
            return pattern.matches(path)
        case .regularExpression(let expression): return expression.matches(path)
        default: return false
        }
    }
}
