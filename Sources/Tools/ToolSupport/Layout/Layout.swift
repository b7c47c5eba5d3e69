// SPDX-License-Identifier: Apache-2.0

/// Where a server keeps its configuration, and what its folders are called.
struct Layout: Equatable {
    enum Style {
        /// `mods-available/`, `mods-enabled/` ... in one folder.
        case debian
        /// `available/mods/`, `enabled/mods/` ... in one folder: Apus's own.
        case apus
    }

    let style: Style
    /// The folder of the main configuration file.
    let root: String
    /// What tells instances apart in Debian: `-SUFFIX`, or nothing.
    let suffix: String

    /// The folder of what there is of a kind.
    func available(_ kind: Kind, _ environment: Environment) -> String {
        folder(kind, "available", environment)
    }

    /// The folder of what the server loads.
    func enabled(_ kind: Kind, _ environment: Environment) -> String {
        folder(kind, "enabled", environment)
    }

    private func folder(_ kind: Kind, _ set: String, _ environment: Environment) -> String {
        let variable = "APACHE_\(kind.folder)_\(set)".uppercased()
        if let given = environment[variable] { return absolute(given) }
        return switch style {
        case .debian: "\(root)/\(kind.folder)-\(set)"
        case .apus: "\(root)/\(set)/\(kind.folder)"
        }
    }

    /// The folder of the markers that say who enabled or disabled what.
    ///
    /// Debian has one for all instances. Ours stands with the server: beside `conf` in an
    /// installation, among the files that are not versioned in a checkout.
    func stateDirectory(_ environment: Environment) -> String {
        if let given = environment["APACHE_STATE_DIRECTORY"] { return absolute(given) }
        return switch style {
        case .debian: "/var/lib/apache2"
        case .apus: isInstallation ? "\(directoryPart(root))/state" : "\(root)/logs/state"
        }
    }

    /// Whether this is `PREFIX/conf`, with the programs in `PREFIX/bin`, and not a checkout.
    private var isInstallation: Bool {
        style == .apus && lastPart(root) == "conf"
            && Files.isDirectory("\(directoryPart(root))/bin")
    }

    /// The folder that relative paths in the configuration begin in.
    var serverRoot: String { isInstallation ? directoryPart(root) : root }

    func environmentFile(_ environment: Environment) -> EnvironmentFile {
        EnvironmentFile(path: environment["APACHE_ENVVARS"] ?? "\(root)/envvars")
    }

    /// The main configuration file: Debian's `apache2.conf`, or `httpd.conf`.
    var mainFile: String {
        let debian = "\(root)/apache2.conf"
        return style == .debian && Files.exists(debian) ? debian : "\(root)/httpd.conf"
    }
}
