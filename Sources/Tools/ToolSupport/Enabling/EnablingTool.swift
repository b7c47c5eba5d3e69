// SPDX-License-Identifier: Apache-2.0

/// a2enmod, a2dismod, a2ensite, a2dissite, a2enconf and a2disconf: one program that does what the
/// name it is called by says.
public enum EnablingTool: Tool {
    public static func run(_ invocation: Invocation) -> Int32 {
        do {
            return try runThrowing(invocation)
        } catch {
            if let message = error.message { invocation.console.complain("\(message)\n") }
            return error.status
        }
    }

    private static func runThrowing(_ given: Invocation) throws(ToolFailure) -> Int32 {
        var invocation = given
        var options = EnablingOptions(given.arguments)
        guard options.faults.isEmpty else {
            throw ToolFailure(options.faults.joined(separator: "\n"), 2)
        }
        let ownName = lastPart(given.program)
        guard let name = EnablingName(ownName) else {
            throw ToolFailure("\(ownName) call name unknown")
        }
        invocation.console.isQuiet = options.isQuiet
        let layout = try Layout.adding(to: &invocation, suffix: name.suffix)
        let server = ServerProgram.find(for: layout, invocation)
        var enabler = Enabler(name, options, layout, invocation, server: server)

        if options.names.isEmpty { options.names = ask(enabler) }
        let isDone = try act(on: options.names, &enabler)
        if !enabler.changed.isEmpty {
            enabler.console.inform(activation(name, layout, enabler.concernsCacheCleaner))
            if layout.style == .apus, let server {
                ConfigurationCheck(
                    server: server, name: name, changed: enabler.changed, console: enabler.console
                ).run()
            }
        }
        return isDone ? 0 : 1
    }

    private static func ask(_ enabler: Enabler) -> [String] {
        let noun = enabler.kind.rawValue
        enabler.console.say(
            """
            Your choices are: \(enabler.choices.joined(separator: " "))
            Which \(noun)(s) do you want to \(enabler.action.rawValue) (wildcards ok)?

            """)
        return ServerProgram.words(enabler.console.readLine() ?? "")
    }

    /// - Returns: whether every name is now as asked; one that is not does not keep the others.
    private static func act(
        on patterns: [String], _ enabler: inout Enabler
    ) throws(ToolFailure) -> Bool {
        var isDone = true
        var names: [String] = []
        let suffix = enabler.kind.suffix
        for pattern in patterns {
            let text = pattern.hasSuffix(suffix) ? pattern.dropLast(suffix.count) : pattern[...]
            let matches = NamePattern(text: String(text)).matches(among: enabler.choices)
            if matches.isEmpty {
                enabler.console.error("No \(enabler.kind.rawValue) found matching \(text)!")
                isDone = false
            }
            names += matches
        }
        for name in names where try !enabler.act(on: name) { isDone = false }
        return isDone
    }

    private static func activation(
        _ name: EnablingName, _ layout: Layout, _ concernsCacheCleaner: Bool
    ) -> String {
        let isModule = name.kind == .module
        var commands: [String] = []
        if layout.style == .apus {
            commands = ["apachectl \(isModule ? "restart" : "graceful")"]
        } else {
            let verb = name.action == .enable ? "start" : "stop"
            commands = [service("apache2", isModule ? "restart" : "reload", layout)]
            if concernsCacheCleaner {
                commands.append(service("apache-htcacheclean", verb, layout))
            }
        }
        return "To activate the new configuration, you need to run:\n"
            + commands.map { "  \($0)\n" }.joined()
    }

    private static func service(_ service: String, _ verb: String, _ layout: Layout) -> String {
        let name = InitSystem.service(service, suffix: layout.suffix)
        return InitSystem.isSystemd ? "systemctl \(verb) \(name)" : "service \(name) \(verb)"
    }
}
