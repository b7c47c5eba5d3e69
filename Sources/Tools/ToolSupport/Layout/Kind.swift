// SPDX-License-Identifier: Apache-2.0

/// What can be enabled and disabled.
enum Kind: String, CaseIterable {
    case module, site, conf

    /// The word in folders and variables: `mods-available`, `APACHE_MODS_AVAILABLE`.
    var folder: String {
        switch self {
        case .module: "mods"
        case .site: "sites"
        case .conf: "conf"
        }
    }

    /// The ending of the file that is linked.
    var suffix: String { self == .module ? ".load" : ".conf" }

    /// The word that begins a message.
    var title: String {
        switch self {
        case .module: "Module"
        case .site: "Site"
        case .conf: "Conf"
        }
    }
}
