// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CGIScripts

/// RFC 3875 section 4.4.
@Suite("The command line of a script")
struct ScriptCommandTests {
    @Test(
        "has the words of an ISINDEX query",
        arguments: [
            (nil, ["run"]), ("", ["run"]), ("a+b", ["run", "a", "b"]), ("a=b", ["run"]),
            ("a+b=c", ["run"]), ("one%20word", ["run", "one word"]), ("a++b", ["run", "a", "b"]),
            ("$(id)+`id`", ["run", "\\$\\(id\\)", "\\`id\\`"]), ("%3Bls", ["run", "\\;ls"]),
        ] as [(String?, [String])])
    func arguments(query: String?, expected: [String]) {
        #expect(ScriptCommand.arguments(name: "run", query: query) == expected)
    }

    @Test(
        "splits a path at its last slash",
        arguments: [
            ("/cgi-bin/run", "/cgi-bin/", "run"), ("/run", "/", "run"), ("run", "/", "run"),
        ])
    func path(path: String, directory: String, name: String) {
        #expect(ScriptCommand.directory(of: path) == directory)
        #expect(ScriptCommand.name(of: path) == name)
    }
}
