// SPDX-License-Identifier: Apache-2.0

/// a2query: says what is enabled, and by whom.
public enum QueryTool: Tool {
    public static func run(_ invocation: Invocation) -> Int32 {
        var console = invocation.console
        do {
            let options = QueryOptions(invocation.arguments)
            for fault in options.faults { console.complain("\(fault)\n") }
            let query = try Query(invocation)
            console.isQuiet = options.flags.contains("q")
            try query.answer(options, console)
            if options.flags.contains("h") || options.asksNothing {
                console.say(usage(invocation.program))
            }
            return 0
        } catch {
            if let message = error.message, !console.isQuiet { console.complain("\(message)\n") }
            return error.status
        }
    }

    private static func usage(_ program: String) -> String {
        """
        Usage: \(program) -q -m [MODULE] -s [SITE] -c [CONF] -a -v -M -d -h
        -q            print nothing; the exit status is the answer
        -m [MODULE]   is the module enabled, and by whom? without a name, list all that are
        -s [SITE]     the same for a site
        -c [CONF]     the same for a configuration snippet
        -a            print the module magic number (API version)
        -v            print the version of Apache httpd that the server is compatible with
        -M            print the MPM
        -d            print the folder of the modules
        -h            print this help
        Exit status: 0 enabled, 1 not there, 32 disabled by the site administrator,
        33 disabled by a maintainer script

        """
    }
}
