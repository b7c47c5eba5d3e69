// SPDX-License-Identifier: Apache-2.0

/// Runs the server's program for something that ends by itself (`-t`, `-V`, `-S` ...).
///
/// In what comes back, the program calls itself `httpd` whatever its name is.
public func runServer(
    _ arguments: [String], environment: [String: String] = [:],
    within bound: Duration = .seconds(60)
) throws -> Finished {
    let program = ServerProgram.underTest
    let result = try run(
        program.path, arguments, environment: environment, within: bound)
    return Finished(
        status: result.status, output: abstracted(result.output, program),
        errors: abstracted(result.errors, program))
}

/// Runs the server's program on a configuration of the test, `-t` unless told otherwise.
public func runServer(
    _ arguments: [String] = ["-t"], on root: ServerRoot, environment: [String: String] = [:]
) throws -> Finished {
    try runServer(["-f", root.configurationFile] + arguments, environment: environment)
}

private func abstracted(_ text: String, _ program: ServerProgram) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        for start in [program.path, program.name] where line.hasPrefix("\(start):") {
            return "httpd" + line.dropFirst(start.count)
        }
        return String(line)
    }.joined(separator: "\n")
}

extension Finished {
    /// What was written to stderr, without log lines, and without lines that begin with two
    /// spaces: our server says there how to mend a mistake.
    public var messages: [String] {
        errors.split(separator: "\n").map(String.init).filter {
            !$0.hasPrefix("  ") && !$0.hasPrefix("[") && !$0.hasPrefix("AH00558")
        }
    }
}
