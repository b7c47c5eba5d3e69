// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

/// Finds the files that `Include` names.
///
/// Any component may hold wildcards, which never match a leading dot; a directory stands for all
/// files in it and below, dotfiles too. Files come in the order of their names' bytes.
struct IncludedFiles {
    /// How deep directories may hold each other, as links can make them do without end.
    static let maximumDepth = 20

    /// Whether nothing to be found is no mistake, as with `IncludeOptional`.
    let isOptional: Bool
    private(set) var files: [String] = []

    init(isOptional: Bool) { self.isOptional = isOptional }

    /// - Parameter pattern: an absolute path.
    static func find(_ pattern: String, isOptional: Bool) throws(ArgumentError) -> [String] {
        var search = IncludedFiles(isOptional: isOptional)
        if Wildcards.occur(in: pattern) {
            let parts = pattern.utf8.split(separator: UInt8(ascii: "/"))
            try search.match(parts.map { String(Substring($0)) }[...], in: "/")
        } else {
            try search.add(pattern, depth: 0)
        }
        return search.files
    }

    private mutating func match(
        _ components: ArraySlice<String>, in directory: String
    ) throws(ArgumentError) {
        let component = components.first!
        let rest = components.dropFirst()
        guard Wildcards.occur(in: component) else {
            return try descend(to: join(directory, component), rest)
        }
        let names = try list(directory).filter { Wildcards.match(component, $0) }
            .map { join(directory, $0) }
            .filter { rest.isEmpty || ConfigFile.isDirectory($0) }
        if names.isEmpty, !isOptional {
            throw ArgumentError(
                "Include/IncludeOptional: No matches for the wildcard '\(component)' in "
                    + "'\(directory)', failing",
                remedy: "IncludeOptional accepts that there are none")
        }
        for name in names { try descend(to: name, rest) }
    }

    private mutating func descend(
        to path: String, _ rest: ArraySlice<String>
    ) throws(ArgumentError) {
        if rest.isEmpty {
            try add(path, depth: 0)
        } else {
            try match(rest, in: path)
        }
    }

    private mutating func add(_ path: String, depth: Int) throws(ArgumentError) {
        guard ConfigFile.isDirectory(path) else {
            if !isOptional || ConfigFile.exists(path) { files.append(path) }
            return
        }
        guard depth < Self.maximumDepth else {
            throw ArgumentError(
                "Include/IncludeOptional: Directory '\(path)' exceeds the maximum include "
                    + "directory nesting level of \(Self.maximumDepth). You have probably a "
                    + "recursion somewhere.")
        }
        for name in try list(path) { try add(join(path, name), depth: depth + 1) }
    }

    private func list(_ directory: String) throws(ArgumentError) -> [String] {
        do throws(SystemError) {
            return try ConfigFile.names(in: directory)
        } catch {
            if isOptional, error.code == ENOENT { return [] }
            throw ArgumentError(
                "Include/IncludeOptional: Could not open directory \(directory): \(error.reason)")
        }
    }

    private func join(_ directory: String, _ name: String) -> String {
        directory.utf8.last == UInt8(ascii: "/") ? directory + name : directory + "/" + name
    }
}

/// The wildcards of file names: `*`, `?` and `[...]`.
enum Wildcards {
    static func occur(in text: String) -> Bool {
        var hasBracket = false
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "*"), UInt8(ascii: "?"): return true
            case UInt8(ascii: "\\"): if bytes.next() == nil { return false }
            case UInt8(ascii: "["): hasBracket = true
            case UInt8(ascii: "]"): if hasBracket { return true }
            default: break
            }
        }
        return false
    }

    static func match(_ pattern: String, _ name: String) -> Bool {
        let pattern = pattern.bytes.map { CChar(bitPattern: $0) } + [0]
        let name = name.bytes.map { CChar(bitPattern: $0) } + [0]
        return unsafe fnmatch(pattern, name, FNM_PERIOD) == 0
    }
}
