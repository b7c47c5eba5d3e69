// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// rotatelogs: writes what it reads to a file, and to the next one when its time or size is over.
public enum RotationTool: Tool {
    public static func run(_ invocation: Invocation) -> Int32 {
        let console = invocation.console
        let options: RotationOptions
        do {
            options = try RotationOptions(invocation.arguments)
        } catch {
            console.complain("\(error.message)\n")
            if error.showsUsage { console.complain(usage(invocation.program)) }
            return 1
        }
        if options.isVerbose { console.complain(options.description) }
        ignoreSignals()
        do {
            var rotator = LogRotator(
                options, clock: RotationClock(options.zone), environment: invocation.environment,
                console)
            if options.opensAtOnce { try rotator.rotateIfDue() }
            try LogInput().feed(&rotator)
            return rotator.finish() ? 0 : 1
        } catch {
            if let message = error.message { console.complain("\(message)\n") }
            return error.status
        }
    }

    /// A reader of the echo that left, a program that was run, and a key that stops the server in
    /// the same terminal are no reason to lose lines.
    private static func ignoreSignals() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGCHLD, SIG_IGN)
        if isatty(STDIN_FILENO) == 0 { signal(SIGINT, SIG_IGN) }
    }

    private static func usage(_ program: String) -> String {
        """
        Usage: \(program) [-vlfDtTec] [-L linkname] [-p prog] [-n number] <logfile> \
        {<rotation time in seconds>|<rotation size>(B|K|M|G)} [offset minutes from UTC]

        In httpd.conf:

          CustomLog "|\(program) /var/log/access_log 86400" common
          CustomLog "|\(program) /var/log/access_log.%Y-%m-%d 86400 100M" common

        A log file is named <logfile>.<seconds since 1970>, the time at which its interval
        began, unless its name has conversions of strftime(3). A new one begins when the
        interval is over, or with the first line after the size is reached.

        Options:
          -v       Say on standard error which files are opened and closed, and why.
          -l       Intervals and names go by local time, not UTC.
          -L path  Keep a hard link to the current log file.
          -p prog  Run prog <new file> [<old file>] after opening a file.
          -f       Open the log file at once, not with the first line.
          -D       Create the folders that the log file's name goes through.
          -t       Truncate one log file instead of beginning new ones.
          -T       Truncate log files when they are opened, all but the first.
          -e       Copy everything to standard output, too.
          -c       Create a file for each interval, even if nothing is logged.
          -n num   Use num files in turn: <logfile>, <logfile>.1, <logfile>.2 ...

        """
    }
}
