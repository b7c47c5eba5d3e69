// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration
import Testing

@Suite("Settings of inner sections")
struct MergeTests {
    private func directory(_ outer: String, _ inner: String) -> TestCore.DirectoryConfig {
        let server = TestServer.of(
            "<Directory /a>\n\(outer)\n</Directory>\n<Directory /a/b>\n\(inner)\n</Directory>\n")
        #expect(server.problems == [])
        let table = server.table
        var merged = table.defaults().directory
        for section in server.sections {
            merged = table.mergeDirectories(section.configs.directory, over: merged)
        }
        return merged.config(of: TestCore.DirectoryConfig.self, at: TestServer.core)
    }

    @Test("win where they are set")
    func inherits() {
        #expect(directory("AddDefaultCharset a", "AddDefaultCharset b").charset == "b")
        #expect(directory("AddDefaultCharset a", "Options X").charset == "a")
        #expect(directory("Options X", "").charset == "off")
    }

    @Test("are appended where they are lists")
    func appends() {
        let config = directory("Require a", "Require b")
        #expect(config.requirements == [.line("a", methods: nil), .line("b", methods: nil)])
    }

    @Test("follow the rule of their value")
    func merges() {
        #expect(
            directory("Options A", "Options +B").options == TestOptions(set: ["A"], added: ["B"]))
        #expect(directory("Options A", "Options B").options == TestOptions(set: ["B"]))
        #expect(
            directory("ErrorDocument 404 /a", "ErrorDocument 404 /b").errorDocuments == [
                "404": "/b"
            ])
    }

    /// Alias and ScriptAlias name the same list.
    @Test("are joined once, however many directives name the list")
    func mergedOnce() {
        let server = TestServer.of(
            "Alias /a /x\n<VirtualHost *>\nScriptAlias /b /y\nAlias /c\n</VirtualHost>\n")
        let main = server.table.mergeServers(
            server.main.server, over: server.table.defaults().server)
        let host = server.table.mergeServers(server.sections[0].configs.server, over: main)

        let aliases = host.config(of: TestAlias.ServerConfig.self, at: TestServer.alias).aliases
        #expect(aliases == ["script /b /y", "/c ", "/a /x"])
    }

    @Test("merge themselves where their type says how")
    func selfMerging() {
        let server = TestServer.of(
            """
            <Directory /a>
            RewriteEngine On
            RewriteRule a b
            </Directory>
            <Directory /a/b>
            RewriteRule c d
            </Directory>
            """)
        let vectors = server.sections.map(\.configs.directory)
        let merged = server.table.mergeDirectories(vectors[1], over: vectors[0])
        let config = merged.config(of: TestAlias.DirectoryConfig.self, at: TestServer.alias)

        #expect(config.rules == ["c d"])
        #expect(config.engine == true)
    }

    @Test("do not change the settings they were merged from")
    func copyOnWrite() {
        let server = TestServer.of("<Directory /a>\nRequire a\n</Directory>")
        var copy = server.sections[0].configs
        let original = copy
        copy.directory.set(TestCore.DirectoryConfig(), at: TestServer.core)

        let kept = original.directory.config(of: TestCore.DirectoryConfig.self, at: TestServer.core)
        #expect(kept.requirements.count == 1)
    }
}
