// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What starts and stops services on this machine.
enum InitSystem {
    /// Whether the first process is systemd.
    static var isSystemd: Bool {
        resolved("/proc/1/exe").map { $0.contains("systemd") } ?? false
    }

    /// The name of a service of an instance: `apache2@test.service` with systemd, and
    /// `apache2-test` without.
    static func service(_ name: String, suffix: String, systemd: Bool = isSystemd) -> String {
        guard !suffix.isEmpty, systemd else { return name + suffix }
        return "\(name)@\(suffix.dropFirst()).service"
    }
}
