// SPDX-License-Identifier: Apache-2.0

/// What modules offer one another by group and name (httpd's `ap_register_provider`), and the
/// functions that one module may call when another is there (`APR_REGISTER_OPTIONAL_FN`).
///
/// A group is a type, so that what is found needs no cast where it is used.
public struct Providers: Sendable {
    private var entries: [ObjectIdentifier: [(name: String, provider: any Sendable)]] = [:]

    public init() {}

    /// Offers `provider` under `name` to whoever looks for a `Group`.
    ///
    /// The first of a name stays.
    public mutating func register<Group: Sendable>(
        _ name: String, _ provider: Group, as group: Group.Type = Group.self
    ) {
        guard lookUp(name, group) == nil else { return }
        entries[ObjectIdentifier(group), default: []].append((name, provider))
    }

    /// The provider of that name, compared without regard to case.
    public func lookUp<Group: Sendable>(_ name: String, _ group: Group.Type = Group.self) -> Group?
    {
        let name = name.lowercased()
        return entries[ObjectIdentifier(group)]?.first { $0.name.lowercased() == name }?.provider
            as? Group
    }

    /// The names there are in a group, in the order they were registered.
    public func names<Group: Sendable>(of group: Group.Type) -> [String] {
        entries[ObjectIdentifier(group)]?.map(\.name) ?? []
    }
}
