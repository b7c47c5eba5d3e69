// SPDX-License-Identifier: Apache-2.0

extension Directive {
    /// The directives that are the language itself, for the table of the core: what decides which
    /// lines are read, `Error`, and the sections about methods.
    public static var languageDirectives: [Directive] {
        variableDirectives + inclusionDirectives + conditionalSections + methodSections + [error]
    }

    private static var variableDirectives: [Directive] {
        [
            readTime(
                "Define", in: [.servers, .sections], "name [value]", arity: .oneOrTwo,
                "Defines a name, and the value that ${name} stands for.",
                help: "Define a variable, optionally to a value.  Same as passing -D to the "
                    + "command line."
            ) { words, context throws(ArgumentError) in
                try checkName(words[0])
                context.reader.variables.define(
                    words[0], as: words.count > 1 ? words[1] : nil)
            },
            readTime(
                "UnDefine", in: [.servers, .sections], "name", arity: .one,
                "Takes a Define back.",
                help: "Undefine the existence of a variable. Undo a Define."
            ) { words, context throws(ArgumentError) in
                try checkName(words[0])
                context.reader.variables.undefine(words[0])
            },
        ]
    }

    private static func checkName(_ name: String) throws(ArgumentError) {
        if name.contains(":") { throw ArgumentError("Variable name must not contain ':'") }
    }

    private static var inclusionDirectives: [Directive] {
        [
            readTime(
                "ServerRoot", in: .server, "directory", arity: .one,
                "The directory that relative paths are under.",
                help: "Common directory of server-related files (logs, confs, etc.)"
            ) { words, context throws(ArgumentError) in
                let root = context.reader.resolve(words[0])
                guard ConfigFile.isDirectory(root) else {
                    throw ArgumentError("ServerRoot must be a valid directory")
                }
                context.reader.serverRoot = root
            },
            readTime(
                "Include", in: [.servers, .sections], "file|directory|wildcard", arity: .one,
                "Reads other files in this place; it is a mistake if there are none.",
                help: "Name(s) of the config file(s) to be included; fails if the wildcard does "
                    + "not match at least one file"
            ) { words, context throws(ArgumentError) in
                try context.reader.include(words[0], isOptional: false)
            },
            readTime(
                "IncludeOptional", in: [.servers, .sections], "file|directory|wildcard",
                arity: .one, "Reads other files in this place, if there are any.",
                help: "Name or pattern of the config file(s) to be included; ignored if the file "
                    + "does not exist or the pattern does not match any files"
            ) { words, context throws(ArgumentError) in
                try context.reader.include(words[0], isOptional: true)
            },
        ]
    }

    private static var error: Directive {
        Directive(
            "Error", in: .anywhere, Argument("message", arity: .raw) { $0[0] },
            "Ends the reading of the configuration with a message.", override: .all,
            help: "a message that is displayed as a configuration error", merging: []
        ) { _, message, _ throws(ArgumentError) in
            guard !message.isEmpty else {
                throw ArgumentError("The Error directive was used with no message.")
            }
            throw ArgumentError(unquoted(message))
        }
    }

    /// The text without quotes around the whole of it.
    private static func unquoted(_ text: String) -> String {
        guard text.utf8.count > 1, let quote = text.first, quote == "\"" || quote == "'",
            text.last == quote
        else { return text }
        return String(text.dropFirst().dropLast())
    }
}

extension ConfigReader {
    /// Reads the files that a path or pattern names.
    func include(_ pattern: String, isOptional: Bool) throws(ArgumentError) {
        for file in try IncludedFiles.find(resolve(pattern), isOptional: isOptional) {
            try insert(file: file)
        }
    }
}
