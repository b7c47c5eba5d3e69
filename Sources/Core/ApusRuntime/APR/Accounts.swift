// SPDX-License-Identifier: Apache-2.0

internal import CAPR
internal import Glibc

/// A user of the system.
public struct UserAccount: Hashable, Sendable {
    public let id: UInt32
    /// The user's own group.
    public let group: UInt32

    /// Finds a user by name, or by number in the form `#1000` that `User` accepts.
    ///
    /// - Throws: `APRError` when the system knows no such user.
    public init(_ name: String) throws(APRError) {
        let pool = try Pool()
        if let number = accountNumber(name) {
            id = UInt32(number)
            // A number needs no account; without one its group is that of the process.
            group = (try? Self.named(Self.name(of: id), pool).1) ?? getgid()
            return
        }
        (id, group) = try Self.named(name, pool)
    }

    private static func named(
        _ name: String, _ pool: borrowing Pool
    ) throws(APRError) -> (UInt32, UInt32) {
        var id: UInt32 = 0
        var group: UInt32 = 0
        try unsafe check(apr_uid_get(&id, &group, name, pool.raw), "User \(name)")
        return (id, group)
    }

    /// The name of a user by number.
    public static func name(of id: UInt32) throws(APRError) -> String {
        let pool = try Pool()
        var name: UnsafeMutablePointer<CChar>?
        try unsafe check(apr_uid_name_get(&name, id, pool.raw), "uid \(id)")
        return unsafe String(cString: name!)
    }
}

/// A group of the system.
public struct GroupAccount: Hashable, Sendable {
    public let id: UInt32

    /// Finds a group by name, or by number in the form `#1000` that `Group` accepts.
    public init(_ name: String) throws(APRError) {
        if let number = accountNumber(name) {
            id = UInt32(number)
            return
        }
        let pool = try Pool()
        var found: UInt32 = 0
        try unsafe check(apr_gid_get(&found, name, pool.raw), "Group \(name)")
        id = found
    }

    /// The name of a group by number.
    public static func name(of id: UInt32) throws(APRError) -> String {
        let pool = try Pool()
        var name: UnsafeMutablePointer<CChar>?
        try unsafe check(apr_gid_name_get(&name, id, pool.raw), "gid \(id)")
        return unsafe String(cString: name!)
    }
}

private func accountNumber(_ name: String) -> UInt32? {
    name.first == "#" ? UInt32(name.dropFirst()) : nil
}
