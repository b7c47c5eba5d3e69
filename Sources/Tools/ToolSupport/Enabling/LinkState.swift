// SPDX-License-Identifier: Apache-2.0

/// What stands where the link to an enabled file would be.
enum LinkState: Equatable {
    case linked, missing
    /// A link to a file that there is not.
    case dangling
    /// Something else, and why it is not ours to change.
    case foreign(String)

    init(of link: String, to target: String) {
        if !Files.exists(link) {
            self = Files.isLink(link) ? .dangling : .missing
        } else if !Files.isLink(link) {
            self = .foreign("\(link) is a real file, not touching it")
        } else if resolved(link) != resolved(target) {
            self = .foreign("\(link) exists but does not point to \(target), not touching it")
        } else {
            self = .linked
        }
    }
}
