// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_env

@Suite("Variables of sections")
struct EnvironmentVariablesTests {
    private func setting(_ name: String, _ value: String) -> EnvironmentVariables {
        var variables = EnvironmentVariables()
        variables.set(name, value)
        return variables
    }

    private func removing(_ name: String) -> EnvironmentVariables {
        var variables = EnvironmentVariables()
        variables.removed = [name]
        return variables
    }

    @Test("are those of the outer section, changed by the inner one")
    func inner() {
        let outer = setting("B", "2").merged(over: setting("A", "1"))
        let merged = setting("a", "3").merged(over: outer)
        #expect(merged.values.map(\.name) == ["A", "B"])
        #expect(merged.values.map(\.value) == ["3", "2"])
    }

    @Test("are taken away by UnsetEnv, in the section and further in")
    func removed() {
        let section = removing("A").merged(over: setting("A", "1"))
        #expect(section.values.isEmpty)
        #expect(section.merged(over: setting("A", "0")).values.isEmpty)
    }

    @Test("are set anew behind UnsetEnv")
    func again() {
        let section = setting("A", "2").merged(over: removing("A"))
        let merged = section.merged(over: setting("A", "1"))
        #expect(merged.values.map(\.value) == ["2"])
    }
}
