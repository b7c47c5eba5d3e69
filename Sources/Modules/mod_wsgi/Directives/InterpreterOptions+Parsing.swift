// SPDX-License-Identifier: Apache-2.0

internal import Apus

extension InterpreterOptions {
    /// Reads a section.
    init(_ section: DirectiveSection<WSGIModule.ServerConfig>) throws(ArgumentError) {
        try section.checkOpening(takesArguments: nil)
        try readSelectors(section.node.arguments)
        var given: Set<String> = []
        for node in section.node.children ?? [] {
            guard Self.permitted.contains(where: { $0.lowercased() == node.name.lowercased() })
            else {
                throw ArgumentError(
                    "\(node.name) not allowed in <WSGIInterpreterOptions> section",
                    remedy: "there may be \(Self.permitted.joined(separator: ", "))")
            }
            given.insert(node.name.lowercased())
        }
        take(section.applyContents().python, given)
    }

    private static let permitted = [
        "WSGIPerInterpreterGIL", "WSGISwitchInterval", "WSGIPythonPath", "WSGIRestrictStdin",
        "WSGIRestrictStdout", "WSGIRestrictSignal",
    ]

    private mutating func readSelectors(_ text: String) throws(ArgumentError) {
        let invalid = "Invalid option to WSGI interpreter options definition."
        var reader = OptionReader(text)
        while true {
            switch reader.option() {
            case .end: return
            case .option("process-group", let value): processGroup = Self.group(value)
            case .option("application-group", let value): applicationGroup = Self.group(value)
            case .option(let name, _):
                throw ArgumentError(invalid, remedy: "there is no option '\(name)' here")
            case .other(let word):
                throw ArgumentError(invalid, remedy: "'\(word)' has no value; write \(word)=value")
            }
        }
    }

    private static func group(_ value: String) -> String { value == "%{GLOBAL}" ? "" : value }

    /// - Parameter given: the directives that stand in the section, in lower case.
    private mutating func take(_ python: PythonSettings, _ given: Set<String>) {
        switchInterval = python.switchInterval
        pythonPath = python.path
        if given.contains("wsgirestrictstdin") { restrictsStdin = python.restrictsStdin }
        if given.contains("wsgirestrictstdout") { restrictsStdout = python.restrictsStdout }
        if given.contains("wsgirestrictsignal") { restrictsSignal = python.restrictsSignal }
    }
}
