// SPDX-License-Identifier: Apache-2.0

/// Empty files that say who enabled or disabled something last:
/// `module/enabled_by_admin/rewrite`.
///
/// A package's scripts ask them (through a2query) so that an upgrade does not enable again what the
/// administrator disabled.
struct Markers {
    enum Author: String, CaseIterable {
        case maint, admin
    }

    /// The state directory.
    let directory: String

    /// Who did this to it last; nil when nobody is known to have.
    func author(of action: EnablingName.Action, _ kind: Kind, _ name: String) -> Author? {
        Author.allCases.first { Files.exists("\(folder(kind, action, $0))/\(name)") }
    }

    /// Replaces whatever is known about a name.
    ///
    /// - Throws: `ToolFailure` whose message says which file could not be made or removed.
    func record(
        _ action: EnablingName.Action, _ kind: Kind, _ name: String, by author: Author
    ) throws(ToolFailure) {
        let folder = folder(kind, action, author)
        do {
            try Files.makeDirectories(folder)
        } catch {
            throw ToolFailure("Failed to create marker directory: '\(folder)'!")
        }
        try forget(kind, name)
        do {
            try Files.makeEmptyFile("\(folder)/\(name)")
        } catch {
            throw ToolFailure("Failed to create marker '\(folder)/\(name)'!")
        }
    }

    /// Removes every marker of a name.
    func forget(_ kind: Kind, _ name: String) throws(ToolFailure) {
        for action in [EnablingName.Action.enable, .disable] {
            for author in Author.allCases {
                let marker = "\(folder(kind, action, author))/\(name)"
                guard Files.exists(marker) else { continue }
                do {
                    try Files.remove(marker)
                } catch {
                    throw ToolFailure("Failed to remove old marker '\(marker)'!")
                }
            }
        }
    }

    private func folder(_ kind: Kind, _ action: EnablingName.Action, _ author: Author) -> String {
        "\(directory)/\(kind.rawValue)/\(action.participle)_by_\(author.rawValue)"
    }
}
