// SPDX-License-Identifier: Apache-2.0

import Testing

// These run against Debian's own commands, too: A2_REFERENCE=/usr/sbin swift test.

@Suite("a2enmod and its kin enable")
struct EnablingTests {
    @Test("by a relative link, once, and remember who asked")
    func link() throws {
        let tree = try ScratchConfiguration(modules: ["rewrite": ""])
        let first = try tree.run("a2enmod", "rewrite")
        let second = try tree.run("a2enmod", "rewrite.load")

        #expect(first.output == "Enabling module rewrite.\n" + activation("restart"))
        #expect(first.status == 0)
        #expect(
            tree.folder.target(of: "mods-enabled/rewrite.load")
                == "../mods-available/rewrite.load")
        #expect(second == .init(status: 0, output: "Module rewrite already enabled\n", errors: ""))
        #expect(tree.markers == ["module/enabled_by_admin/rewrite"])
    }

    @Test("a module's settings with it, or after it")
    func settings() throws {
        let tree = try ScratchConfiguration(modules: ["mime": ""])
        try tree.folder.write("mods-available/mime.conf")
        _ = try tree.run("a2enmod", "mime")
        #expect(tree.folder.target(of: "mods-enabled/mime.conf") == "../mods-available/mime.conf")

        try tree.folder.write("mods-available/late.load")
        _ = try tree.run("a2enmod", "late")
        try tree.folder.write("mods-available/late.conf")
        let again = try tree.run("a2enmod", "late")
        #expect(again.output == "Enabling config file late.conf.\n" + activation("restart"))
    }

    @Test("sites and snippets", arguments: [("site", "sites", "Site"), ("conf", "conf", "Conf")])
    func others(_ word: String, _ folder: String, _ title: String) throws {
        let tree = try ScratchConfiguration()
        try tree.folder.write("\(folder)-available/one.conf")
        let enabled = try tree.run("a2en\(word)", "one.conf")
        #expect(enabled.output == "Enabling \(word) one.\n" + activation("reload"))
        let target = tree.folder.target(of: "\(folder)-enabled/one.conf")
        #expect(target == "../\(folder)-available/one.conf")
        let disabled = try tree.run("a2dis\(word)", "one")
        #expect(disabled.output == "\(title) one disabled.\n" + activation("reload"))
        #expect(tree.folder.names("\(folder)-enabled").isEmpty)
        #expect(tree.markers == ["\(word)/disabled_by_admin/one"])
    }

    @Test("what a module depends on first")
    func dependencies() throws {
        let tree = try ScratchConfiguration(modules: [
            "a": "# a licence\n\n# Depends: b c\n", "b": "# Depends: c\n", "c": "",
        ])
        let outcome = try tree.run("a2enmod", "a")
        #expect(
            outcome.output == """
                Considering dependency b for a:
                Considering dependency c for b:
                Enabling module c.
                Enabling module b.
                Considering dependency c for a:
                Module c already enabled
                Enabling module a.

                """ + activation("restart"))
    }

    @Test("nothing whose dependency is missing")
    func missingDependency() throws {
        let tree = try ScratchConfiguration(modules: ["a": "# Depends: b\n"])
        let outcome = try tree.run("a2enmod", "a")
        #expect(outcome.status == 1)
        #expect(
            outcome.errors == """
                ERROR: Module b does not exist!
                ERROR: Could not enable dependency b for a, aborting

                """)
        #expect(tree.folder.names("mods-enabled").isEmpty)
    }

    @Test("only what the leading comments ask for")
    func laterComment() throws {
        let tree = try ScratchConfiguration(modules: ["a": "LoadModule x\n# Depends: b\n"])
        #expect(try tree.run("a2enmod", "a").status == 0)
    }

    @Test("no module beside one it conflicts with, and say each")
    func conflicts() throws {
        let tree = try ScratchConfiguration(
            modules: ["x": "# Conflicts: y z\n", "y": "", "z": ""], enabled: ["y", "z"])
        let outcome = try tree.run("a2enmod", "x")
        #expect(outcome.status == 1)
        let words = "is enabled - cannot proceed due to conflicts. It needs to be disabled first!"
        #expect(outcome.errors == "ERROR: Module y \(words)\nERROR: Module z \(words)\n")
    }

    @Test("a site only if its modules are enabled")
    func siteDependencies() throws {
        let tree = try ScratchConfiguration(modules: ["b": ""])
        try tree.folder.write("sites-available/s.conf", "# Depends: b\n")
        let refused = try tree.run("a2ensite", "s")
        #expect(refused.status == 1)
        #expect(
            refused.errors
                == "WARNING: Module b is not enabled, but s depends on it, aborting\n")
        _ = try tree.run("a2enmod", "b")
        let outcome = try tree.run("a2ensite", "s")
        #expect(
            outcome.output
                == "Checking dependency b for s:\nEnabling site s.\n" + activation("reload"))
    }

    @Test(
        "cgid for cgi where the MPM has threads",
        arguments: [("event", "cgid"), ("prefork", "cgi")])
    func cgi(_ mpm: String, _ selected: String) throws {
        let tree = try ScratchConfiguration(
            modules: ["cgi": "", "cgid": "", "mpm_\(mpm)": ""], enabled: ["mpm_\(mpm)"])
        let outcome = try tree.run("a2enmod", "cgi")
        #expect(outcome.output.contains("Enabling module \(selected).\n"))
        let message = "Your MPM seems to be threaded. Selecting cgid instead of cgi.\n"
        #expect(outcome.output.contains(message) == (selected == "cgid"))
    }

    @Test("all that a wildcard matches, and say when it matches nothing")
    func wildcards() throws {
        let tree = try ScratchConfiguration(modules: ["p_b": "", "p_A": "", "q": "", "p.x": ""])
        let outcome = try tree.run("a2enmod", "-q", "p_*", "zz*")
        #expect(outcome.output == "Enabling module p_A.\nEnabling module p_b.\n")
        #expect(outcome.errors == "ERROR: No module found matching zz*!\n")
        #expect(outcome.status == 1)
        #expect(tree.folder.names("mods-enabled") == ["p_A.load", "p_b.load"])
    }

    @Test("what is typed when no name is given")
    func prompt() throws {
        let tree = try ScratchConfiguration(modules: ["b": "", "a": "", "c": ""])
        let outcome = try tree.run("a2enmod", input: "a c\n")
        #expect(
            outcome.output == """
                Your choices are: a b c
                Which module(s) do you want to enable (wildcards ok)?
                Enabling module a.
                Enabling module c.

                """ + activation("restart"))
    }

    @Test("the rest when one name is wrong", arguments: ["nosuch", "mod_rewrite"])
    func unknownName(_ name: String) throws {
        let tree = try ScratchConfiguration(modules: ["rewrite": ""])
        let outcome = try tree.run("a2enmod", name, "rewrite")
        #expect(outcome.status == 1)
        #expect(outcome.errors == "ERROR: Module \(name) does not exist!\n")
        #expect(tree.folder.names("mods-enabled") == ["rewrite.load"])
    }

    @Test("nothing over a file or link of the administrator's")
    func foreignFiles() throws {
        let tree = try ScratchConfiguration(modules: ["a": "", "b": "", "other": ""])
        try tree.folder.write("mods-enabled/a.load", "mine")
        try tree.folder.link("mods-enabled/b.load", to: "../mods-available/other.load")
        let outcome = try tree.run("a2enmod", "a", "b")
        #expect(outcome.status == 1)
        #expect(
            outcome.errors == """
                ERROR: Module a not properly enabled: DIR/mods-enabled/a.load is a real file, \
                not touching it
                ERROR: Module b not properly enabled: DIR/mods-enabled/b.load exists but does not \
                point to DIR/mods-available/b.load, not touching it

                """)
        #expect(tree.folder.text("mods-enabled/a.load") == "mine")
    }

    @Test("over a link that leads nowhere")
    func danglingLink() throws {
        let tree = try ScratchConfiguration(modules: ["a": ""])
        try tree.folder.link("mods-enabled/a.load", to: "/nowhere/a.load")
        let outcome = try tree.run("a2enmod", "a")
        #expect(outcome.output.hasPrefix("Removing dangling link DIR/mods-enabled/a.load"))
        #expect(outcome.output.hasSuffix("Enabling module a.\n" + activation("restart")))
        #expect(
            tree.folder.target(of: "mods-enabled/a.load") == "../mods-available/a.load")
    }

    @Test("nothing when an option is unknown", arguments: ["-x", "-qx", "--x"])
    func unknownOption(_ option: String) throws {
        let tree = try ScratchConfiguration(modules: ["a": ""])
        let outcome = try tree.run("a2enmod", option, "a")
        #expect(outcome == .init(status: 2, output: "", errors: "Unknown option: x\n"))
        #expect(tree.folder.names("mods-enabled").isEmpty)
    }

    @Test("as quietly as Debian's, which name what they enable all the same")
    func quiet() throws {
        let tree = try ScratchConfiguration(modules: ["a": "# Depends: b\n", "b": ""])
        #expect(
            try tree.run("a2enmod", "a", "-q").output == "Enabling module b.\nEnabling module a.\n")
        #expect(try tree.run("a2enmod", "--quiet", "a").output == "")
    }

    @Test("in the folders that variables or envvars name")
    func variables() throws {
        let tree = try ScratchConfiguration()
        try tree.folder.write("other/a.load")
        try tree.folder.makeFolder("on/deep")
        tree.environment["APACHE_MODS_AVAILABLE"] = "\(tree.folder.path)/other"
        try tree.folder.write(
            "envvars", "export APACHE_MODS_ENABLED='\(tree.folder.path)/on/deep'\n")
        #expect(try tree.run("a2enmod", "a").status == 0)
        #expect(tree.folder.target(of: "on/deep/a.load") == "../../other/a.load")
    }

    @Test("as the package's scripts when they say so")
    func maintenance() throws {
        let tree = try ScratchConfiguration(modules: ["a": ""])
        _ = try tree.run("a2enmod", "-m", "a")
        #expect(tree.markers == ["module/enabled_by_maint/a"])
        _ = try tree.run("a2dismod", "a")
        #expect(tree.markers == ["module/disabled_by_admin/a"])
        _ = try tree.run("a2enmod", "a")
        _ = try tree.run("a2dismod", "--purge", "a")
        #expect(tree.markers.isEmpty)
    }
}
