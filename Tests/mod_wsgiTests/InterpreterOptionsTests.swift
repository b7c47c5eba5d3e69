// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_wsgi

@Suite("<WSGIInterpreterOptions>")
struct InterpreterOptionsTests {
    private func settings(
        _ processGroup: String, _ applicationGroup: String, _ options: [InterpreterOptions]
    ) -> InterpreterSettings {
        var group = ProcessGroup(name: processGroup)
        group.pythonPath = ["/base"]
        group.switchInterval = 1
        return InterpreterSettings(
            of: SetName(processGroup: processGroup, applicationGroup: applicationGroup), group,
            PythonSettings(), options)
    }

    @Test("holds for the groups that it names")
    func selectors() {
        let options = InterpreterOptions(
            processGroup: "a", applicationGroup: "", switchInterval: 2)
        #expect(settings("a", "", [options]).switchInterval == 2)
        #expect(settings("a", "x", [options]).switchInterval == 1)
        #expect(settings("", "", [options]).switchInterval == 1)
        let all = InterpreterOptions(restrictsStdout: true)
        #expect(settings("b", "x", [all]).restrictsStdout)
        #expect(!settings("b", "x", [all]).restrictsSignal)
        #expect(!settings("b", "x", []).restrictsStdout)
    }

    @Test("yields to one that names more, and to a later one")
    func order() {
        let options = [
            InterpreterOptions(processGroup: "a", applicationGroup: "x", switchInterval: 4),
            InterpreterOptions(processGroup: "a", switchInterval: 2),
            InterpreterOptions(applicationGroup: "x", switchInterval: 3, restrictsSignal: true),
            InterpreterOptions(switchInterval: 5),
        ]
        #expect(settings("a", "x", options).switchInterval == 4)
        #expect(settings("b", "x", options).switchInterval == 3)
        #expect(settings("a", "y", options).switchInterval == 2)
        #expect(settings("b", "y", options).switchInterval == 5)
        #expect(settings("b", "x", options).restrictsSignal)
        #expect(!settings("a", "y", options).restrictsSignal)
    }

    @Test("adds to the path, in front")
    func path() {
        let options = [
            InterpreterOptions(processGroup: "a", pythonPath: ["/a1", "/a2"]),
            InterpreterOptions(pythonPath: ["/all"]),
        ]
        #expect(settings("a", "x", options).pythonPath == ["/a1", "/a2", "/all", "/base"])
        #expect(settings("b", "x", options).pythonPath == ["/all", "/base"])
    }
}
