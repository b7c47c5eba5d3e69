// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// How the lines of a section are combined with those of the sections before it.
enum AuthMerging: Sendable {
    /// They replace them.
    case off
    case and, or

    static let argument = Argument<AuthMerging>.word("Off|And|Or") {
        word, _ throws(ArgumentError) in
        switch word.lowercased() {
        case "off": .off
        case "and": .and
        case "or": .or
        default: throw ArgumentError("AuthMerging must be one of: Off | And | Or")
        }
    }
}

extension AuthzCoreModule.DirectoryConfig {
    public func merged(over parent: Self) -> Self {
        var result = self
        result.requirements = combined(with: parent)
        result.$sendsForbiddenOnFailure.inherit(from: parent.$sendsForbiddenOnFailure)
        return result
    }

    private func combined(with parent: Self) -> RequirementSection? {
        guard let outer = parent.requirements else { return requirements }
        guard let inner = requirements else {
            // Saying nothing inherits; `AuthMerging Off` alone takes the outer lines away.
            return merging == .off ? nil : outer
        }
        switch merging {
        case nil, .off: return inner
        case .and: return RequirementSection(merging: outer, inner, .all)
        case .or: return RequirementSection(merging: outer, inner, .any)
        }
    }
}
