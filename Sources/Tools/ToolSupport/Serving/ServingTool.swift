// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// apus-serve: serves a Python application from the shell.
public enum ServingTool: Tool {
    public static func run(_ invocation: Invocation) -> Int32 {
        do {
            let options = try ServingOptions(invocation.arguments)
            if options.showsHelp {
                invocation.console.say(usage)
                return 0
            }
            return try Serving(options, invocation).run()
        } catch {
            if let message = error.message {
                invocation.console.complain("apus-serve: \(message)\n")
            }
            return error.status
        }
    }

    static let usage = """
        Usage: apus-serve [OPTION]... APPLICATION

        Serves a Python application, by WSGI or ASGI, until Ctrl-C.

        APPLICATION is one of
          package.module[:CALLABLE]   a module, looked for in the current folder first
          path/to/file.py[:CALLABLE]  a file
        CALLABLE is a name in it, dotted if need be; with () behind, it is called to make the
        application. Without a name, `application` or `app` is taken.

        Where:
          --host ADDRESS        address to listen on (127.0.0.1)
          --port N              port to listen on (8000)
          --mount /PATH         the application's place among the URLs (/)
          --static /PATH=DIR    serve a folder's files under a path; may be repeated

        How:
          --processes N         processes that run the application (1)
          --threads N           requests that each of them serves at once, by WSGI (5)
          --interface NAME      auto, wsgi or asgi (auto)
          --user NAME           run it as this user, if root calls (the caller of sudo, or the
                                owner of the working folder, or www-data)
          --group NAME          and with this group
          --daemon-option X=Y   any option of WSGIDaemonProcess; may be repeated

        Python:
          --python-home DIR     a virtual environment ($VIRTUAL_ENV, if set)
          --python FILE         an interpreter (python3)
          --python-path DIR     look for modules here too; may be repeated
          --chdir DIR           the application's working folder (the current one)

        While developing:
          --reload              start it anew when a source file changes
          --reload-dir DIR      watch this folder, and not the working folder; may be repeated

        Logs:
          --log-level LEVEL     as the directive LogLevel (warn)
          --access-log FILE     a file, - for standard output, or off (-)
          --error-log FILE      a file, or - for standard error (-)

        Other:
          -c DIRECTIVE          a line of configuration more; may be repeated
          --print-config        show the configuration, and do no more
          -h, --help            show this text

        Environment variables reach the application as they are here. The exit status is 0 after
        Ctrl-C, and 1 where the application or the server does not start; 2 for a wrong option.

        """
}
