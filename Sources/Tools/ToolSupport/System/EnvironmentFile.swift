// SPDX-License-Identifier: Apache-2.0

/// A shell fragment that sets variables, such as Debian's `envvars`.
struct EnvironmentFile {
    let path: String

    /// Names that apachectl reads and that an `envvars` may set without exporting them.
    private static let read = [
        "APACHE_ARGUMENTS", "APACHE_HTTPD", "APACHE_LYNX", "APACHE_STATUSURL",
        "APACHE_ULIMIT_MAX_FILES",
    ]

    /// Runs the file in a shell and returns the variables it leaves behind.
    ///
    /// - Parameter environment: what the shell starts with.
    /// - Throws: `ToolFailure` when the shell refuses the file.
    func source(in environment: Environment) throws(ToolFailure) -> Environment {
        let names = Self.read.joined(separator: " ")
        let shell = Subprocess(
            ["/bin/sh", "-c", ". \"$1\" && export \(names) && env -0", "sh", absolute(path)],
            environment: environment)
        let result: Subprocess.Result
        do {
            result = try shell.run(output: .captured)
        } catch {
            throw ToolFailure("Could not read \(path)")
        }
        guard result.status == 0 else { throw ToolFailure("Could not read \(path)") }
        var variables = Environment()
        for entry in result.output.split(separator: 0) { variables.insert(Array(entry)) }
        return variables
    }
}
