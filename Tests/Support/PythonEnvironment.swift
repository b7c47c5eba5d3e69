// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The applications of Tests/Applications, and the virtual environment with their packages.
public enum PythonEnvironment {
    /// The virtual environment, made by Scripts/python-environment when there is none yet.
    ///
    /// - Throws: `SupportError` with the script's words when it cannot be made.
    public static func path() throws -> String { try made.get() }

    private static let made = Result<String, any Error> {
        if let given = unsafe getenv("APUS_TEST_PYTHON") { return unsafe String(cString: given) }
        let home = unsafe getenv("HOME").map { unsafe String(cString: $0) } ?? "/"
        let finished = try run(
            "\(checkout)/Scripts/python-environment", environment: ["HOME": home],
            within: .seconds(300))
        guard finished.status == 0 else {
            throw SupportError("Scripts/python-environment: \(finished.errors)")
        }
        return String(finished.output.split(separator: "\n").last ?? "")
    }

    /// Copies the applications to a folder of the server, where its user can read them.
    public static func copyApplications(to root: ServerRoot) throws {
        let copied = try run("/bin/cp", ["-r", "\(checkout)/Tests/Applications", root.path])
        guard copied.status == 0 else { throw SupportError(copied.errors) }
        _ = try run("/bin/chmod", ["-R", "a+rX", "\(root.path)/Applications"])
    }

    /// Runs a program of the virtual environment's interpreter.
    public static func runPython(
        _ arguments: [String], environment: [String: String] = [:],
        within bound: Duration = .seconds(120)
    ) throws -> Finished {
        try run("\(path())/bin/python", arguments, environment: environment, within: bound)
    }

    private static let checkout = #filePath.split(separator: "/").dropLast(3)
        .reduce("") { "\($0)/\($1)" }
}
