// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
public import ApusRuntime
internal import Glibc

/// mod_unixd: whom the children become before they serve anybody.
public struct UnixdModule: Module {
    public static let name = "unixd_module"

    public struct ServerConfig: ModuleConfig {
        public var user: UserAccount?
        public var userName: String?
        public var group: GroupAccount?
        public var rootDirectory: String?
        public var suexec = false

        public init() {}

        /// What a child gives up.
        ///
        /// A configuration without `User` or `Group` names nobody at all (`#-1`), so that a child
        /// of root's ends rather than serve as root.
        ///
        /// - Parameter coreDumpDirectory: that of the process settings.
        public func privileges(coreDumpDirectory: String?) -> Privileges {
            var privileges = Privileges()
            privileges.user = user ?? (try? UserAccount("#\(UInt32.max)"))
            privileges.userName = userName
            privileges.group = group ?? (try? GroupAccount("#\(UInt32.max)"))
            privileges.rootDirectory = rootDirectory
            privileges.coreDumpDirectory = coreDumpDirectory
            return privileges
        }
    }

    public static let serverDirectives: [Directive<ServerConfig>] = [
        Directive(
            "User", in: .server, Argument<String>.string.named("unix-userid"),
            "Effective user id for this server", default: "#-1", merging: []
        ) { config, name, _ throws(ArgumentError) in
            guard let user = try? UserAccount(name) else {
                throw ArgumentError(
                    "bad user name \(name)",
                    remedy: "there is no such user; `getent passwd` lists them")
            }
            if user.id == 0 { throw ArgumentError(Self.refusesRoot) }
            config.user = user
            config.userName = name
        },
        Directive(
            "Group", in: .server, Argument<String>.string.named("unix-group"),
            "Effective group id for this server", default: "#-1", merging: []
        ) { config, name, _ throws(ArgumentError) in
            guard let group = try? GroupAccount(name) else {
                throw ArgumentError(
                    "bad group name \(name)",
                    remedy: "there is no such group; `getent group` lists them")
            }
            config.group = group
        },
        Directive(
            "ChrootDir", in: .server, .string, "The directory to chroot(2) into",
            syntax: "ChrootDir /path/to/directory", merging: []
        ) { config, path, _ throws(ArgumentError) in
            guard FileStatus(of: path)?.isDirectory == true else {
                throw ArgumentError("ChrootDir must be a valid directory")
            }
            config.rootDirectory = path
        },
        Directive(
            "Suexec", in: .server, .flag, "Enable or disable suEXEC support", default: "Off",
            merging: []
        ) { config, isOn, _ throws(ArgumentError) in
            if isOn {
                throw ArgumentError(
                    "suEXEC isn't supported: there is no suexec binary",
                    remedy: "write Suexec Off, or leave it out")
            }
            config.suexec = false
        },
    ]

    private static let refusesRoot =
        "Error:\tApache has not been designed to serve pages while\n"
        + "\trunning as root.  There are known race conditions that\n"
        + "\twill allow any local user to read any file on the system.\n"
        + "\tIf you still desire to serve pages as root then\n"
        + "\tadd -DBIG_SECURITY_HOLE to the CFLAGS env variable\n"
        + "\tand then rebuild the server.\n"
        + "\tIt is strongly suggested that you instead modify the User\n"
        + "\tdirective in your httpd.conf file to list a non-root\n\tuser.\n"
}
