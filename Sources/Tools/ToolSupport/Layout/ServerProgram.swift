// SPDX-License-Identifier: Apache-2.0

/// The server's program, and the arguments that make it read a layout's configuration.
struct ServerProgram {
    /// The program, and options that come before all others.
    let words: [String]
    let environment: Environment

    /// Finds the server; nil when there is none.
    ///
    /// `APACHE_HTTPD` names it; else it stands beside the command, in the layout's own build or
    /// installation, or is Debian's.
    static func find(for layout: Layout, _ invocation: Invocation) -> ServerProgram? {
        let environment = invocation.environment
        let program: [String]
        var isOurs = true
        if let given = environment["APACHE_HTTPD"] {
            program = words(given)
            isOurs = layout.style == .apus
        } else if let found = candidates(for: layout, invocation).first(where: Files.isExecutable) {
            program = [found]
        } else if layout.style == .debian, Files.isExecutable("/usr/sbin/apache2") {
            program = ["/usr/sbin/apache2"]
            isOurs = false
        } else {
            return nil
        }
        let place = arguments(for: layout, isOurs: isOurs)
        let given = words(environment["APACHE_ARGUMENTS"] ?? "")
        return ServerProgram(words: program + place + given, environment: environment)
    }

    private static func candidates(for layout: Layout, _ invocation: Invocation) -> [String] {
        var folders = invocation.programDirectory.map { [$0] } ?? []
        if layout.style == .apus {
            folders.append("\(directoryPart(layout.root))/bin")
            folders += ["release", "debug"].map { "\(layout.root)/.build/\($0)" }
        }
        return folders.map { "\($0)/httpd" }
    }

    /// Debian's server knows its own `/etc/apache2`; ours is told where to look.
    private static func arguments(for layout: Layout, isOurs: Bool) -> [String] {
        if isOurs { return ["-d", layout.serverRoot, "-f", layout.mainFile] }
        return layout.root == "/etc/apache2" ? [] : ["-d", layout.root]
    }

    /// Splits at blanks, as an unquoted variable of the shell.
    static func words(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
    }

    func run(
        _ arguments: [String], output: Subprocess.Stream = .inherited,
        errors: Subprocess.Stream = .inherited
    ) throws(SystemError) -> Subprocess.Result {
        try Subprocess(words + arguments, environment: environment)
            .run(output: output, errors: errors)
    }

    /// Becomes the server; returns only by the error that prevented it.
    func takePlace(_ arguments: [String]) throws(SystemError) {
        try Subprocess(words + arguments, environment: environment).takePlace()
    }
}
