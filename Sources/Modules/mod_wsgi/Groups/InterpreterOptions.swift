// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A section `<WSGIInterpreterOptions>`: what holds for the interpreters of some groups.
struct InterpreterOptions: Sendable {
    /// Nil: of any process group; empty: of those without a name.
    var processGroup: String?
    var applicationGroup: String?

    var switchInterval: Double?
    var restrictsStdin: Bool?
    var restrictsStdout: Bool?
    var restrictsSignal: Bool?
    var pythonPath: [String] = []

    /// Whether it is about the interpreters of a set.
    func isFor(_ name: SetName) -> Bool {
        (processGroup ?? name.processGroup) == name.processGroup
            && (applicationGroup ?? name.applicationGroup) == name.applicationGroup
    }

    /// How many of its selectors are given; the more, the later it acts.
    var specificity: Int { (processGroup == nil ? 0 : 1) + (applicationGroup == nil ? 0 : 1) }
}

/// What holds for the interpreters of one set.
struct InterpreterSettings {
    var switchInterval: Double?
    var restrictsStdin: Bool
    var restrictsStdout: Bool
    var restrictsSignal: Bool
    /// In the order of `sys.path`.
    var pythonPath: [String]

    /// - Parameter options: the sections, in their order in the configuration.
    init(
        of name: SetName, _ group: ProcessGroup, _ python: PythonSettings,
        _ options: [InterpreterOptions]
    ) {
        switchInterval = group.switchInterval ?? python.switchInterval
        restrictsStdin = python.restrictsStdin
        restrictsStdout = python.restrictsStdout
        restrictsSignal = python.restrictsSignal
        pythonPath = group.pythonPath.isEmpty ? python.path : group.pythonPath
        // Of two that are as specific, the later one wins.
        for specificity in 0...2 {
            for layer in options where layer.specificity == specificity && layer.isFor(name) {
                apply(layer)
            }
        }
    }

    private mutating func apply(_ layer: InterpreterOptions) {
        switchInterval = layer.switchInterval ?? switchInterval
        restrictsStdin = layer.restrictsStdin ?? restrictsStdin
        restrictsStdout = layer.restrictsStdout ?? restrictsStdout
        restrictsSignal = layer.restrictsSignal ?? restrictsSignal
        pythonPath = layer.pythonPath + pythonPath
    }
}
