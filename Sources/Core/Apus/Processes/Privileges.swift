// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime
internal import CPlatform
internal import Glibc

/// What a child gives up before it serves anybody; mod_unixd's directives.
public struct Privileges: Sendable, Hashable {
    /// `User`, resolved, with the name as it was written.
    public var user: UserAccount?
    public var userName: String?
    /// `Group`.
    public var group: GroupAccount?
    /// `ChrootDir`.
    public var rootDirectory: String?
    /// `CoreDumpDirectory`.
    public var coreDumpDirectory: String?

    public init() {}

    /// Becomes the user.
    ///
    /// Without root there is nothing to give up, and nothing is done.
    ///
    /// - Throws: `PrivilegesError`; the child must end, for it would serve as root.
    func drop() throws(PrivilegesError) {
        if geteuid() == 0 {
            try takeGroups()
            try changeRoot()
            try takeUser()
        }
        try allowCoreDump()
    }

    private func takeGroups() throws(PrivilegesError) {
        guard let group = group?.id ?? user?.group else { return }
        if setgid(group) != 0 {
            throw PrivilegesError("AH02156: setgid: unable to set group id to Group \(group)")
        }
        guard let user else { return }
        guard let name = try? UserAccount.name(of: user.id) else {
            throw PrivilegesError(
                "AH02155: getpwuid: couldn't determine user name from uid \(user.id), "
                    + "you probably need to modify the User directive")
        }
        if unsafe initgroups(name, group) != 0 {
            throw PrivilegesError(
                "AH02157: initgroups: unable to set groups for User \(name) and Group \(group)")
        }
    }

    private func changeRoot() throws(PrivilegesError) {
        guard let directory = rootDirectory else { return }
        if unsafe chdir(directory) != 0 {
            throw PrivilegesError("AH02159: Can't chdir to \(directory)")
        }
        if unsafe chroot(directory) != 0 {
            throw PrivilegesError("AH02160: Can't chroot to \(directory)")
        }
        if unsafe chdir("/") != 0 { throw PrivilegesError("AH02161: Can't chdir to new root") }
    }

    private func takeUser() throws(PrivilegesError) {
        guard let user else { return }
        if setuid(user.id) != 0 {
            throw PrivilegesError("AH02162: setuid: unable to change to uid: \(user.id)")
        }
    }

    /// A process that was root writes no core unless it asks to.
    private func allowCoreDump() throws(PrivilegesError) {
        guard let directory = coreDumpDirectory else { return }
        if cplatform_allow_core_dump() != 0 {
            throw PrivilegesError(
                "AH02163: set dumpable failed - this child will not coredump after software errors")
        }
        // The kernel writes a core into the working directory.
        _ = unsafe chdir(directory)
    }
}

/// Why a child could not give up what it should.
struct PrivilegesError: Error {
    let message: ProcessMessage

    init(_ text: String) {
        var message = ProcessMessage(.alert, text, .last("drop_privileges"))
        message.module = "unixd"
        self.message = message
    }
}
