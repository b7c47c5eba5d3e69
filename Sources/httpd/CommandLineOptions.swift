// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What the arguments of `httpd` say; the letters are httpd's.
struct CommandLineOptions {
    var definitions: [String] = []
    var serverRoot: String?
    var configFile: String?
    /// Directives to be carried out before and after the files (`-C`, `-c`).
    var directivesBefore: [String] = []
    var directivesAfter: [String] = []
    var control: ServerControl?
    var startupLevel: LogLevel = .notice
    var startupLog: String?
    var showsVersion = false
    var showsSettings = false
    var showsHelp = false
    var listsModules = false
    var listsDirectives = false
    var testsOnly = false
    /// `-T`: DocumentRoots are not looked at.
    var skipsDocumentRootCheck = false
    /// `-X`: one worker, attached to the terminal.
    var isDebugging = false

    /// `-DFOREGROUND` and `-DNO_DETACH` keep the server attached to the terminal.
    var isDetached: Bool {
        !isDebugging && !definitions.contains("FOREGROUND") && !definitions.contains("NO_DETACH")
    }

    func dumps(_ what: String) -> Bool { definitions.contains("DUMP_\(what)") }

    /// A word that is not understood; usage is shown, and the exit status is 1.
    struct Unknown: Error {
        let message: String
    }

    init(_ arguments: [String]) throws(Unknown) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument.count > 1 else {
                throw Unknown(message: "")
            }
            var letters = argument.dropFirst()
            while let letter = letters.popFirst() {
                if try readFlag(letter) { continue }
                let value = letters.isEmpty ? rest.popFirst() : String(letters)
                guard let value else {
                    throw Unknown(message: "option requires an argument -- \(letter)")
                }
                try readValue(letter, value)
                break
            }
        }
    }

    /// - Returns: false for a letter that takes a value.
    private mutating func readFlag(_ letter: Character) throws(Unknown) -> Bool {
        switch letter {
        case "v": showsVersion = true
        case "V": showsSettings = true
        case "h", "?": showsHelp = true
        case "l": listsModules = true
        case "L": listsDirectives = true
        case "t": testsOnly = true
        case "T": skipsDocumentRootCheck = true
        case "X": isDebugging = true
        case "S":
            testsOnly = true
            definitions += ["DUMP_VHOSTS", "DUMP_RUN_CFG"]
        case "M":
            testsOnly = true
            definitions.append("DUMP_MODULES")
        case "D", "d", "f", "C", "c", "k", "e", "E": return false
        default: throw Unknown(message: "illegal option -- \(letter)")
        }
        return true
    }

    private mutating func readValue(_ letter: Character, _ value: String) throws(Unknown) {
        switch letter {
        case "D": definitions.append(value)
        case "d": serverRoot = value
        case "f": configFile = value
        case "C": directivesBefore.append(value)
        case "c": directivesAfter.append(value)
        case "k":
            guard let control = ServerControl(rawValue: value) else {
                throw Unknown(message: "illegal option -- k")
            }
            self.control = control
        case "E": startupLog = value
        default:
            guard let level = LogLevel(name: value) else { throw Unknown(message: "") }
            startupLevel = level
        }
    }

    static func usage(program: String) -> String {
        let indent = String(repeating: " ", count: "Usage: \(program) ".count)
        return """
            Usage: \(program) [-D name] [-d directory] [-f file]
            \(indent)[-C "directive"] [-c "directive"]
            \(indent)[-k start|restart|graceful|graceful-stop|stop]
            \(indent)[-v] [-V] [-h] [-l] [-L] [-t] [-T] [-S] [-X]
            Options:
              -D name            : define a name for use in <IfDefine name> directives
              -d directory       : specify an alternate initial ServerRoot
              -f file            : specify an alternate ServerConfigFile
              -C "directive"     : process directive before reading config files
              -c "directive"     : process directive after reading config files
              -e level           : show startup errors of level (see LogLevel)
              -E file            : log startup errors to file
              -v                 : show version number
              -V                 : show compile settings
              -h                 : list available command line options (this page)
              -l                 : list compiled in modules
              -L                 : list available configuration directives
              -t -D DUMP_VHOSTS  : show parsed vhost settings
              -t -D DUMP_RUN_CFG : show parsed run settings
              -S                 : a synonym for -t -D DUMP_VHOSTS -D DUMP_RUN_CFG
              -t -D DUMP_MODULES : show all loaded modules\u{20}
              -M                 : a synonym for -t -D DUMP_MODULES
              -t -D DUMP_INCLUDES: show all included configuration files
              -t                 : run syntax check for config files
              -T                 : start without DocumentRoot(s) check
              -X                 : debug mode (only one worker, do not detach)
            """
    }
}
