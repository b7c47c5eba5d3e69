// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Finds the configuration that a command is to work on.
///
/// `APACHE_CONFDIR` says it; else a `-SUFFIX` of the command's name does, as in Debian. Else it is
/// the first of these that there is: `conf` beside the command's own folder (an installation, whose
/// commands are for that one wherever they are called), the current folder or one above it (a
/// checkout), and Debian's `/etc/apache2`.
struct LayoutSearch {
    let invocation: Invocation
    let suffix: String

    /// - Parameter suffix: `-SUFFIX`, or nothing.
    func find() -> Layout {
        if let given = invocation.environment["APACHE_CONFDIR"] {
            return Layout(style: Self.style(of: given), root: absolute(given), suffix: suffix)
        }
        if suffix.isEmpty, let root = installation() ?? checkout() {
            return Layout(style: .apus, root: root, suffix: "")
        }
        return Layout(style: .debian, root: "/etc/apache2\(suffix)", suffix: suffix)
    }

    static func style(of root: String) -> Layout.Style {
        Files.isDirectory("\(root)/available/mods") && !Files.exists("\(root)/mods-available")
            ? .apus : .debian
    }

    private static func isOurs(_ root: String) -> Bool {
        style(of: root) == .apus && Files.exists("\(root)/httpd.conf")
    }

    private func checkout() -> String? {
        var folder = invocation.workingDirectory
        while true {
            if Self.isOurs(folder) {
                if isTrusted(folder) { return folder }
                invocation.console.warning(
                    "\(folder) is under another user's control and is left alone; "
                        + "APACHE_CONFDIR=\(folder) uses it")
                return nil
            }
            if folder == "/" || folder == "." { return nil }
            folder = directoryPart(folder)
        }
    }

    private func installation() -> String? {
        guard let bin = invocation.programDirectory else { return nil }
        let conf = "\(directoryPart(bin))/conf"
        return Self.isOurs(conf) ? conf : nil
    }

    /// Whether a folder that nobody named may be used.
    ///
    /// The commands run its `envvars` and its server, and root runs them: a folder that someone
    /// left in /tmp must not be enough for that.
    private func isTrusted(_ folder: String) -> Bool {
        guard let status = Files.status(folder), status.st_mode & S_IWOTH == 0 else {
            return false
        }
        let caller = invocation.environment["SUDO_UID"].flatMap { uid_t($0) }
        return status.st_uid == geteuid() || status.st_uid == 0
            || (geteuid() == 0 && status.st_uid == caller)
    }
}
