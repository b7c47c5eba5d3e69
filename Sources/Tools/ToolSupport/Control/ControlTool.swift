// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// apachectl: starts, stops and asks the server.
public enum ControlTool: Tool {
    public static func run(_ invocation: Invocation) -> Int32 {
        let console = invocation.console
        if ["", "usage", "help", "--help"].contains(invocation.arguments.joined(separator: " ")) {
            console.complain(usage(invocation.program))
            return 1
        }
        do {
            let control = try Control(invocation)
            let status = try control.act()
            if status != 0 {
                let action = invocation.arguments.joined(separator: " ")
                console.say("Action '\(action)' failed.\n")
                console.say("The Apache error log may have more information.\n")
            }
            return status
        } catch {
            if let message = error.message { console.complain("\(message)\n") }
            return error.status
        }
    }

    private static func usage(_ program: String) -> String {
        let indent = String(repeating: " ", count: "Usage: ".count)
        let name = lastPart(program).hasPrefix("apache2ctl") ? "apache2" : "httpd"
        let verbs = "start|stop|restart|graceful|graceful-stop|configtest|status|fullstatus|help"
        return """
            Usage: \(program) \(verbs)
            \(indent)\(program) <\(name) args>
            \(indent)\(program) -h            (for help on <\(name) args>)

            """
    }
}

/// One call of apachectl.
private struct Control {
    let layout: Layout
    let invocation: Invocation

    init(_ given: Invocation) throws(ToolFailure) {
        var invocation = given
        let name = lastPart(given.program)
        let suffix = name.firstIndex(of: "-").map { String(name[$0...]) } ?? ""
        layout = try Layout.replacing(in: &invocation, suffix: suffix)
        self.invocation = invocation
    }

    /// - Returns: the exit status of the server that did it.
    func act() throws(ToolFailure) -> Int32 {
        let verb = invocation.arguments.joined(separator: " ")
        switch verb {
        case "status", "fullstatus":
            let page = StatusPage(layout, invocation.environment)
            invocation.console.say(verb == "status" ? try page.summary() : try page.full())
            return 0
        case "startssl", "sslstart", "start-SSL":
            invocation.console.say(
                """
                The startssl option is no longer supported.
                Please edit httpd.conf to include the SSL configuration settings
                and then use "apachectl start".

                """)
            return 2
        default:
            return try actOnServer(verb)
        }
    }

    private func actOnServer(_ verb: String) throws(ToolFailure) -> Int32 {
        StartConditions(layout, invocation).prepare()
        if verb == "start", let service = systemdService { return start(service) }
        guard let server = ServerProgram.find(for: layout, invocation) else {
            invocation.console.complain(
                "There is no server: build it with swift build, or name it in APACHE_HTTPD\n")
            return 127
        }
        switch verb {
        case "start", "stop", "graceful-stop":
            return try run(server, ["-k", verb])
        case "restart", "graceful":
            let check = try test(server)
            return check == 0 ? try run(server, ["-k", verb]) : check
        case "configtest":
            return try run(server, ["-t"])
        default:
            return try run(server, invocation.arguments)
        }
    }

    /// Checks the configuration before a restart; only a fault is shown.
    private func test(_ server: ServerProgram) throws(ToolFailure) -> Int32 {
        do {
            let result = try server.run(["-t"], errors: .captured)
            if result.status != 0 { invocation.console.complain(result.text) }
            return result.status
        } catch {
            throw failure(server, error)
        }
    }

    private func run(_ server: ServerProgram, _ arguments: [String]) throws(ToolFailure) -> Int32 {
        do {
            // In the foreground the server takes this process's place, so that the signals of a
            // container's or a terminal's end reach it.
            if Self.staysInForeground(server.words + arguments) {
                try server.takePlace(arguments)
            }
            return try server.run(arguments).status
        } catch {
            throw failure(server, error)
        }
    }

    private func failure(_ server: ServerProgram, _ error: SystemError) -> ToolFailure {
        ToolFailure("\(server.words[0]): \(error)", 127)
    }

    private static func staysInForeground(_ arguments: [String]) -> Bool {
        arguments.contains { ["-X", "-DFOREGROUND", "-DNO_DETACH"].contains($0) }
            || zip(arguments, arguments.dropFirst()).contains {
                $0 == "-D" && ["FOREGROUND", "NO_DETACH"].contains($1)
            }
    }

    /// The service that has to start the server, for systemd would not know of it otherwise.
    private var systemdService: String? {
        guard layout.style == .debian, InitSystem.isSystemd,
            invocation.environment["APACHE_STARTED_BY_SYSTEMD"] == nil
        else { return nil }
        return layout.suffix.isEmpty ? "apache2" : "apache2@\(layout.suffix.dropFirst())"
    }

    private func start(_ service: String) -> Int32 {
        invocation.console.say(
            """
            Invoking 'systemctl start \(service)'.
            Use 'systemctl status \(service)' for more info.

            """)
        let start = Subprocess(
            ["systemctl", "start", service], environment: invocation.environment)
        return (try? start.run().status) ?? 127
    }
}
