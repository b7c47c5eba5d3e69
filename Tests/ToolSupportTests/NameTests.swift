// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ToolSupport

@Suite("Names and options of the commands")
struct NameTests {
    @Test(
        "a command's name says what it does",
        arguments: [
            ("a2enmod", EnablingName(action: .enable, kind: .module)),
            ("a2dissite", EnablingName(action: .disable, kind: .site)),
            ("a2enconf-test", EnablingName(action: .enable, kind: .conf, suffix: "-test")),
            ("a2enmods", nil), ("a2enmod-", nil), ("enmod", nil),
        ])
    func commandName(_ name: String, _ expected: EnablingName?) {
        #expect(EnablingName(name) == expected)
    }

    @Test(
        "a pattern stands for names",
        arguments: [
            ("rewrite", ["rewrite"]), ("p*", ["pa", "pb"]), ("p[b]", ["pb"]), ("?b", ["pb"]),
            ("{x,p?}", ["x", "pa", "pb"]), ("x{1,{2,3}}y", ["x1y", "x2y", "x3y"]),
            ("a{b", ["a{b"]), ("z*", []), ("*", ["pa", "pb"]),
        ] as [(String, [String])])
    func pattern(_ text: String, _ expected: [String]) {
        #expect(NamePattern(text: text).matches(among: ["pa", "pb", ".hidden"]) == expected)
    }

    @Test("options stand anywhere, bundled or shortened, until --")
    func options() {
        let options = EnablingOptions(["a", "-qf", "--maint", "b", "--PUR", "-", "--", "-x"])
        var expected = EnablingOptions()
        expected.isQuiet = true
        expected.isForced = true
        expected.isMaintenance = true
        expected.purges = true
        expected.names = ["a", "b", "-", "-x"]
        #expect(options == expected)
    }

    @Test(
        "a header is read down to the first line that is no comment",
        arguments: [
            ("# Depends: a b\n", ["a", "b"]), ("\n# x\n\n# Depends:  a \t\n", ["a"]),
            ("#Depends: a\n", []), ("# Depends:a\n", []), ("x\n# Depends: a\n", []),
            ("  # note\n# Depends: a\n# Depends: b\n", ["a"]), ("# Conflicts: a\n", []),
        ] as [(String, [String])])
    func header(_ text: String, _ expected: [String]) {
        #expect(FileHeader(text: text)[.depends] == expected)
    }

    @Test(
        "a path leads from one folder to another",
        arguments: [
            ("/c/mods-available/a.load", "/c/mods-enabled", "../mods-available/a.load"),
            ("/c/available/mods/a.load", "/c/enabled/mods", "../../available/mods/a.load"),
            ("/a", "/", "a"), ("/a/b", "/a/b/c", ".."),
        ])
    func relativePath(_ target: String, _ folder: String, _ expected: String) {
        #expect(relative(target, from: folder) == expected)
    }
}
