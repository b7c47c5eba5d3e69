// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration

extension LogConfigModule {
    public static let serverDirectives: [Directive<ServerConfig>] = [
        Directive(
            "CustomLog", in: .servers, logLine(isGlobal: false),
            "Sets filename and format of log file",
            syntax:
                "CustomLog file|pipe format|nickname [env=[!]environment-variable|expr=expression]",
            help: customLogHelp
        ) { config, line, _ in config.lines.append(line) },
        Directive(
            "GlobalLog", in: .server, logLine(isGlobal: true),
            "Sets filename and format of log file",
            syntax:
                "GlobalLog file|pipe format|nickname [env=[!]environment-variable|expr=expression]",
            help: "Same as CustomLog, but forces virtualhosts to inherit the log"
        ) { config, line, _ in config.lines.append(line) },
        Directive(
            "TransferLog", in: .servers, transferLog, "Specify location of a log file",
            syntax: "TransferLog file|pipe", help: "the filename of the access log"
        ) { config, line, _ in config.lines.append(line) },
        Directive(
            "LogFormat", in: .servers, logFormat, "Describes a format for use in a log file",
            default: #""%h %l %u %t \"%r\" %>s %b""#,
            syntax: "LogFormat format|nickname [nickname]",
            help: "a log format string (see docs) and an optional format name"
        ) { config, format, _ in
            if let name = format.name {
                config.formats[name] = format.text
            } else {
                config.defaultFormat = format.text
            }
        },
        Directive(
            "BufferedLogs", in: .servers, .flag,
            "Buffer log entries in memory before writing to disk", default: "Off",
            help: "Enable Buffered Logging (experimental)"
        ) { config, isOn, _ in config.isBuffered = isOn },
    ]

    private static let customLogHelp =
        "a file name, a custom log format string or format name, and an optional \"env=\" or \"expr=\" clause (see docs)"

    private static func logLine(isGlobal: Bool) -> Argument<LogLine> {
        Argument("file|pipe format|nickname [condition]", arity: .twoOrThree) {
            words, context throws(ArgumentError) in
            try check(words[1])
            return LogLine(
                target: target(words[0], context), format: words[1],
                condition: words.count > 2 ? try condition(words[2]) : nil, isGlobal: isGlobal,
                location: context.location)
        }
    }

    private static let transferLog = Argument<LogLine>.word("file|pipe") { word, context in
        LogLine(target: target(word, context), location: context.location)
    }

    private static let logFormat = Argument<(text: String, name: String?)>(
        "format|nickname [nickname]", arity: .oneOrTwo
    ) { words throws(ArgumentError) in
        try check(words[0])
        return (words[0], words.count > 1 ? words[1] : nil)
    }

    private static func target(_ word: String, _ context: DirectiveContext) -> String {
        word.hasPrefix("|") ? word : context.resolve(word)
    }

    /// Refuses a format that cannot be read.
    ///
    /// A nickname reads as a text without items.
    private static func check(_ format: String) throws(ArgumentError) {
        do throws(LogFormatError) {
            _ = try LogFormat(format)
        } catch {
            throw ArgumentError(error.problem)
        }
    }

    private static func condition(_ clause: String) throws(ArgumentError) -> LogCondition {
        if clause.lowercased().hasPrefix("expr=") {
            throw ArgumentError(
                "expr= is not available yet: expressions come in a later release",
                remedy: "set a variable with SetEnvIf and write env=variable")
        }
        guard clause.lowercased().hasPrefix("env=") else {
            throw ArgumentError(
                "error in condition clause",
                remedy: "'\(clause)' is no condition; write env=variable or env=!variable")
        }
        let name = clause.dropFirst("env=".count)
        let isNegated = name.hasPrefix("!")
        let variable = String(isNegated ? name.dropFirst() : name)
        guard !variable.isEmpty else { throw ArgumentError("missing environment variable name") }
        return LogCondition(variable: variable, isNegated: isNegated)
    }
}
