// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Completion in bash")
struct CompletionTests {
    private static let script =
        #filePath.split(separator: "/").dropLast(3)
        .map { "/\($0)" }.joined() + "/Scripts/completion/apus.bash"

    /// The words that complete a command line, the last of which is being typed.
    private func complete(_ function: String, _ words: [String], _ root: String) throws -> String {
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let outcome = try Programs.run(
            "/bin/bash",
            [
                "-c",
                """
                source '\(Self.script)'
                COMP_WORDS=(\(quoted)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                \(function); echo "${COMPREPLY[*]}"
                """,
            ], environment: ["APACHE_CONFDIR": root])
        #expect(outcome.errors == "")
        return outcome.output.trimmingSuffix(while: { $0.isNewline })
    }

    @Test(
        "offers names, options and verbs",
        arguments: [
            ("_apus_switch", ["a2enmod", "m"], "mime mpm_event"),
            ("_apus_switch", ["a2dismod", ""], "mime"),
            ("_apus_switch", ["a2ensite", ""], "one"), ("_apus_switch", ["a2dissite", ""], ""),
            ("_apus_switch", ["a2enconf", "--q"], "--quiet"),
            ("_apus_query", ["a2query", "-m", "mp"], "mpm_event"),
            ("_apus_control", ["apachectl", "gr"], "graceful graceful-stop"),
            ("_apus_control", ["apachectl", "-k", "sta"], "start"),
            ("_apus_httpd", ["httpd", "-D", "FORE"], "FOREGROUND"),
            ("_apus_serve", ["apus-serve", "--rel"], "--reload --reload-dir"),
            ("_apus_serve", ["apus-serve", "--interface", "a"], "auto asgi"),
        ])
    func words(_ function: String, _ words: [String], _ expected: String) throws {
        let debian = try ScratchConfiguration(
            modules: ["mime": "", "mpm_event": "", "x": ""], enabled: ["mime"])
        try debian.folder.write("sites-available/one.conf")
        #expect(try complete(function, words, debian.folder.path) == expected)

        let own = try ScratchFolder()
        for name in ["mime", "mpm_event", "x"] { try own.write("available/mods/\(name).load") }
        try own.write("available/sites/one.conf")
        try own.makeFolder("enabled/mods")
        try own.link("enabled/mods/mime.load", to: "../../available/mods/mime.load")
        #expect(try complete(function, words, own.path) == expected)
    }
}

extension CompletionTests {
    @Test(
        "offers applications as modules and as files",
        arguments: [
            ("", "app. main main.py"), ("app", "app."), ("app.", "app.asgi app.wsgi"),
            ("app/", "app/__init__.py app/asgi.py app/wsgi.py"), ("ma", "main main.py"),
        ])
    func applications(_ word: String, _ expected: String) throws {
        let folder = try ScratchFolder()
        for name in ["app/__init__.py", "app/asgi.py", "app/wsgi.py", "main.py", "notes.txt"] {
            try folder.write(name)
        }
        let outcome = try Programs.run(
            "/bin/bash",
            [
                "-c",
                """
                source '\(Self.script)'
                COMP_WORDS=(apus-serve '\(word)'); COMP_CWORD=1
                _apus_serve; echo "${COMPREPLY[*]}"
                """,
            ], folder: folder.path)
        #expect(outcome.errors == "")
        let words = outcome.output.split { $0 == " " || $0.isNewline }.sorted()
        #expect(words.joined(separator: " ") == expected)
    }
}

extension String {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text
    }
}
