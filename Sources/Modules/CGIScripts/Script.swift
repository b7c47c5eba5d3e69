// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A script that is run for a request: where it is, and where it is told of.
struct Script {
    let filename: String
    /// `ScriptLog`, where there is one.
    let log: ScriptLog?
    let logger: RequestLogger
    /// How long it may be silent.
    let patience: Duration

    var name: String { ScriptCommand.name(of: filename) }

    /// Tells of a line that the script wrote to its standard error.
    func reportError(_ line: String) {
        logger.log(.error, "AH01215", "stderr from \(filename): \(line)")
        log?.describe(line, status: .ok)
    }
}
