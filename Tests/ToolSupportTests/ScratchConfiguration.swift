// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A configuration in a temporary folder, in Debian's layout, and the commands run on it.
final class ScratchConfiguration {
    let folder: ScratchFolder
    var environment: [String: String]

    /// - Parameter modules: `.load` files by name, with their text.
    init(modules: [String: String] = [:], enabled: [String] = []) throws {
        folder = try ScratchFolder()
        for kind in ["mods", "sites", "conf"] {
            try folder.makeFolder("\(kind)-available")
            try folder.makeFolder("\(kind)-enabled")
        }
        for (name, text) in modules { try folder.write("mods-available/\(name).load", text) }
        for name in enabled {
            try folder.link("mods-enabled/\(name).load", to: "../mods-available/\(name).load")
        }
        environment = [
            "APACHE_CONFDIR": folder.path, "APACHE_STATE_DIRECTORY": "\(folder.path)/state",
        ]
    }

    /// Runs a command; in what it says, the folder is written `DIR`.
    func run(
        _ command: String, _ arguments: String..., input: String = ""
    ) throws -> Programs.Outcome {
        var outcome = try Programs.run(
            Programs.path(command), arguments, environment: environment, input: input)
        outcome.output = outcome.output.replacingOccurrences(of: folder.path, with: "DIR")
        outcome.errors = outcome.errors.replacingOccurrences(of: folder.path, with: "DIR")
        return outcome
    }

    /// Every marker, as `module/enabled_by_admin/NAME`.
    var markers: [String] {
        let files = FileManager.default.enumerator(atPath: "\(folder.path)/state")
        return (files?.compactMap { $0 as? String } ?? [])
            .filter { $0.split(separator: "/").count == 3 }.sorted()
    }
}

/// What follows a change on standard output; the command depends on the machine's init system.
func activation(_ verb: String) -> String {
    let first = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/1/exe")
    let command =
        first?.contains("systemd") == true
        ? "systemctl \(verb) apache2" : "service apache2 \(verb)"
    return "To activate the new configuration, you need to run:\n  \(command)\n"
}
