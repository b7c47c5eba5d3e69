// SPDX-License-Identifier: Apache-2.0

/// Asks the server whether the configuration still holds after a change.
///
/// A broken one is told on standard error, with the way back, and leaves the exit status alone:
/// what was asked for is done, and the next command may be the one that makes it whole (a site
/// first, then the module it needs).
struct ConfigurationCheck {
    let server: ServerProgram
    let name: EnablingName
    let changed: [String]
    let console: Console

    func run() {
        guard let result = try? server.run(["-t"], output: .discarded, errors: .captured),
            result.status != 0
        else { return }
        console.warning("The configuration is not valid now, and a restart would fail:")
        console.complain(result.text.hasSuffix("\n") ? result.text : result.text + "\n")
        let opposite: EnablingName.Action = name.action == .enable ? .disable : .enable
        let command = EnablingName.command(opposite, name.kind, suffix: name.suffix)
        // What was done last is undone first, since it may depend on what was done before.
        let names = changed.reversed().joined(separator: " ")
        console.complain("To undo this change, run:\n  \(command) \(names)\n")
    }
}
