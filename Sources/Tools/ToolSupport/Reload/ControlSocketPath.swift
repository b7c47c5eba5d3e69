// SPDX-License-Identifier: Apache-2.0

/// Where a running server listens for commands: beside its pid file.
enum ControlSocketPath {
    /// Asks the server's program, which reads the configuration, for the pid file.
    ///
    /// `APACHE_CONTROL_SOCKET` names a socket that is elsewhere (`WSGIControlSocket`).
    static func find(_ invocation: inout Invocation) throws(ToolFailure) -> String {
        let name = lastPart(invocation.program)
        let suffix = name.firstIndex(of: "-").map { String(name[$0...]) } ?? ""
        let layout = try Layout.replacing(in: &invocation, suffix: suffix)
        if let given = invocation.environment["APACHE_CONTROL_SOCKET"] { return given }
        guard let server = ServerProgram.find(for: layout, invocation) else {
            throw ToolFailure(
                "There is no server: build it with swift build, or name it in APACHE_HTTPD", 3)
        }
        let result: Subprocess.Result
        do {
            result = try server.run(["-t", "-D", "DUMP_RUN_CFG"], output: .captured)
        } catch {
            throw ToolFailure("\(server.words[0]): \(error)", 3)
        }
        guard let file = pidFile(in: result.text) else {
            throw ToolFailure("\(server.words[0]) does not tell its PidFile", 3)
        }
        return path(besidePIDFile: file)
    }

    /// Reads `PidFile: "/run/httpd.pid"`.
    static func pidFile(in text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix("PidFile: \"") {
            return String(line.dropFirst("PidFile: \"".count).prefix { $0 != "\"" })
        }
        return nil
    }

    static func path(besidePIDFile file: String) -> String {
        (file.hasSuffix(".pid") ? String(file.dropLast(4)) : file) + "-control.sock"
    }
}
