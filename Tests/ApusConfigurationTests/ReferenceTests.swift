// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration
import Testing

@Suite("The reference of directives")
struct ReferenceTests {
    private let table = TestServer().table

    /// Each as `apache2 -L` of 2.4.71 prints it.
    @Test(
        "lists them as httpd -L does",
        arguments: [
            """
            ServerRoot (core.c)
            \tCommon directory of server-related files (logs, confs, etc.)
            \tAllowed in *.conf only outside <Directory>, <Files>, <Location>, or <If>

            """,
            """
            Define (core.c)
            \tDefine a variable, optionally to a value.  Same as passing -D to the command line.
            \tAllowed in *.conf anywhere

            """,
            """
            <Limit (core.c)
            \tContainer for authentication directives when accessed using specified HTTP methods
            \tAllowed in *.conf only inside <Directory>, <Files>, <Location>, or <If> and in .htaccess
            \twhen AllowOverride includes AuthConfig or Limit

            """,
            """
            <IfModule (core.c)
            \tContainer for directives based on existence of specified modules
            \tAllowed in *.conf anywhere and in .htaccess
            \twhen AllowOverride isn't None

            """,
            """
            Options (core.c)
            \tSet a number of attributes for a given directory
            \tAllowed in *.conf anywhere and in .htaccess
            \twhen AllowOverride includes Options

            """,
        ])
    func listing(_ entry: String) {
        #expect(table.listing.contains(entry))
    }

    @Test("tells one name of one module once, with all its places")
    func sharedName() {
        let entry = """
            RewriteEngine (mod_alias.c)
            \tOn or Off to enable or disable (default) the whole rewriting engine
            \tAllowed in *.conf anywhere and in .htaccess
            \twhen AllowOverride includes FileInfo

            """
        #expect(table.listing.components(around: entry) == 2)
    }

    @Test("says where a module has no settings of directories")
    func noDirectories() {
        var table = DirectiveTable()
        table.add(
            module: "version_module", sourceName: "mod_version.c",
            serverDirectives: [Directive<NoConfig>](),
            directoryDirectives: [
                Directive<NoConfig>.readTimeSection(
                    "IfVersion", in: .anywhere, "[[!]operator] version", "Reads by version.",
                    override: .all, help: "a comparison operator, a version (and a delimiter)"
                ) { _, _ in true }
            ])
        #expect(
            table.listing == """
                <IfVersion (mod_version.c)
                \ta comparison operator, a version (and a delimiter)
                \tAllowed in *.conf anywhere [no per-dir config] and in .htaccess
                \twhen AllowOverride isn't None

                """)
    }

    @Test("has a page for each module")
    func pages() throws {
        let pages = table.referencePages
        #expect(pages.map(\.fileName) == ["README.md", "core.md", "mod_alias.md"])
        let core = try #require(pages.first { $0.fileName == "core.md" }).text
        #expect(
            core.contains(
                """
                ## KeepAlive

                Whether persistent connections should be On or Off

                | | |
                |---|---|
                | Syntax | `KeepAlive On\\|Off` |
                | Default | `KeepAlive On` |
                | Context | server config, virtual host |
                | Module | core_module |

                """))
        #expect(core.contains("| Override | FileInfo |\n"))
        #expect(core.contains("| Syntax | `<Limit method [method] ...> ... </Limit>` |\n"))
        #expect(pages[0].text.contains("- [`<Limit>`](core.md#limit) (core): "))
    }
}

extension String {
    /// How many pieces a text is divided into by another.
    fileprivate func components(around separator: String) -> Int {
        split(separator: separator, omittingEmptySubsequences: false).count
    }
}
