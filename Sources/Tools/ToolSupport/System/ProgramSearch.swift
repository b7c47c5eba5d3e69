// SPDX-License-Identifier: Apache-2.0

/// The file that a command's name stands for, as the shell finds it; nil when there is none.
func program(named name: String, _ environment: Environment) -> String? {
    programs(named: name, environment).first
}

/// All of them, in the order of `PATH`.
func programs(named name: String, _ environment: Environment) -> [String] {
    if name.contains("/") { return Files.isExecutable(name) ? [name] : [] }
    let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.filter(Files.isExecutable)
}
