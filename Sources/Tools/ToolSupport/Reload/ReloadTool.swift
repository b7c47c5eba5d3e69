// SPDX-License-Identifier: Apache-2.0

/// a2reload: loads the code of Python applications anew, without a restart of the server.
public enum ReloadTool: Tool {
    public static func run(_ given: Invocation) -> Int32 {
        var invocation = given
        do {
            let options = try ReloadOptions(given.arguments)
            if options.showsHelp {
                invocation.console.say(usage(given.program))
                return 0
            }
            invocation.console.isQuiet = options.isQuiet
            let path: String
            if let given = options.socket {
                path = given
            } else {
                path = try ControlSocketPath.find(&invocation)
            }
            let connection = try ReloadConnection(path, timeout: options.timeout)
            let answer = try connection.ask(options.names)
            if answer.sets.isEmpty {
                let names = options.names.joined(separator: " or ")
                invocation.console.error(
                    names.isEmpty
                        ? "there is no Python application" : "no application is called \(names)")
            }
            return try report(answer, invocation.console)
        } catch {
            if let message = error.message { invocation.console.complain("\(message)\n") }
            return error.status
        }
    }

    /// - Returns: the exit status.
    private static func report(
        _ answer: ReloadAnswer, _ console: Console
    ) throws(ToolFailure) -> Int32 {
        for set in answer.sets {
            if set.hasFailed {
                console.error(
                    set.isPartly
                        ? "\(set.name) has been reloaded, but not all of its scripts can be"
                        : "\(set.name) could not be reloaded; the version of before goes on")
                for line in set.text { console.complain("\(line)\n") }
            } else {
                console.inform("Reloaded \(set.name).\n")
            }
        }
        return answer.status
    }

    private static func usage(_ program: String) -> String {
        """
        Usage: \(lastPart(program)) [-q] [-t SECONDS] [-s SOCKET] [NAME...]
        Loads the code of Python applications anew while the server goes on: new processes
        import it, take over when all of them are ready, and the old ones finish what they
        have. Waits for that. When the import fails, the version of before goes on, and the
        traceback is shown.

        NAME          a site (its ServerName, an alias of it, or its file in sites) or a
                      process group (WSGIDaemonProcess); without a name, all applications
        -q            say nothing when all is well
        -t SECONDS    wait no longer than that (600)
        -s SOCKET     the server's control socket (WSGIControlSocket)
        -h            print this help
        Exit status: 0 all reloaded, 1 one could not be, or there is no such name,
        2 unknown option, 3 the server does not answer

        """
    }
}

/// What a2reload is asked for.
struct ReloadOptions: Equatable {
    var names: [String] = []
    var isQuiet = false
    var showsHelp = false
    var timeout = 600
    var socket: String?

    /// - Throws: `ToolFailure` with status 2 for what is no option.
    init(_ arguments: [String]) throws(ToolFailure) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "-q", "--quiet": isQuiet = true
            case "-h", "--help": showsHelp = true
            case "-t":
                guard let text = rest.popFirst(), let seconds = Int(text), seconds > 0 else {
                    throw ToolFailure("-t needs a number of seconds", 2)
                }
                timeout = seconds
            case "-s":
                guard let path = rest.popFirst() else { throw ToolFailure("-s needs a path", 2) }
                socket = path
            case "--":
                names += rest
                rest = []
            case _ where argument.hasPrefix("-"):
                throw ToolFailure("Unknown option: \(argument)", 2)
            default: names.append(argument)
            }
        }
        // A name is a word of a line.
        if let bad = names.first(where: { $0.isEmpty || $0.contains { $0 == " " || $0 == "\n" } }) {
            throw ToolFailure("'\(bad)' is no name", 2)
        }
    }
}
