// SPDX-License-Identifier: Apache-2.0

import Testing

// These run against Debian's own commands, too: A2_REFERENCE=/usr/sbin swift test.

@Suite("a2dismod and its kin disable")
struct DisablingTests {
    @Test("both links of a module, and say so once more only")
    func links() throws {
        let tree = try ScratchConfiguration(modules: ["a": ""])
        try tree.folder.write("mods-available/a.conf")
        _ = try tree.run("a2enmod", "a")
        let first = try tree.run("a2dismod", "a")
        let second = try tree.run("a2dismod", "a")
        #expect(first.output == "Module a disabled.\n" + activation("restart"))
        #expect(tree.folder.names("mods-enabled").isEmpty)
        #expect(second == .init(status: 0, output: "Module a already disabled\n", errors: ""))
    }

    @Test("nothing that others need")
    func dependants() throws {
        let tree = try ScratchConfiguration(
            modules: ["a": "# Depends: c\n", "b": "# Depends: c\n", "c": ""],
            enabled: ["a", "b", "c"])
        let outcome = try tree.run("a2dismod", "c")
        #expect(outcome.status == 1)
        #expect(
            outcome.errors
                == "ERROR: The following modules depend on c and need to be disabled first: a b\n")
        #expect(tree.folder.names("mods-enabled").count == 3)
    }

    @Test("what depends on it when forced, and not what that depends on")
    func force() throws {
        let tree = try ScratchConfiguration(
            modules: ["a": "# Depends: c d\n", "c": "", "d": ""], enabled: ["a", "c", "d"])
        let outcome = try tree.run("a2dismod", "-f", "c")
        #expect(
            outcome.output == """
                Considering dependency a for c:
                Module a disabled.
                Module c disabled.

                """ + activation("restart"))
        #expect(tree.folder.names("mods-enabled") == ["d.load"])
    }

    @Test(
        "an essential module only for the right phrase",
        arguments: [("Yes, do as I say!\n", true), ("yes\n", false), ("", false)])
    func essential(_ answer: String, _ isDone: Bool) throws {
        let tree = try ScratchConfiguration(modules: ["mime": ""], enabled: ["mime"])
        let outcome = try tree.run("a2dismod", "mime", input: answer)
        let question = """
            WARNING: The following essential module will be disabled.
            This might result in unexpected behavior and should NOT be done
            unless you know exactly what you are doing!
             mime

            To continue type in the phrase 'Yes, do as I say!' or retry by passing '-f':
            """ + " "
        let answered = isDone ? "Module mime disabled.\n" + activation("restart") : "Aborting\n"
        #expect(outcome.output == question + answered)
        #expect(outcome.status == (isDone ? 0 : 1))
        #expect(tree.folder.names("mods-enabled").isEmpty == isDone)
    }

    @Test("an essential module without a question when forced")
    func essentialForced() throws {
        let tree = try ScratchConfiguration(modules: ["mime": ""], enabled: ["mime"])
        #expect(
            try tree.run("a2dismod", "-qf", "mime").output == "Module mime disabled.\n")
    }

    @Test("settings that were left behind")
    func staleSettings() throws {
        let tree = try ScratchConfiguration(modules: ["a": ""])
        try tree.folder.write("mods-available/a.conf")
        try tree.folder.link("mods-enabled/a.conf", to: "../mods-available/a.conf")
        let outcome = try tree.run("a2dismod", "a")
        #expect(outcome.output == "Disabling stale config file a.conf.\n" + activation("restart"))
    }

    @Test("links to what is gone")
    func dangling() throws {
        let tree = try ScratchConfiguration()
        try tree.folder.link("mods-enabled/a.load", to: "../mods-available/a.load")
        try tree.folder.link("mods-enabled/a.conf", to: "../mods-available/a.conf")
        let enabling = try tree.run("a2enmod", "a")
        #expect(
            enabling.errors == """
                ERROR: DIR/mods-enabled/a.load is a dangling symlink!
                ERROR: Module a does not exist!

                """)
        let outcome = try tree.run("a2dismod", "a")
        #expect(
            outcome.output == """
                removing dangling symlink DIR/mods-enabled/a.load
                removing dangling symlink DIR/mods-enabled/a.conf

                """)
        #expect(tree.folder.names("mods-enabled").isEmpty)
    }

    @Test("no real file, though they say disabled")
    func realFile() throws {
        let tree = try ScratchConfiguration()
        try tree.folder.write("conf-available/a.conf")
        try tree.folder.write("conf-enabled/a.conf", "mine")
        let outcome = try tree.run("a2disconf", "a")
        #expect(
            outcome
                == .init(
                    status: 0, output: "Conf a disabled.\n",
                    errors:
                        "ERROR: DIR/conf-enabled/a.conf is not a symbolic link, not deleting\n"))
        #expect(tree.folder.text("conf-enabled/a.conf") == "mine")
        #expect(tree.markers == ["conf/disabled_by_admin/a"])
    }

    @Test("what there is not with an error, and silently when purging")
    func missing() throws {
        let tree = try ScratchConfiguration()
        #expect(
            try tree.run("a2dissite", "a")
                == .init(status: 1, output: "", errors: "ERROR: Site a does not exist!\n"))
        #expect(
            try tree.run("a2dissite", "-p", "a") == .init(status: 0, output: "", errors: ""))
    }

    @Test("the service of a cache on disk with the module")
    func cacheCleaner() throws {
        let tree = try ScratchConfiguration(modules: ["cache_disk": ""])
        for name in ["systemctl", "update-rc.d"] {
            try tree.folder.writeScript("bin/\(name)", "echo \(name) \"$@\"")
        }
        tree.environment["PATH"] = "\(tree.folder.path)/bin:/usr/bin:/bin"
        let outcome = try tree.run("a2enmod", "cache_disk")
        #expect(outcome.output.contains("Enabling external service apache-htcacheclean\n"))
        #expect(outcome.output.contains("enable"))
        #expect(outcome.output.contains("The service will be started on next reboot.\n"))
        #expect(
            outcome.output.contains("apache-htcacheclean start\n")
                || outcome.output.contains("start apache-htcacheclean\n"))
    }
}
