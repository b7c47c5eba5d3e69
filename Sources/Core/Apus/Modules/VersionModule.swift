// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusRuntime

/// mod_version: `<IfVersion>`, which compares with the release of Apache httpd that this server is
/// compatible with, for that is what configurations are written for.
public struct VersionModule: Module {
    public static let name = "version_module"

    public static let serverDirectives: [Directive<NoConfig>] = [
        .readTimeSection(
            "IfVersion", in: .anywhere, "[[!]operator] version",
            "a comparison operator, a version (and a delimiter)", override: .all
        ) { node, _ throws(ArgumentError) in
            guard node.isBracketClosed else {
                throw ArgumentError("<IfVersion> directive missing closing '>'")
            }
            return try VersionCondition(node.words).holds(for: ServerVersion.compatible)
        }
    ]
}

/// `2.4`, `>= 2.4.10`, `!~ ^2\.2`.
struct VersionCondition {
    private enum Comparison {
        case equal, less, lessOrEqual, greater, greaterOrEqual
        case matches
    }

    private let comparison: Comparison
    private let isNegated: Bool
    private let version: String

    init(_ words: [String]) throws(ArgumentError) {
        guard words.count <= 2 else {
            throw ArgumentError(
                "<IfVersion takes one, two or three arguments, "
                    + "a comparison operator, a version (and a delimiter)")
        }
        let text = words.count == 2 ? words[0] : "="
        isNegated = text.count > 1 && text.hasPrefix("!")
        version = words.last ?? ""
        switch isNegated ? String(text.dropFirst()) : text {
        case "=", "==": comparison = .equal
        case "~": comparison = .matches
        case "<": comparison = .less
        case "<=": comparison = .lessOrEqual
        case ">": comparison = .greater
        case ">=": comparison = .greaterOrEqual
        case let unknown:
            throw ArgumentError(
                "unrecognized operator '\(unknown)'", remedy: "there are = == ~ < <= > >=")
        }
    }

    func holds(for release: String) throws(ArgumentError) -> Bool {
        try isTrue(for: release) != isNegated
    }

    private func isTrue(for release: String) throws(ArgumentError) -> Bool {
        switch comparison {
        case .matches: return try matches(version, release)
        case .equal where version.hasPrefix("/"):
            guard version.count > 1, version.hasSuffix("/") else {
                throw ArgumentError("Missing delimiting / of regular expression.")
            }
            return try matches(String(version.dropFirst().dropLast()), release)
        case .equal: return try numbers(version) == numbers(release)
        case .less: return try numbers(release).lexicographicallyPrecedes(numbers(version))
        case .lessOrEqual:
            return try !numbers(version).lexicographicallyPrecedes(numbers(release))
        case .greater: return try numbers(version).lexicographicallyPrecedes(numbers(release))
        case .greaterOrEqual:
            return try !numbers(release).lexicographicallyPrecedes(numbers(version))
        }
    }

    private func matches(_ pattern: String, _ release: String) throws(ArgumentError) -> Bool {
        do throws(RegularExpressionError) {
            return try RegularExpression(pattern).matches(release)
        } catch {
            throw ArgumentError("Unable to compile regular expression", remedy: "\(error)")
        }
    }

    /// The three numbers of a version; those that are left out are zero.
    private func numbers(_ text: String) throws(ArgumentError) -> [Int] {
        var parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count > 1, parts.last == "" { parts.removeLast() }
        var numbers: [Int] = []
        for part in parts {
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(part)
            else { throw Self.invalid }
            numbers.append(number)
        }
        guard numbers.count <= 3 else { throw Self.invalid }
        return numbers + Array(repeating: 0, count: 3 - numbers.count)
    }

    private static let invalid = ArgumentError(
        "Version appears to be invalid. It must have the format major[.minor[.patch]] "
            + "where major, minor and patch are numbers.")
}
