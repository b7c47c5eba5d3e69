// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration

/// `AllowOverride` and `AllowOverrideList`, two directives that together say what an .htaccess
/// file may.
public struct OverrideLines: Mergeable, Sendable {
    var classes: OverridePolicy?
    var directives: Set<String>?

    public init() {}

    public func merged(over parent: Self) -> Self {
        var result = parent
        result.classes = classes ?? parent.classes
        result.directives = directives ?? parent.directives
        return result
    }

    /// `AllowOverride None` and no list where nothing is said.
    public var policy: OverridePolicy {
        var policy = classes ?? OverridePolicy()
        policy.directives = directives ?? []
        return policy
    }

    /// The words of an `AllowOverride` line.
    init(classes words: [String]) throws(ArgumentError) {
        var policy = OverridePolicy()
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1)
            let value = parts.count > 1 ? parts[1].lowercased() : ""
            switch parts.first?.lowercased() ?? "" {
            case "none": policy.classes = .none
            case "all": policy.classes = .all
            case "limit": policy.classes.formUnion(.limit)
            case "fileinfo": policy.classes.formUnion(.fileInfo)
            case "authconfig": policy.classes.formUnion(.authConfig)
            case "indexes": policy.classes.formUnion(.indexes)
            case "options":
                policy.classes.formUnion(.options)
                if parts.count > 1 { policy.options = try Self.options(value) }
            case "nonfatal":
                switch value {
                case "override": policy.ignoresForbidden = true
                case "unknown": policy.ignoresUnknown = true
                case "all":
                    policy.ignoresForbidden = true
                    policy.ignoresUnknown = true
                default: throw Self.illegal(word)
                }
            default: throw Self.illegal(word)
            }
        }
        classes = policy
    }

    /// The words of an `AllowOverrideList` line.
    init(directives words: [String]) {
        directives =
            words.count == 1 && words[0].lowercased() == "none"
            ? [] : Set(words.map { $0.lowercased() })
    }

    private static func options(_ text: String) throws(ArgumentError) -> Set<String> {
        var names: Set<String> = []
        for name in text.split(separator: ",") {
            _ = try DirectoryOptions.flags(named: String(name))
            names.insert(String(name))
        }
        return names
    }

    private static func illegal(_ word: String) -> ArgumentError {
        ArgumentError(
            "Illegal override option \(word)",
            remedy: "write All, None, or any of AuthConfig FileInfo Indexes Limit Options[=...] "
                + "Nonfatal=[Override|Unknown|All]")
    }
}

extension OverridePolicy {
    var allowsAnything: Bool { classes != .none || !directives.isEmpty }
}
