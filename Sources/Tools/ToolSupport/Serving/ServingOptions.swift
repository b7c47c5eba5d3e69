// SPDX-License-Identifier: Apache-2.0

/// The command line of apus-serve.
struct ServingOptions: Equatable {
    struct StaticFolder: Equatable {
        var path: String
        var folder: String
    }

    var application: ApplicationName?
    var host = "127.0.0.1"
    var port = 8000
    var mount = "/"
    var statics: [StaticFolder] = []
    var processes = 1
    var threads = 5
    var interface = "auto"
    var user: String?
    var group: String?
    var daemonOptions: [String] = []
    var pythonHome: String?
    var python: String?
    var pythonPath: [String] = []
    var folder: String?
    var reloads = false
    var reloadFolders: [String] = []
    var logLevel = "warn"
    var accessLog = "-"
    var errorLog = "-"
    var directives: [String] = []
    var printsConfiguration = false
    var showsHelp = false

    init(_ arguments: [String]) throws(ToolFailure) {
        var rest = arguments[...]
        var operands: [String] = []
        while let argument = rest.popFirst() {
            if argument == "--" {
                operands += rest
                break
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                operands.append(argument)
                continue
            }
            try take(option: argument, &rest)
            if showsHelp { return }
        }
        guard operands.count == 1 else {
            throw Self.fault(
                operands.isEmpty
                    ? "name the application, such as package.module:application"
                    : "there is one application only, not '\(operands.joined(separator: " "))'")
        }
        application = try ApplicationName(operands[0])
    }

    private mutating func take(
        option argument: String, _ rest: inout ArraySlice<String>
    ) throws(ToolFailure) {
        switch argument {
        case "--reload": reloads = true
        case "--print-config": printsConfiguration = true
        case "-h", "--help": showsHelp = true
        default:
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = argument.hasPrefix("--") ? String(parts[0]) : argument
            let isJoined = argument.hasPrefix("--") && parts.count == 2
            guard Self.valued.contains(name) else {
                throw Self.fault("there is no option '\(name)'")
            }
            guard let value = isJoined ? String(parts[1]) : rest.popFirst(), !value.isEmpty else {
                throw Self.fault("\(name) needs a value")
            }
            try set(name, value)
        }
    }

    /// The options that have a value, which bash completes too.
    static let valued: Set<String> = [
        "--host", "--port", "--mount", "--static", "--processes", "--workers", "--threads",
        "--interface", "--user", "--group", "--daemon-option", "--python-home", "--python",
        "--python-path", "--chdir", "--reload-dir", "--log-level", "--access-log", "--error-log",
        "-c",
    ]

    private mutating func set(_ name: String, _ value: String) throws(ToolFailure) {
        switch name {
        case "--host": host = value
        case "--port": port = try Self.number(name, value, 1...65535)
        case "--mount": mount = try Self.path(name, value)
        case "--static": statics.append(try Self.staticFolder(value))
        case "--processes", "--workers": processes = try Self.number(name, value, 1...1000)
        case "--threads": threads = try Self.number(name, value, 1...1000)
        case "--interface": interface = try Self.word(name, value, ["auto", "wsgi", "asgi"])
        case "--user": user = value
        case "--group": group = value
        case "--daemon-option":
            guard value.dropFirst().contains("=") else {
                throw Self.fault("--daemon-option needs NAME=VALUE, not '\(value)'")
            }
            daemonOptions.append(value)
        case "--python-home": pythonHome = value
        case "--python": python = value
        case "--python-path": pythonPath.append(value)
        case "--chdir": folder = value
        case "--reload-dir":
            reloadFolders.append(value)
            reloads = true
        case "--log-level": logLevel = value
        case "--access-log": accessLog = value
        case "--error-log": errorLog = value
        default: directives.append(value)
        }
    }

    static func fault(_ message: String) -> ToolFailure {
        ToolFailure("\(message)\nTry 'apus-serve --help'.", 2)
    }

    private static func number(
        _ name: String, _ value: String, _ range: ClosedRange<Int>
    ) throws(ToolFailure) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw fault(
                "\(name) needs a number from \(range.lowerBound) to \(range.upperBound), "
                    + "not '\(value)'")
        }
        return number
    }

    private static func word(
        _ name: String, _ value: String, _ words: [String]
    ) throws(ToolFailure) -> String {
        guard words.contains(value) else {
            throw fault("\(name) is one of \(words.joined(separator: ", ")), not '\(value)'")
        }
        return value
    }

    private static func path(_ name: String, _ value: String) throws(ToolFailure) -> String {
        guard value.hasPrefix("/") else {
            throw fault("\(name) needs a path that begins with /, not '\(value)'")
        }
        return value
    }

    private static func staticFolder(_ value: String) throws(ToolFailure) -> StaticFolder {
        let parts = value.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[0].hasPrefix("/") else {
            throw fault("--static needs /PATH=DIR, not '\(value)'")
        }
        return StaticFolder(path: String(parts[0]), folder: String(parts[1]))
    }
}

/// Which object is the application, as it is written on the command line.
struct ApplicationName: Equatable {
    enum Source: Equatable {
        case module(String)
        case file(String)
    }

    let source: Source
    /// Dotted; nil: `application` or `app`.
    var callable: String?
    /// The callable makes the application.
    var isFactory = false
    /// As it was written.
    let text: String

    init(_ text: String) throws(ToolFailure) {
        self.text = text
        // A drive of no other system: the first colon ends the module.
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let place = String(parts[0])
        // `project.wsgi` is most often a module.
        if place.hasSuffix(".py") || place.contains("/")
            || place.hasSuffix(".wsgi") && Files.exists(place)
        {
            source = .file(place)
        } else {
            guard Self.isDotted(place) else {
                throw ServingOptions.fault(
                    "'\(place)' is no name of a module, and no file that ends in .py")
            }
            source = .module(place)
        }
        guard parts.count == 2 else { return }
        var name = String(parts[1])
        if name.hasSuffix("()") {
            isFactory = true
            name = String(name.dropLast(2))
        }
        guard Self.isDotted(name) else {
            throw ServingOptions.fault("'\(parts[1])' is no name of an object in a module")
        }
        callable = name
    }

    private static func isDotted(_ text: String) -> Bool {
        let names = text.split(separator: ".", omittingEmptySubsequences: false)
        return names.allSatisfy { name in
            guard let first = name.unicodeScalars.first else { return false }
            return (first == "_" || first.properties.isXIDStart)
                && name.unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue }
        }
    }
}
