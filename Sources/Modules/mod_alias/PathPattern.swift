// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What an Alias or a Redirect is for: a prefix, or a regular expression (the Match forms).
enum PathPattern: Sendable {
    case prefix(PathPrefix)
    case expression(RegularExpression)

    /// What a path becomes.
    struct Result {
        /// The target with what the pattern left of the path, or with the captures in it.
        var text: String
        /// The part of the path that was matched, and what it became (`CONTEXT_PREFIX`,
        /// `CONTEXT_DOCUMENT_ROOT`).
        var prefix: String
        var root: String
    }

    init(_ text: String, isExpression: Bool) throws(ArgumentError) {
        guard isExpression else {
            self = .prefix(PathPrefix(text))
            return
        }
        do throws(RegularExpressionError) {
            self = .expression(try RegularExpression(text))
        } catch {
            throw ArgumentError("Regular expression could not be compiled.", remedy: "\(error)")
        }
    }

    func matches(_ path: String) -> Bool {
        switch self {
        case .prefix(let prefix): path.withBytes { prefix.matchedCount(in: $0) != nil }
        case .expression(let expression): expression.matches(path)
        }
    }

    /// - Parameter change: what is done to what is left of the path behind a prefix.
    func map(_ path: String, to target: String, rest change: (String) -> String = { $0 }) -> Result?
    {
        switch self {
        case .prefix(let prefix):
            guard let rest = Self.rest(of: path, behind: prefix) else { return nil }
            return Result(text: target + change(rest), prefix: prefix.text, root: target)
        case .expression(let expression):
            guard let match = expression.firstMatch(in: path) else { return nil }
            let text = match.expand(target, subject: path)
            let (matched, unmatched) = path.withBytes { bytes in
                let end = match.range.upperBound
                return (String(bytes: bytes.extracting(..<end)), bytes.count - end)
            }
            let root = text.withBytes { bytes in
                String(bytes: bytes.extracting(..<max(0, bytes.count - unmatched)))
            }
            return Result(text: text, prefix: matched, root: root)
        }
    }

    private static func rest(of path: String, behind prefix: PathPrefix) -> String? {
        path.withBytes { bytes in
            prefix.matchedCount(in: bytes).map { String(bytes: bytes.extracting($0...)) }
        }
    }
}
