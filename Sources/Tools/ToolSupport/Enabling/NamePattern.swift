// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A name as it is given to a command: `rewrite`, `proxy_*`, `{headers,expires}`.
struct NamePattern {
    let text: String

    /// The names it stands for.
    ///
    /// A name without wildcards stands for itself, whether or not there is such a file, so that
    /// the caller can say what is missing; wildcards stand for those that match.
    ///
    /// - Parameter names: what there is to choose from, in the order of the answer.
    func matches(among names: [String]) -> [String] {
        Self.alternatives(of: text).flatMap { alternative -> [String] in
            guard alternative.contains(where: { "*?[".contains($0) }) else {
                return alternative.isEmpty ? [] : [alternative]
            }
            return names.filter { unsafe fnmatch(alternative, $0, FNM_PERIOD) == 0 }
        }
    }

    /// Expands the braces, the first pair first.
    static func alternatives(of text: String) -> [String] {
        guard let open = text.firstIndex(of: "{") else { return [text] }
        var depth = 0
        var parts: [String] = [""]
        for index in text.indices[open...] {
            switch text[index] {
            case "{" where depth == 0: depth = 1
            case "," where depth == 1: parts.append("")
            case "}" where depth == 1:
                let before = text[..<open]
                let after = text[text.index(after: index)...]
                return parts.flatMap { alternatives(of: before + $0 + after) }
            case let character:
                if character == "{" { depth += 1 }
                if character == "}" { depth -= 1 }
                parts[parts.count - 1].append(character)
            }
        }
        return [text]
    }
}
